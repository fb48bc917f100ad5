"""One line per event: JSON where machines read it, plain text where somebody is trying the service out."""

import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse

OUR_EVENTS = ("jasenpalvelu", "members", "billing", "celery", "gunicorn")
SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]
PLAIN = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)


def numbered(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: each request gets a number, which stands in its log lines and in the history of what it changed."""

    def handle(request: HttpRequest) -> HttpResponse:
        with structlog.contextvars.bound_contextvars(request_id=uuid.uuid4().hex):
            return get_response(request)

    return handle


def configuration(*, as_json: bool) -> dict[str, Any]:
    """Django's LOGGING; our own events (structlog) and those of libraries (logging) come out alike."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer = structlog.processors.JSONRenderer(ensure_ascii=False) if as_json else PLAIN
    last = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
    formatter = {"()": structlog.stdlib.ProcessorFormatter, "foreign_pre_chain": SHARED, "processors": last}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": formatter},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": "WARNING"},
        # Django's own handlers would say the same twice; a request for a page that is not there is no event.
        "loggers": {
            **{name: {"level": "INFO"} for name in OUR_EVENTS},
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.request": {"level": "ERROR"},
            "django.server": {"handlers": [], "propagate": True},
        },
    }
