"""Changing the organisation with workers that are really killed: everybody goes once, and comes back once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.db import connection

from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job, State
from members.models import Membership, MembershipEvent, OrgChange, OrgUnit
from members.models.reorganising import ChangeState
from members.services import lifecycle
from members.services.reorganising import carrying_out, drafting, undoing
from tests.billing import runs
from tests.cast import TODAY, Cast
from tests.members.reorganising.helpers import differences, merge, standing

pytestmark = [pytest.mark.reliability, pytest.mark.django_db(transaction=True)]
MANY = 120

WORKER = """
import sys, uuid, time
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
settings.MEDIA_ROOT = sys.argv[3]
django.setup()
from datetime import date
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import running
from members import jobs_units
jobs_units.BATCH = 10
jobs_units.KEPT_SECONDS = 60
running.LEASE_SECONDS = 1
job_id = uuid.UUID(sys.argv[2])
with clock.frozen(date.fromisoformat(sys.argv[4])):
    while Job.objects.get(pk=job_id).is_active:
        running.run(job_id=job_id)
        time.sleep(0.02)
"""


@pytest.fixture
def workers() -> Iterator[Callable[[Job], subprocess.Popen]]:
    started: list[subprocess.Popen] = []

    def start(job: Job) -> subprocess.Popen:
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
        name = connection.settings_dict["NAME"]
        arguments = [sys.executable, "-c", WORKER, name, str(job.pk), str(settings.MEDIA_ROOT), str(TODAY)]
        started.append(subprocess.Popen(arguments, env=environment))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def killed_at(job: Job, workers: Callable[[Job], subprocess.Popen], moments: tuple[int, ...]) -> None:
    for reached in moments:
        worker = workers(job)
        until = time.monotonic() + 120
        while Job.objects.values_list("done", flat=True).get(pk=job.pk) < reached:
            assert time.monotonic() < until, "it took too long"
            time.sleep(0.005)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        time.sleep(0.1)  # the server ends the transaction of a lost connection by itself
    workers(job).wait(timeout=240)
    job.refresh_from_db()
    assert job.state == State.DONE, f"{job.message} {job.log}"


def test_killed_at_any_point_everybody_goes_once_and_comes_back(
    cast: Cast, workers: Callable[[Job], subprocess.Popen]
) -> None:
    with clock.frozen(TODAY):
        runs.add_many(cast, MANY)
        before = standing()
        members = Membership.objects.filter(unit=cast.units["a"], state="active").count()
        change = drafting.plan(change=merge(cast, ["a"], "a3"), actor=cast.users["riitta"], at=clock.now())
        job = carrying_out.begin(change=change, on=TODAY)
    killed_at(job, workers, (0, 10, 70))
    assert job.done == members
    change = OrgChange.objects.get(pk=change.pk)
    assert change.state == ChangeState.DONE
    assert OrgUnit.objects.get(slug="a").valid_to is not None
    assert Membership.objects.filter(unit=cast.units["a3"], state="active").count() == members
    assert not Membership.objects.filter(unit=cast.units["a"], state="active").exists()
    assert MembershipEvent.objects.filter(mutation_id=change.act, kind="transferred").count() == members
    for membership in Membership.objects.filter(unit=cast.units["a3"]).order_by("pk"):
        assert membership.state == lifecycle.fold(membership.events.order_by("pk")).state
    with clock.frozen(TODAY):
        job = undoing.start(change=change, actor=cast.users["riitta"])
    killed_at(job, workers, (0, 50))
    assert differences(before, standing()) == {}
