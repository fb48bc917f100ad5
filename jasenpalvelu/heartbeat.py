"""Signs of life of the processes one cannot ask: workers and beat leave them in Redis, health checks read them."""

from typing import Any

import redis
from celery.signals import beat_init, before_task_publish, heartbeat_sent
from django.conf import settings

PREFIX = "heartbeat:"
WORKER_SECONDS, BEAT_SECONDS = 60, 180


def client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=3, socket_connect_timeout=3)


def beats(name: str) -> bool:
    """Whether a sign of this name is fresh: "beat", "worker" (any) or "worker:<its Celery name>"."""
    with client() as connection:
        return bool(connection.exists(PREFIX + name))


def _leave(*names: str, seconds: int) -> None:
    try:
        with client() as connection:
            for name in names:
                connection.set(PREFIX + name, 1, ex=seconds)
    except redis.RedisError:
        return  # a missing sign is what the health check reports


@heartbeat_sent.connect
def _worker_lives(sender: Any, **_: Any) -> None:
    """Sent by a worker's main process every few seconds, however busy its pool is."""
    _leave("worker", f"worker:{sender.eventer.hostname}", seconds=WORKER_SECONDS)


@beat_init.connect
@before_task_publish.connect(sender="jobs.sweep")
def _beat_lives(**_: Any) -> None:
    """Only beat sends the sweep, once a minute."""
    _leave("beat", seconds=BEAT_SECONDS)
