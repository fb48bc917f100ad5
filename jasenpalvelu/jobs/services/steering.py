"""What a person may ask of a job. A running step is let finish; the wish is honoured before the next one."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from jasenpalvelu.jobs.models import Job, State, Wish
from jasenpalvelu.jobs.registry import handler_for
from jasenpalvelu.jobs.services import progress
from jasenpalvelu.jobs.wake import wake_on_commit


class NotPossible(Exception):
    """The job is not in a state in which this can be asked (it ended meanwhile, for instance)."""


def pause(*, job_id: UUID) -> Job:
    """Stop after the running step; `resume` goes on from there."""
    with transaction.atomic():
        job = _locked(job_id, State.QUEUED, State.RUNNING)
        if job.state == State.RUNNING:
            return _changed(job, wish=Wish.PAUSE)
        return _changed(job, **progress.paused(job))


def resume(*, job_id: UUID) -> Job:
    with transaction.atomic():
        job = _locked(job_id, State.PAUSED, State.RUNNING)
        if job.state == State.RUNNING:
            return _changed(job, wish=Wish.NONE)
        wake_on_commit(job.pk, queue=handler_for(job.kind).queue)
        return _changed(job, state=State.QUEUED, timeline=progress.timeline_with(job, _("Went on")))


def cancel(*, job_id: UUID) -> Job:
    """End the job after the running step. What was done stays done."""
    with transaction.atomic():
        job = _locked(job_id, State.QUEUED, State.RUNNING, State.PAUSED)
        if job.state == State.RUNNING:
            return _changed(job, wish=Wish.CANCEL)
        return _changed(job, **progress.cancelled(job))


def retry(*, job_id: UUID) -> Job:
    """Once more from where a failed job stopped."""
    with transaction.atomic():
        job = _locked(job_id, State.FAILED)
        wake_on_commit(job.pk, queue=handler_for(job.kind).queue)
        return _changed(
            job,
            state=State.QUEUED,
            failures=0,
            not_before=None,
            finished_at=None,
            message="",
            timeline=progress.timeline_with(job, _("Tried again")),
        )


def _locked(job_id: UUID, *states: State) -> Job:
    job = Job.objects.select_for_update().filter(pk=job_id, state__in=states).first()
    if job is None:
        raise NotPossible
    return job


def _changed(job: Job, **columns: object) -> Job:
    Job.objects.filter(pk=job.pk).update(**columns)
    job.refresh_from_db()
    return job
