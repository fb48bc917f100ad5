"""Working a job off, step by step, so that death at any point loses nothing and repeats nothing.

Who may work is decided twice. The lease (`common.queue`) says whose turn it is and lets the sweep find the jobs of dead
workers. An advisory lock, held by the transaction of each step, says that a step is running: a step that takes longer
than the lease is not joined by a second worker, and no row stays locked meanwhile, so that progress can be read and a
pause be asked for at any time. Progress is saved in the step's own transaction, fenced by the lease's token.
"""

import time
import traceback
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from jasenpalvelu.common.queue import claim, expired, release, renew
from jasenpalvelu.jobs.models import Job, State
from jasenpalvelu.jobs.registry import Deadline, JobFailed, handler_for
from jasenpalvelu.jobs.services import progress

log = structlog.get_logger(__name__)

LEASE_SECONDS = 60
STEP_SECONDS = 5
# Shorter than the worker's soft shutdown: a new version interrupts no step, and long jobs take turns.
RUN_SECONDS = 25
LOG_CHARACTERS = 20_000


class LeaseLost(Exception):
    """Somebody else has the job now; what this worker did since its last step is thrown away."""


def run(*, job_id: UUID, seconds: float = RUN_SECONDS) -> bool:
    """Work on the job for about `seconds`. True when there is more to do and somebody should be woken for it."""
    token = uuid4()
    if not take(job_id=job_id, token=token):
        return False
    until = Deadline.after(seconds)
    while advance(job_id=job_id, token=token):
        if until.passed:
            release(Job.objects.filter(pk=job_id), token=token)
            return True
    return False


def take(*, job_id: UUID, token: UUID) -> bool:
    """Claim the job if it is due and no step of it is running anywhere."""
    with transaction.atomic():
        if not _lock_steps(job_id):
            return False
        interrupted = expired(Job.objects.filter(pk=job_id)).exists()
        rows = claim(Job.objects.due().filter(pk=job_id), limit=1, seconds=LEASE_SECONDS, token=token)
        if not rows:
            return False
        (job,) = rows
        with speaking_to_owner(job):
            columns = progress.begun(job, interrupted=interrupted)
            # A job that kills its worker each time would otherwise do so for ever.
            hopeless = columns.get("failures", 0) >= _patience(job.kind)
            Job.objects.filter(pk=job_id).update(**(progress.gave_up(job, log="") if hopeless else columns))
        return not hopeless


def advance(*, job_id: UUID, token: UUID) -> bool:
    """Do one step of a job held with the token and save its progress with it. False when this worker's turn is over."""
    try:
        with transaction.atomic():
            return _step(_held(job_id, token), token)
    except LeaseLost:
        log.info("jobs.lease_lost", job=str(job_id))
    except JobFailed as error:
        _note(job_id, token, message=str(error))
    except Exception:
        log.exception("jobs.step_failed", job=str(job_id))
        _note(job_id, token, trace=traceback.format_exc()[-LOG_CHARACTERS:])
    return False


def speaking_to_owner(job: Job) -> AbstractContextManager[None]:
    """Texts kept with the job are in its owner's language."""
    return translation.override(getattr(job.owner, "language", "") or settings.LANGUAGE_CODE)


def _held(job_id: UUID, token: UUID) -> Job:
    """The job, if it is still ours: looked at once the lock is held, so that nobody takes it in between."""
    held = Job.objects.filter(pk=job_id, lease_token=token, state=State.RUNNING)
    job = held.select_related("owner").first() if _lock_steps(job_id) else None
    if job is None:
        raise LeaseLost
    return job


def _step(job: Job, token: UUID) -> bool:
    with speaking_to_owner(job):
        if job.wish:
            _save(job, token, progress.granted(job))
            return False
        began = time.monotonic()
        result = handler_for(job.kind).step(job, Deadline.after(STEP_SECONDS))
        _save(job, token, progress.stepped(job, result, began=began))
    renew(Job.objects.filter(pk=job.pk), token=token, seconds=LEASE_SECONDS)
    return not (result.done or result.stopped)


def _note(job_id: UUID, token: UUID, *, message: str = "", trace: str = "") -> None:
    """Say on the job why its step failed: a `message` for good, otherwise for another try while there are any left."""
    with transaction.atomic():
        job = Job.objects.select_related("owner").filter(pk=job_id, lease_token=token).first()
        if job is None:
            return
        with speaking_to_owner(job):
            if message:
                columns = progress.ended(job, State.FAILED, event=_("Stopped"), message=message)
            elif job.wish:
                columns = progress.granted(job) | {"log": trace}
            elif job.failures + 1 >= _patience(job.kind):
                columns = progress.gave_up(job, log=trace)
            else:
                columns = progress.put_off(job, log=trace)
        Job.objects.filter(pk=job_id, lease_token=token).update(**columns)


def _patience(kind: str) -> int:
    try:
        return handler_for(kind).max_failures
    except LookupError:  # a kind of a newer or older version: it may be known again after the next start
        return 5


def _save(job: Job, token: UUID, columns: dict[str, Any]) -> None:
    if not Job.objects.filter(pk=job.pk, lease_token=token).update(**columns):
        raise LeaseLost


def _lock_steps(job_id: UUID) -> bool:
    """Held until the transaction ends, also when its process is killed: the server sees the connection close."""
    key = int.from_bytes(job_id.bytes[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [key])
        return bool(cursor.fetchone()[0])
