"""How fast each lane may go: a bucket of tokens in Redis, filled at a rate that halves when a host says "slow down" and grows
by a tenth a minute while it takes what it gets (AIMD); a lane that was idle has grown by a minute at most. Without Redis every worker keeps to a fixed, careful rate of its own.
"""

from __future__ import annotations

import time
from threading import Lock
from typing import Any

import redis
import structlog
from django.conf import settings

log = structlog.get_logger(__name__)

CAREFUL = 20.0  # messages a second and lane, without Redis
SLOWEST = 0.2
RETRY_SECONDS = 10.0
KEPT_SECONDS = 3600

# KEYS: the lane's hash. ARGV: wanted, first rate, highest rate, now. Gives the tokens granted.
_TAKE = """
local rate = tonumber(redis.call('HGET', KEYS[1], 'rate') or ARGV[2])
local at = tonumber(redis.call('HGET', KEYS[1], 'at') or ARGV[4])
local tokens = tonumber(redis.call('HGET', KEYS[1], 'tokens') or rate)
local now = tonumber(ARGV[4])
local grown = math.min(tonumber(ARGV[3]), rate * math.pow(1.1, math.min(60, math.max(0, now - at)) / 60))
tokens = math.min(math.max(grown, 1), tokens + math.max(0, now - at) * rate)
local granted = math.min(tonumber(ARGV[1]), math.floor(tokens))
redis.call('HSET', KEYS[1], 'rate', tostring(grown), 'at', tostring(now), 'tokens', tostring(tokens - granted))
redis.call('EXPIRE', KEYS[1], ARGV[5])
return granted
"""
_HALVE = """
local rate = tonumber(redis.call('HGET', KEYS[1], 'rate') or ARGV[1])
redis.call('HSET', KEYS[1], 'rate', tostring(math.max(tonumber(ARGV[2]), rate / 2)), 'tokens', '0')
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""


class Rates:
    """The rates of all lanes, shared by every worker through Redis."""

    def __init__(self) -> None:
        self._redis: Any = redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
        self._take, self._halve = self._redis.register_script(_TAKE), self._redis.register_script(_HALVE)
        self._away_until = 0.0
        self._own: dict[int, tuple[float, float]] = {}  # tokens, when: of the time without Redis
        self._resting: dict[int, float] = {}
        self._lock = Lock()

    def take(self, lane: int, wanted: int) -> int:
        """How many of the wanted messages may go on the lane now."""
        if time.monotonic() >= self._away_until:
            try:
                first, highest = settings.MAIL_RATE, settings.MAIL_RATE_HIGHEST
                told = [wanted, first, highest, time.time(), KEPT_SECONDS]
                return int(self._take(keys=[_key(lane)], args=told))
            except redis.RedisError as error:
                self._away(error)
        return self._carefully(lane, wanted)

    def slow_down(self, lane: int) -> None:
        """The host has asked for it."""
        try:
            self._halve(keys=[_key(lane)], args=[settings.MAIL_RATE, SLOWEST, KEPT_SECONDS])
        except redis.RedisError as error:
            self._away(error)
            self._own[lane] = (0.0, time.monotonic())

    def rest(self, lane: int, seconds: int) -> None:
        """Nothing goes on the lane for a while, from any sender: the server has refused to talk."""
        with self._lock:
            self._resting[lane] = time.monotonic() + seconds
        try:
            self._redis.set(_key(lane) + ":rest", 1, ex=seconds)
        except redis.RedisError as error:
            self._away(error)

    def rests(self, lane: int) -> bool:
        if self._resting.get(lane, 0) > time.monotonic():
            return True
        if time.monotonic() < self._away_until:
            return False
        try:
            return bool(self._redis.exists(_key(lane) + ":rest"))
        except redis.RedisError as error:
            self._away(error)
            return False

    def slowed(self, lanes: tuple[int, ...]) -> dict[int, float]:
        """Messages a second of the lanes that have been asked for less than at first; none without Redis."""
        try:
            asked = self._redis.pipeline(transaction=False)
            for lane in lanes:
                asked.hget(_key(lane), "rate")
            found = dict(zip(lanes, asked.execute(), strict=True))
        except redis.RedisError:
            return {}
        return {
            lane: float(rate)
            for lane, rate in found.items()
            if rate is not None and float(rate) < settings.MAIL_RATE
        }

    def _away(self, error: Exception) -> None:
        log.warning("mail.rates_away", error=str(error))
        self._away_until = time.monotonic() + RETRY_SECONDS

    def _carefully(self, lane: int, wanted: int) -> int:
        with self._lock:
            now = time.monotonic()
            tokens, at = self._own.get(lane, (CAREFUL, now))
            tokens = min(CAREFUL, tokens + (now - at) * CAREFUL)
            granted = min(wanted, int(tokens))
            self._own[lane] = (tokens - granted, now)
            return granted


def _key(lane: int) -> str:
    """Beside the cache's keys and named after them, so that two installations on one Redis keep apart."""
    return f"mail:lane:{settings.CACHES['default'].get('KEY_PREFIX', '')}:{lane}"
