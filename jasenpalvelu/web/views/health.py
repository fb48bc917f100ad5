"""Health for the machines around the service: no login, no session, no personal data."""

import shutil
from collections.abc import Callable
from contextlib import suppress

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error as DatabaseError
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import RedisError

from jasenpalvelu import heartbeat
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.watching import watch

LATE_SECONDS = 15 * 60
LEAST_FREE_BYTES = 1024**3


@login_not_required
@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The process answers. Restart it when it does not."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Whether to send people here: reading works as long as the database does, also while workers are down."""
    states = _states()
    return JsonResponse(states, status=200 if states["database"] == "ok" else 503)


@login_not_required
@never_cache
@require_safe
def everything(request: HttpRequest) -> HttpResponse:
    """For an alarm: 503 when any part is down, work waits or has been given up, or the disk fills up; with the numbers."""
    states, numbers = _states(), _numbers()
    states |= _judged(numbers)
    return JsonResponse(states | numbers, status=200 if set(states.values()) == {"ok"} else 503)


def _numbers() -> dict[str, int | None]:
    """None: cannot be told now."""
    numbers: dict[str, int | None] = dict.fromkeys(
        ("failed_jobs", "given_up_jobs", "oldest_due_seconds", "free_bytes")
    )
    with suppress(DatabaseError):
        work = watch(now=clock.now())
        waited = round(work.oldest_due.total_seconds())
        numbers |= {
            "failed_jobs": work.failed,
            "given_up_jobs": work.gave_up,
            "oldest_due_seconds": waited,
        }
    with suppress(OSError):
        numbers["free_bytes"] = shutil.disk_usage(settings.VAR_DIR).free
    return numbers


def _judged(numbers: dict[str, int | None]) -> dict[str, str]:
    given_up, waited, free = (numbers[name] for name in ("given_up_jobs", "oldest_due_seconds", "free_bytes"))
    return {
        "jobs": _state(given_up, "failing", bad=bool(given_up)),
        "queue": _state(waited, "late", bad=waited is not None and waited > LATE_SECONDS),
        "disk": _state(free, "low", bad=free is not None and free < LEAST_FREE_BYTES),
    }


def _state(number: int | None, worry: str, *, bad: bool) -> str:
    return "unknown" if number is None else worry if bad else "ok"


def _states() -> dict[str, str]:
    parts: dict[str, Callable[[], bool]] = {
        "database": _database,
        "redis": _redis,
        "worker": lambda: heartbeat.beats("worker"),
        "beat": lambda: heartbeat.beats("beat"),
    }
    return {name: "ok" if _answers(check) else "down" for name, check in parts.items()}


def _answers(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (DatabaseError, RedisError):
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def _redis() -> bool:
    with heartbeat.client() as client:
        return bool(client.ping())
