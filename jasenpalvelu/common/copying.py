"""Rows into a table by COPY: the quickest way in, some thirty times as fast as one INSERT after another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

_SPECIAL = re.compile(r"[\\\t\n\r\0]")
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": ""}
CHUNK = 64 * 1024


def copy_rows(cursor: Any, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Add the rows to the table. None is NULL, dicts and lists are JSON; names of table and columns are the caller's own."""
    names = ", ".join(f'"{name}"' for name in columns)
    cursor.copy_expert(f'COPY "{table}" ({names}) FROM STDIN', _Stream(_line(row) for row in rows), CHUNK)


def next_ids(cursor: Any, table: str, count: int) -> list[int]:
    """Primary keys for `count` new rows, taken from the table's sequence."""
    if not count:
        return []
    cursor.execute(
        "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [f'"{table}"', count]
    )
    return [row[0] for row in cursor.fetchall()]


def _line(row: Sequence[Any]) -> str:
    return "\t".join(map(_cell, row)) + "\n"


def _cell(value: Any) -> str:
    if value is None:
        return "\\N"
    if value is True or value is False:
        return "t" if value else "f"
    if type(value) is not str:
        if not isinstance(value, dict | list):
            value = str(value)
        elif not value:
            return "{}" if isinstance(value, dict) else "[]"
        else:
            value = json.dumps(value, ensure_ascii=False)
    return _SPECIAL.sub(_escape, value) if _SPECIAL.search(value) else value


def _escape(match: re.Match[str]) -> str:
    return _ESCAPES[match.group()]


class _Stream:
    """What COPY reads from: lines made as they are needed."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines, self.rest = lines, ""

    def read(self, size: int) -> bytes:
        parts, length = [self.rest], len(self.rest)
        while length < size:
            line = next(self.lines, None)
            if line is None:
                break
            parts.append(line)
            length += len(line)
        text = "".join(parts)
        self.rest = text[size:]
        return text[:size].encode()
