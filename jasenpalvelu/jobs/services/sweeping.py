"""The minute sweep, the guarantee behind the doorbell; and the broom for old files and old jobs."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.core.files.storage import default_storage

from jasenpalvelu.jobs.models import FOLDER, Job, folder
from jasenpalvelu.jobs.registry import handler_for
from jasenpalvelu.jobs.wake import wake

log = structlog.get_logger(__name__)

AT_ONCE = 200
# Files hold personal data of whole associations: kept long enough to be fetched after a holiday, no longer.
FILES_KEPT = timedelta(days=30)
# The job's own words name people too; a year's work can be compared with the last.
JOBS_KEPT = timedelta(days=400)


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


def remove_old_files(*, now: datetime) -> int:
    """Delete the folders of jobs that ended more than 30 days ago, however they ended, with what they had gathered on the
    way; and of jobs that exist no more. The job itself stays in the list. How many folders were removed."""
    kept = Job.objects.exclude(finished_at__lt=now - FILES_KEPT)
    removed = 0
    found = list(_with_folders())
    for start in range(0, len(found), AT_ONCE):
        ids = found[start : start + AT_ONCE]
        needed = set(kept.filter(pk__in=ids).values_list("pk", flat=True))
        old = [key for key in ids if key not in needed]
        for key in old:
            _remove(folder(key))
        Job.objects.filter(pk__in=old).update(result="")
        removed += len(old)
    return removed


def remove_old_jobs(*, now: datetime) -> int:
    """Forget jobs that ended more than 400 days ago; their files have gone before them."""
    deleted, _by_table = Job.objects.filter(finished_at__lt=now - JOBS_KEPT).delete()
    return deleted


def _with_folders() -> Iterator[UUID]:
    if not default_storage.exists(FOLDER):
        return
    for name in default_storage.listdir(FOLDER)[0]:
        with suppress(ValueError):  # not a job's
            yield UUID(name)


def _remove(path: str) -> None:
    folders, files = default_storage.listdir(path)
    for name in folders:
        _remove(f"{path}/{name}")
    for name in [*files, ""]:
        default_storage.delete(f"{path}/{name}".rstrip("/"))


def _queue(kind: str) -> str:
    try:
        return handler_for(kind).queue
    except LookupError:
        return "default"
