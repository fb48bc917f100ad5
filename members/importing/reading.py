"""A member file as rows of texts, whatever made it: CSV in the encodings and shapes Finnish offices have, or XLSX."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import IO

from members.importing import csv_files, xlsx_files
from members.importing.headings import find_header
from members.importing.problems import NotATable

MAX_BYTES = 50 * 1024 * 1024
MAX_ROWS = 200_000
MAX_COLUMNS = 200
LOOKED_AT = 60
SAMPLES = 3

Line = tuple[int, list[str]]


@dataclass(frozen=True)
class Source:
    """How the file is to be read. `header_line` is the line of the headings; data begins after it."""

    kind: str
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    header_line: int = 1
    header: tuple[str, ...] = ()
    samples: tuple[tuple[str, ...], ...] = field(default=())


def inspect(data: bytes, *, encoding: str = "", delimiter: str = "", sheet: str = "") -> Source:
    """Find out what the file is, its headings and its first rows; what is given is not guessed. NotATable if it is none."""
    if not data.strip():
        raise NotATable("empty")
    if len(data) > MAX_BYTES:
        raise NotATable("too_large", limit=MAX_BYTES // 1024 // 1024)
    if xlsx_files.looks_like(data):
        with xlsx_files.opened(data) as book:
            sheets = xlsx_files.sheet_names(book)
            sheet = sheet if sheet in sheets else xlsx_files.first_filled(book, sheets)
            source = Source("xlsx", sheet=sheet, sheets=tuple(sheets))
            return _with_header(source, _limited(xlsx_files.lines(book, sheet)))
    csv_files.refuse_other_formats(data)
    encoding = encoding or csv_files.guess_encoding(data)
    text = csv_files.decode(data, encoding)
    source = Source("csv", encoding=encoding, delimiter=delimiter or csv_files.guess_delimiter(text))
    return _with_header(source, _limited(csv_files.lines(text, source.delimiter)))


def _with_header(source: Source, beginning: Iterator[Line]) -> Source:
    first = [(number, cells) for number, cells in islice(beginning, LOOKED_AT) if any(cells)]
    if not first:
        raise NotATable("empty")
    place = find_header([cells for _, cells in first])
    if place is None:
        raise NotATable("no_columns")
    number, cells = first[place]
    below = [row for _, row in first[place + 1 :]]
    if not below:
        raise NotATable("only_header")
    width = max(len(cells), *(len(row) for row in below))
    header = tuple((cells[i] if i < len(cells) else "").strip() for i in range(width))
    samples = tuple(_samples(below, column) for column in range(width))
    return Source(
        source.kind, source.encoding, source.delimiter, source.sheet, source.sheets, number, header, samples
    )


def _samples(rows: list[list[str]], column: int) -> tuple[str, ...]:
    """The first different values of the column."""
    values = (row[column].strip() for row in rows if column < len(row))
    return tuple(islice(dict.fromkeys(value for value in values if value), SAMPLES))


def lines(data: bytes, source: Source) -> Iterator[Line]:
    """Every line of the file with its number, empty ones too. NotATable at the first that breaks a limit."""
    return _limited(
        xlsx_files.lines_of(data, source.sheet)
        if source.kind == "xlsx"
        else csv_files.lines(csv_files.decode(data, source.encoding), source.delimiter)
    )


def _limited(found: Iterator[Line]) -> Iterator[Line]:
    try:
        for number, cells in found:
            if len(cells) > MAX_COLUMNS:
                raise NotATable("too_many_columns", line=number, limit=MAX_COLUMNS)
            yield number, cells
    except csv.Error as error:
        raise NotATable("broken_quotes", detail=str(error)) from error


def rows(data: bytes, source: Source) -> Iterator[Line]:
    """The rows below the headings that hold anything; at most MAX_ROWS."""
    count = 0
    for number, cells in lines(data, source):
        if number <= source.header_line or not any(cell and not cell.isspace() for cell in cells):
            continue
        count += 1
        if count > MAX_ROWS:
            raise NotATable("too_many_rows", limit=MAX_ROWS)
        yield number, cells


def open_file(stream: IO[bytes]) -> bytes:
    """The whole file, refused before it fills the memory."""
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise NotATable("too_large", limit=MAX_BYTES // 1024 // 1024)
    return data
