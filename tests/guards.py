"""What every test checks beside its own subject: see `conftest.py` for where each is put in force."""

import re
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.db.models.functions import Random
from django.db.models.sql import compiler

WRITES = re.compile(
    r"\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE|COPY)\s+(?:ONLY\s+)?\"?(\w+)", re.IGNORECASE
)
NOT_READING = (
    compiler.SQLAggregateCompiler,
    compiler.SQLDeleteCompiler,
    compiler.SQLInsertCompiler,
    compiler.SQLUpdateCompiler,
)
# A GET may leave a trace of itself, and nothing else.
MAY_BE_WRITTEN_BY_GET = {"django_session", "audit_accesslog", "usersessions_usersession"}


@contextmanager
def reading_only() -> Iterator[None]:
    """Fail on a statement that writes. Put around GET requests of the test client."""

    def check(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        found = WRITES.match(str(sql))
        if found and found.group(1).lower() not in MAY_BE_WRITTEN_BY_GET:
            pytest.fail(f"A GET request may only read, but it sent: {str(sql)[:300]}")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(check):
        yield


class _PageCheck(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.raw = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.raw = tag if tag in {"script", "style", "pre", "code", "textarea"} else ""
        if (
            tag == "script"
            and not {"src", "nonce"} & given.keys()
            and given.get("type") != "application/json"
        ):
            self.found.append("a script without a nonce")
        if tag == "style" and "nonce" not in given:
            self.found.append("a style element without a nonce")
        for name, value in attrs:
            if name.startswith(("on", "hx-on")):
                self.found.append(f"the inline handler {name} of <{tag}>")
            if name == "style":
                self.found.append(f"the inline style of <{tag}>")
            if (value or "").strip().lower().startswith("javascript:"):
                self.found.append(f"a javascript: address in <{tag}>")

    def handle_endtag(self, tag: str) -> None:
        self.raw = ""

    def handle_data(self, data: str) -> None:
        if not self.raw and re.search(r"\{\{|\{%|%\}|\}\}", data):
            self.found.append(f"template code in the text: {data.strip()[:80]!r}")


def check_page(html: str) -> None:
    """Fail on what the content security policy would stop in a browser, and on template code left in the text."""
    parser = _PageCheck()
    parser.feed(html)
    if parser.found:
        pytest.fail("The page has " + "; ".join(sorted(set(parser.found))))


def is_boxed(policy: str) -> bool:
    """A letter for a frame: in a sandbox where nothing runs, with the inline looks that mail programs need."""
    told = {part.strip().split(" ")[0]: part.strip() for part in policy.split(";") if part.strip()}
    return (
        told.get("default-src") == "default-src 'none'"
        and "sandbox" in told
        and "allow-scripts" not in told["sandbox"]
        and "script-src" not in told
    )


def check_boxed(html: str) -> None:
    """As `check_page`, but for inline looks."""
    parser = _PageCheck()
    parser.feed(html)
    found = [fault for fault in parser.found if "style" not in fault.split(" of ")[0]]
    if found:
        pytest.fail("The letter has " + "; ".join(sorted(set(found))))


class UndefinedVariable(str):
    """Stands for `string_if_invalid`: a variable the view did not give fails the test, in our own templates."""

    def __contains__(self, key: object) -> bool:
        return key == "%s"

    def __mod__(self, variable: object) -> str:
        origin = _rendering_template()
        if origin and Path(origin).is_relative_to(settings.BASE_DIR / "templates"):
            pytest.fail(f"Undefined template variable {variable!s} in {origin}")
        return ""


def _rendering_template() -> str | None:
    """The innermost template being rendered, found on the call stack as Django passes no more than the name."""
    frame = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_name in {"render", "render_annotated"}:
            origin = getattr(frame.f_locals.get("self"), "origin", None)
            if origin is not None:
                return str(origin.name)
        frame = frame.f_back  # type: ignore[assignment]
    return None


def shuffle_unordered() -> None:
    """Rows asked for without an order come in random order, so that no test passes by the order of insertion."""
    original = compiler.SQLCompiler.get_order_by

    def get_order_by(self: compiler.SQLCompiler) -> list[Any]:
        ordering = original(self)
        query = self.query
        settled = query.distinct or query.combinator or query.group_by is not None or query.subquery
        if ordering or settled or isinstance(self, NOT_READING):
            return ordering
        expression = Random().asc().resolve_expression(query, allow_joins=True, reuse=None)
        sql, params = self.compile(expression)
        return [(expression, (sql, params, False))]

    compiler.SQLCompiler.get_order_by = get_order_by


def stay_home() -> None:
    """No test speaks with another machine."""
    original = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            pytest.fail(f"A test tried to reach {address}")
        original(self, address)

    socket.socket.connect = connect  # type: ignore[method-assign]
