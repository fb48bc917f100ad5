"""Workers that are really killed, and workers that really race."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from django.db import connection

from jasenpalvelu.jobs.models import Job, State
from jasenpalvelu.jobs.services import enqueue, running
from tests.jobs import handlers

pytestmark = [pytest.mark.reliability, pytest.mark.django_db(transaction=True)]

# A worker without Celery: it takes the job as soon as it can and works until the job has ended.
WORKER = """
import sys, time, uuid
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
import tests.jobs.handlers
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import running
running.LEASE_SECONDS = 1
job_id = uuid.UUID(sys.argv[2])
while Job.objects.get(pk=job_id).is_active:
    running.run(job_id=job_id, seconds=float(sys.argv[3]))
    time.sleep(0.02)
"""


@pytest.fixture
def table() -> Iterator[None]:
    handlers.make_table()
    yield
    handlers.drop_table()


@pytest.fixture
def workers() -> Iterator[Callable[..., subprocess.Popen]]:
    started: list[subprocess.Popen] = []

    def start(job: Job, *, seconds: float = 25) -> subprocess.Popen:
        name = connection.settings_dict["NAME"]
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
        arguments = [sys.executable, "-c", WORKER, name, str(job.pk), str(seconds)]
        started.append(subprocess.Popen(arguments, env=environment))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def wait_until_done(job: Job, reached: int, *, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while reloaded(job).done < reached:
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.01)


def reloaded(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def test_killed_workers_lose_nothing_and_repeat_nothing(table, workers):
    job = enqueue(
        kind="test.count", title="x", owner=None, params={"size": 120, "chunk": 5, "seconds": 0.05}, total=120
    )
    for reached in (5, 40, 80):
        worker = workers(job)
        wait_until_done(job, reached)
        time.sleep(0.03)  # into the middle of a step
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        time.sleep(0.1)  # the server ends the transaction of a lost connection by itself
        state = reloaded(job)
        assert state.state == State.RUNNING
        assert handlers.worked() == list(range(state.done)), "what was counted is exactly what was done"
    workers(job).wait(timeout=60)
    end = reloaded(job)
    assert (end.state, end.done, end.cursor) == (State.DONE, 120, {"at": 120})
    assert handlers.worked() == list(range(120))
    assert [entry["text"] for entry in end.timeline].count("Jatkui katkon jälkeen") == 3


def test_several_workers_never_run_steps_of_one_job_at_once(table, workers):
    """The lease of a second is shorter than many turns, and each worker gives the job back after every step."""
    job = enqueue(
        kind="test.count", title="x", owner=None, params={"size": 60, "chunk": 1, "seconds": 0.02}, total=60
    )
    for worker in [workers(job, seconds=0) for _ in range(3)]:
        worker.wait(timeout=60)
    assert (reloaded(job).state, reloaded(job).done) == (State.DONE, 60)
    assert handlers.worked() == list(range(60))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pid, began, ended FROM {handlers.TABLE} ORDER BY began")
        steps = cursor.fetchall()
    assert len({pid for pid, *_ in steps}) > 1, "more than one worker had its turn"
    assert all(before[2] <= after[1] for before, after in pairwise(steps))


def test_a_step_longer_than_its_lease_is_not_joined(table, workers):
    job = enqueue(
        kind="test.count", title="x", owner=None, params={"size": 1, "chunk": 1, "seconds": 2.5}, total=1
    )
    both = [workers(job), workers(job)]
    for worker in both:
        worker.wait(timeout=60)
    assert handlers.worked() == [0]
    assert reloaded(job).attempts == 1


def test_a_job_that_kills_its_worker_stops_after_a_few(table, workers):
    job = enqueue(kind="test.deadly", title="x", owner=None)
    for _ in range(10):
        workers(job).wait(timeout=60)
        if not reloaded(job).is_active:
            break
    end = reloaded(job)
    assert (end.state, end.attempts) == (State.FAILED, 4)
    assert running.run(job_id=job.pk) is False
