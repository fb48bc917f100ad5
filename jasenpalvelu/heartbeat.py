"""Signs of life of the processes one cannot ask: the worker and beat leave them in Redis, the health page reads them."""

from typing import Any

import redis
from celery.signals import beat_init, before_task_publish, heartbeat_sent
from django.conf import settings

WORKER, BEAT = "heartbeat:worker", "heartbeat:beat"
WORKER_SECONDS, BEAT_SECONDS = 60, 180


def client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)


def beats(key: str) -> bool:
    with client() as connection:
        return bool(connection.exists(key))


def _leave(key: str, seconds: int) -> None:
    try:
        with client() as connection:
            connection.set(key, 1, ex=seconds)
    except redis.RedisError:
        return  # a missing sign is what the health page reports


@heartbeat_sent.connect
def _worker_lives(**_: Any) -> None:
    """Sent by the worker's main process every few seconds, however busy its pool is."""
    _leave(WORKER, WORKER_SECONDS)


@beat_init.connect
@before_task_publish.connect(sender="jobs.sweep")
def _beat_lives(**_: Any) -> None:
    """Only beat sends the sweep, once a minute."""
    _leave(BEAT, BEAT_SECONDS)
