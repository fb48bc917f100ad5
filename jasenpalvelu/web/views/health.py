"""Health for the machines around the service: no login, no session, no personal data."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.db import Error as DatabaseError
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import RedisError

from jasenpalvelu import heartbeat


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
    """For an alarm: 503 when any part is down."""
    states = _states()
    return JsonResponse(states, status=200 if set(states.values()) == {"ok"} else 503)


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
