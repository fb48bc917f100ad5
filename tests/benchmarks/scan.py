"""The scan for members who stand in the register twice: everybody, and what one night has changed."""

from __future__ import annotations

from collections.abc import Iterator

from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job, State
from jasenpalvelu.jobs.services import running
from members import jobs_duplicates
from members.models import DuplicatePair, Membership, Party
from members.services import scanning
from tests.benchmarks import Figure, stopwatch

CHANGED = 1_000


def measure(persons: int) -> Iterator[Figure]:
    size = f"{Party.objects.count()} parties, {Membership.objects.count()} memberships"
    with stopwatch() as seconds:
        _work(jobs_duplicates.start_scan(owner=None, whole=True))
    yield Figure("scan of everybody", seconds[0], "s", size)
    yield Figure("pairs found", DuplicatePair.objects.waiting().count(), "pairs", size)
    changed = list(Party.objects.order_by("-pk").values_list("pk", flat=True)[:CHANGED])
    with stopwatch() as seconds:
        scanning.scan(ids=changed, whole=False, on=clock.today())
    yield Figure(f"scan of {CHANGED} changed", seconds[0], "s", size)


def _work(job: Job) -> None:
    while running.run(job_id=job.pk):
        pass
    job.refresh_from_db()
    assert job.state == State.DONE, job.message
