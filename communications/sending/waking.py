"""The doorbell of the senders. Nothing is lost when nobody hears it: beat rings each minute."""

from __future__ import annotations

from typing import Any

import structlog
from django.db import connection, transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from jasenpalvelu.celery import app

log = structlog.get_logger(__name__)
EXPIRES_SECONDS = 55


def wake_after_commit() -> None:
    """One ring for however many messages the transaction writes."""
    waiting: list[Any] = [one[1] for one in connection.run_on_commit]
    if wake not in waiting:
        transaction.on_commit(wake)


def wake(task: str = "communications.send") -> bool:
    """Ring for a sender, or for another of the mail's tasks. Returns False when the broker is away."""
    try:
        app.send_task(task, queue="mail", expires=EXPIRES_SECONDS, retry=False)
    except (OperationalError, RedisError, OSError) as error:
        log.warning("mail.wake_failed", error=str(error))
        return False
    return True
