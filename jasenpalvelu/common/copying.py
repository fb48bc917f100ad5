"""Rows into a table by COPY: the quickest way in, some thirty times as fast as one INSERT after another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": ""}
_SPECIAL = re.compile(r"[\\\t\n\r\0]")
_NULL = "\x02"
CHUNK = 64 * 1024


def copy_rows(cursor: Any, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Add the rows to the table. None is NULL, dicts and lists are JSON; names of table and columns are the caller's own."""
    names = ", ".join(f'"{name}"' for name in columns)
    command = f"COPY \"{table}\" ({names}) FROM STDIN WITH (NULL E'\\x02')"
    stream = _Stream(_line(row) for row in rows)
    try:
        cursor.copy_expert(command, stream, CHUNK)
    except Exception:
        if stream.error is not None:  # the database would only say that reading failed
            raise stream.error from None
        raise


def next_ids(cursor: Any, table: str, count: int) -> list[int]:
    """Primary keys for `count` new rows, taken from the table's sequence."""
    if not count:
        return []
    cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [f'"{table}"'])
    (sequence,) = cursor.fetchone()
    cursor.execute("SELECT nextval(%s::regclass) FROM generate_series(1, %s)", [sequence, count])
    return [row[0] for row in cursor.fetchall()]


def _line(row: Sequence[Any]) -> str:
    """Marks that mean something to COPY are rare, so they are looked for in the whole line first."""
    cells = [_NULL if cell is None else cell if type(cell) is str else _text(cell) for cell in row]
    line = "\t".join(cells)
    if line.count("\t") >= len(cells) or "\n" in line or "\\" in line or "\r" in line or "\0" in line:
        line = "\t".join(_SPECIAL.sub(_escape, cell) for cell in cells)
    return f"{line}\n"


def _text(value: Any) -> str:
    if type(value) is int:
        return str(value)
    if value is True or value is False:
        return "t" if value else "f"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False) if value else "{}" if isinstance(value, dict) else "[]"
    return str(value)


def _escape(match: re.Match[str]) -> str:
    return _ESCAPES[match.group()]


class _Stream:
    """What COPY reads from: lines made as they are needed."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines, self.rest = lines, b""
        self.error: Exception | None = None

    def read(self, size: int) -> bytes:
        try:
            return self._next(size)
        except Exception as error:
            self.error = error
            raise

    def _next(self, size: int) -> bytes:
        parts, length = [], len(self.rest)
        for line in self.lines:
            parts.append(line)
            length += len(line)
            if length >= size:
                break
        data = self.rest + "".join(parts).encode()
        self.rest = data[size:]
        return data[:size]
