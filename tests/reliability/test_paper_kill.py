"""A worker killed while it prints the list of members: the next one goes on, and everybody stands on the paper once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import connection

from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job, State, folder
from jasenpalvelu.jobs.services import enqueue
from members.models import Membership
from members.paper_jobs import ROLL_JOB
from tests.billing.runs import add_many
from tests.cast import TODAY, Cast
from tests.paper import text_of
from tests.reliability.test_run_kill import kill, wait_until

pytestmark = [pytest.mark.reliability, pytest.mark.django_db(transaction=True)]
MEMBERS = 120

WORKER = """
import sys, time, uuid
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
settings.MEDIA_ROOT = sys.argv[3]
django.setup()
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import running
from members import paper_jobs
running.LEASE_SECONDS = 1
paper_jobs.LINES = 10
job_id = uuid.UUID(sys.argv[2])
while Job.objects.get(pk=job_id).is_active:
    running.run(job_id=job_id, seconds=25)
    time.sleep(0.02)
"""


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def worker(settings, tmp_path: Path) -> Iterator[Callable[[Job], subprocess.Popen]]:
    settings.MEDIA_ROOT = str(tmp_path)
    started: list[subprocess.Popen] = []

    def start(job: Job) -> subprocess.Popen:
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
        arguments = [connection.settings_dict["NAME"], str(job.pk), str(tmp_path)]
        started.append(subprocess.Popen([sys.executable, "-c", WORKER, *arguments], env=environment))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def job(cast: Cast) -> Job:
    unit = cast.units["a2"]
    with mutation(actor=None, kind="test"):
        add_many(cast, MEMBERS, unit="a2")
    assert Membership.objects.in_force(TODAY).filter(unit=unit).count() >= MEMBERS
    return enqueue(
        kind=ROLL_JOB,
        title="Jäsenluettelo",
        owner=cast.users["riitta"],
        unit_id=unit.pk,
        needs="members.view",
        units=[unit.pk],
        params={"unit": unit.pk, "on": TODAY.isoformat(), "language": "fi"},
    )


def test_killed_in_the_middle_everybody_is_on_the_paper_once(
    job: Job,
    worker: Callable[[Job], subprocess.Popen],
) -> None:
    for reached in (10, 40, 80):
        process = worker(job)
        wait_until(lambda: Job.objects.get(pk=job.pk).done >= reached)  # noqa: B023 (used at once)
        kill(process)
        assert Job.objects.get(pk=job.pk).state != State.DONE
    worker(job).wait(timeout=120)
    job.refresh_from_db()
    assert job.state == State.DONE, job.message
    with job.result.open() as file:
        text = text_of(file.read())
    found = re.findall(r"Jäsen (\d{5})", text)
    assert sorted(found) == [f"{number:05}" for number in range(MEMBERS)]
    assert not default_storage.exists(f"{folder(job.pk)}/parts/00000.pdf")
