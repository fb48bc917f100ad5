"""A Redis cache that does not take the login down with it.

The cache counts attempts at logging in and remembers used one-time codes. When Redis does not answer, each process keeps
these counts by itself, so that limits stay in force (per process) and nobody is locked out; Redis is tried again in a while.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
RETRY_SECONDS = 10.0
TIMEOUTS = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}
# Calls reach Redis by these; everything else of the base class is built on them.
CALLS = (
    "add",
    "get",
    "set",
    "touch",
    "delete",
    "get_many",
    "has_key",
    "incr",
    "set_many",
    "delete_many",
    "clear",
)


class _Pause:
    """One for the process: the connections of all threads fail together."""

    until = 0.0


class _TidyRedisCache(RedisCache):
    """Django's own empties the whole database; the broker's queue and the signs of life stand in the same one."""

    def clear(self) -> None:
        client = self._cache.get_client(None, write=True)
        for key in client.scan_iter(match=self.make_key("*"), count=1_000):
            client.unlink(key)


class PatientRedisCache(_TidyRedisCache):
    """Redis, or the process's own memory for the next ten seconds each time Redis fails."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        params = params | {"OPTIONS": TIMEOUTS | params.get("OPTIONS", {})}
        super().__init__(server, params)
        self._own = LocMemCache("patient-redis", {key: v for key, v in params.items() if key != "OPTIONS"})

    def _call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= _Pause.until:
            try:
                return getattr(super(), name)(*args, **kwargs)
            except RedisError as error:
                _Pause.until = time.monotonic() + RETRY_SECONDS
                log.warning(
                    "Redis does not answer; this process counts by itself for %s s: %s", RETRY_SECONDS, error
                )
        return getattr(self._own, name)(*args, **kwargs)


def _patient(name: str) -> Callable[..., Any]:
    def call(self: PatientRedisCache, *args: Any, **kwargs: Any) -> Any:
        return self._call(name, *args, **kwargs)

    call.__name__ = name
    return call


for _name in CALLS:
    setattr(PatientRedisCache, _name, _patient(_name))
