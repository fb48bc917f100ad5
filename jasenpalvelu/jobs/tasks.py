"""Celery's side: two thin tasks. Everything they need to know stands in the database."""

from uuid import UUID

from celery import shared_task

from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.registry import handler_for
from jasenpalvelu.jobs.services import running, sweeping
from jasenpalvelu.jobs.wake import wake


@shared_task(name="jobs.run")
def run_job(*, job_id: str, **_: object) -> None:
    if running.run(job_id=UUID(job_id)):
        kind = Job.objects.values_list("kind", flat=True).get(pk=job_id)
        wake(UUID(job_id), queue=handler_for(kind).queue)


@shared_task(name="jobs.sweep")
def sweep(**_: object) -> None:
    sweeping.sweep()


@shared_task(name="jobs.tidy")
def tidy(**_: object) -> None:
    sweeping.remove_old_files(now=clock.now())
    sweeping.remove_old_jobs(now=clock.now())
