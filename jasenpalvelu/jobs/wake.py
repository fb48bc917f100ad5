"""The doorbell: tell a worker that there is something to do. Nothing is lost when nobody hears it."""

from uuid import UUID

import structlog
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from jasenpalvelu.celery import app

log = structlog.get_logger(__name__)
# A message older than this is worthless: the sweep has rung again.
EXPIRES_SECONDS = 120


def wake(job_id: UUID, *, queue: str = "default") -> bool:
    """Ring for the job. Returns False when the broker is away; the next sweep rings again."""
    try:
        app.send_task(
            "jobs.run", kwargs={"job_id": str(job_id)}, queue=queue, expires=EXPIRES_SECONDS, retry=False
        )
    except (OperationalError, RedisError, OSError) as error:
        log.warning("jobs.wake_failed", job=str(job_id), error=str(error))
        return False
    return True


def wake_on_commit(job_id: UUID, *, queue: str = "default") -> None:
    transaction.on_commit(lambda: wake(job_id, queue=queue))
