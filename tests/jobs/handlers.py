"""Kinds of jobs the tests run. Their work is a row in a table of the test's own, so that doing it twice would show."""

import os
import signal
import time

from django.db import connection

from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.registry import Deadline, JobFailed, StepResult, register
from jasenpalvelu.jobs.results import attach

TABLE = "jobs_test_work"


def make_table() -> None:
    connection.cursor().execute(
        f"CREATE TABLE IF NOT EXISTS {TABLE} (n int, pid int, began float8, ended float8)"
    )


def drop_table() -> None:
    connection.cursor().execute(f"DROP TABLE IF EXISTS {TABLE}")


def worked() -> list[int]:
    cursor = connection.cursor()
    cursor.execute(f"SELECT n FROM {TABLE} ORDER BY n")
    return [n for (n,) in cursor.fetchall()]


@register("test.count")
def count(job: Job, deadline: Deadline) -> StepResult:
    """Writes `params["size"]` numbers, `params["chunk"]` at a time, each chunk taking `params["seconds"]`."""
    began = time.time()
    size, chunk = job.params["size"], job.params.get("chunk", 10)
    at = job.cursor.get("at", 0)
    numbers = range(at, min(at + chunk, size))
    time.sleep(job.params.get("seconds", 0))
    with connection.cursor() as cursor:
        for n in numbers:
            cursor.execute(
                f"INSERT INTO {TABLE} VALUES (%s, %s, %s, %s)", [n, os.getpid(), began, time.time()]
            )
    job.cursor["at"] = at + len(numbers)
    done = job.cursor["at"] >= size
    return StepResult(done=done, processed=len(numbers), facts={"Viimeisin": str(job.cursor["at"])})


@register("test.stumble", max_failures=3)
def stumble(job: Job, deadline: Deadline) -> StepResult:
    """Fails at once with an error of its own, or with an expected one."""
    if "expected" in job.params:
        raise JobFailed(job.params["expected"])
    connection.cursor().execute(f"INSERT INTO {TABLE} VALUES (1)")
    raise ZeroDivisionError("inside the step")


@register("test.deadly", max_failures=3)
def deadly(job: Job, deadline: Deadline) -> StepResult:
    os.kill(os.getpid(), signal.SIGKILL)
    return StepResult()


@register("test.file")
def file(job: Job, deadline: Deadline) -> StepResult:
    attach(job, name="luettelo.csv", write=lambda stream: stream.write(b"a;b\r\n"))
    job.result_url, job.result_label = "/toimisto/", "Etusivu"
    return StepResult(
        done=True,
        processed=2,
        failed=1,
        total=3,
        event="Tiedosto valmistui",
        phases=[{"text": "Rivit", "state": "done", "number": "2", "note": "1 jäi pois"}],
        attention=[{"name": "Peltola Aino", "url": "/x/", "what": "Osoite puuttuu", "then": "Lisää osoite"}],
        message="Yksi rivi jäi pois.",
    )
