"""A worker killed while it erases by the rules: everybody approved goes once, with one receipt, and nobody else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from jasenpalvelu.audit.models import Mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job, State
from members import retention_jobs
from members.models import ContactPoint, Erasure, ErasureItem, ErasureRun, Party
from members.services import retention
from tests.cast import TODAY, Cast
from tests.members.personal.test_retention import LATER, left
from tests.reliability.test_run_kill import kill, wait_until

pytestmark = [pytest.mark.reliability, pytest.mark.django_db(transaction=True)]
PEOPLE = 18

# One person in each step, so that there is always a middle to be killed in.
WORKER = """
import sys, time, uuid
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from datetime import date
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import running
running.LEASE_SECONDS = 1
running.STEP_SECONDS = 0.1
job_id = uuid.UUID(sys.argv[2])
with clock.frozen(date.fromisoformat(sys.argv[3])):
    while Job.objects.get(pk=job_id).is_active:
        running.run(job_id=job_id, seconds=25)
        time.sleep(0.02)
"""


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def worker() -> Iterator[Callable[[Job], subprocess.Popen]]:
    started: list[subprocess.Popen] = []

    def start(job: Job) -> subprocess.Popen:
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
        arguments = [connection.settings_dict["NAME"], str(job.pk), str(LATER)]
        started.append(subprocess.Popen([sys.executable, "-c", WORKER, *arguments], env=environment))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def people(cast: Cast) -> list[Party]:
    return [left(cast, f"Kaukovaara{n:02}") for n in range(PEOPLE)]


@pytest.fixture
def run(cast: Cast, people: list[Party]) -> ErasureRun:
    """Approved with two taken out; one more whose time has run out too, but whom nobody has proposed."""
    a = cast.units["a"]
    made = retention.propose(actor=cast.users["aino"], unit=a, units=[a.pk], kind="former", on=TODAY)
    made = retention.approve(actor=cast.users["riitta"], run=made, on=TODAY)
    for party in people[:2]:
        item = made.items.get(party=party)
        retention.spare(actor=cast.users["aino"], item=item, on=TODAY, reason="Riita kesken")
    left(cast, "Ehdottamaton")
    return made


def erased(run: ErasureRun) -> int:
    return run.items.filter(state=ErasureItem.State.ERASED).count()


def test_killed_between_people_everybody_approved_goes_once_and_nobody_else(
    people: list[Party], run: ErasureRun, worker: Callable[[Job], subprocess.Popen]
) -> None:
    names = dict(Party.objects.values_list("pk", "display_name"))
    going = {party.pk for party in people[2:]}
    with clock.frozen(LATER):
        retention_jobs.begin_due(on=LATER)
    job = Job.objects.get(kind=retention_jobs.RETENTION_JOB)
    for reached in (3, 7, 11):
        process = worker(job)
        wait_until(lambda: erased(run) >= reached)  # noqa: B023 (used at once)
        kill(process)
        done = erased(run)
        assert reached <= done < len(going)
        assert Job.objects.get(pk=job.pk).done == done == Erasure.objects.count()
        assert not ContactPoint.objects.filter(party__erasures__isnull=False).exists(), (
            "nobody is half erased"
        )
        with clock.frozen(LATER):
            retention_jobs.begin_due(on=LATER)
    worker(job).wait(timeout=120)
    job.refresh_from_db()
    run.refresh_from_db()
    assert (job.state, job.done, run.state, run.ended_on) == (State.DONE, len(going), "done", LATER)
    assert Job.objects.filter(kind=retention_jobs.RETENTION_JOB).count() == 1
    receipts = Counter(Erasure.objects.values_list("party_id", flat=True))
    assert receipts == dict.fromkeys(going, 1)
    assert dict(run.items.filter(state="erased").values_list("party_id", "erasure__party_id")) == {
        pk: pk for pk in going
    }
    assert Mutation.objects.filter(kind="retention.carry_out").count() == len(going)
    after = dict(Party.objects.values_list("pk", "display_name"))
    assert after == names | dict.fromkeys(going, "–")
    assert dict(run.receipt["gone"])["members_contactpoint"] == len(going)
