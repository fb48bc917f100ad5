"""The minute sweep: the guarantee behind the doorbell, and the broom for old results."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog

from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.registry import handler_for
from jasenpalvelu.jobs.wake import wake

log = structlog.get_logger(__name__)

AT_ONCE = 200
# Result files hold personal data of whole associations: kept long enough to be fetched after a holiday, no longer.
RESULTS_KEPT = timedelta(days=30)


def sweep() -> int:
    """Ring for every job that is due: queued ones whose ring was lost, and those of workers that died."""
    rung = 0
    for job_id, kind in Job.objects.due().order_by("created_at", "pk").values_list("pk", "kind")[:AT_ONCE]:
        if not wake(job_id, queue=_queue(kind)):
            break  # the broker is away; every further try would only wait for its time-out
        rung += 1
    return rung


def due_ids() -> list[UUID]:
    return list(Job.objects.due().order_by("created_at", "pk").values_list("pk", flat=True)[:AT_ONCE])


def remove_old_results(*, now: datetime) -> int:
    """Delete result files of jobs that ended more than 30 days ago; the job itself stays in the list."""
    old = Job.objects.filter(finished_at__lt=now - RESULTS_KEPT).exclude(result="").order_by("pk")[:AT_ONCE]
    removed = 0
    for job in old:
        job.result.storage.delete(str(job.result.name))
        removed += Job.objects.filter(pk=job.pk).update(result="")
    return removed


def _queue(kind: str) -> str:
    try:
        return handler_for(kind).queue
    except LookupError:
        return "default"
