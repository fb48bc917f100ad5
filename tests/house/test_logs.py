"""Log lines a machine can read, with the number of the request they belong to."""

import json
import logging
import logging.config
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from jasenpalvelu import logs


@pytest.fixture
def _json_lines() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    logs.configuration(as_json=False)


def lines(stream: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.readouterr().err.splitlines()]


@pytest.mark.usefixtures("_json_lines")
def test_own_events_and_those_of_libraries_look_alike(capsys: pytest.CaptureFixture[str]) -> None:
    logging.config.dictConfig(logs.configuration(as_json=True))

    def view(request: HttpRequest) -> HttpResponse:
        structlog.get_logger("jasenpalvelu.jobs").info("jobs.done", job=7)
        logging.getLogger("library").warning("hello %s", "there")
        return HttpResponse()

    logs.numbered(view)(RequestFactory().get("/"))
    own, library = lines(capsys)
    assert (own["event"], own["job"], own["level"], own["logger"]) == (
        "jobs.done",
        7,
        "info",
        "jasenpalvelu.jobs",
    )
    assert (library["event"], library["level"]) == ("hello there", "warning")
    assert own["request_id"] == library["request_id"]
    assert "request_id" not in structlog.contextvars.get_contextvars()


@pytest.mark.usefixtures("_json_lines")
def test_an_error_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    logging.config.dictConfig(logs.configuration(as_json=True))
    try:
        raise ValueError("Äiti")
    except ValueError:
        logging.getLogger("django.request").exception("failed")
    (line,) = lines(capsys)
    assert "ValueError: Äiti" in line["exception"]


def test_each_request_is_numbered() -> None:
    assert settings.MIDDLEWARE[0] == "jasenpalvelu.logs.numbered"
