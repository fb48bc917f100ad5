"""Spreadsheets. A file from outside is not trusted: what it unpacks to is limited, entities are refused, macros never run."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import Any
from xml.parsers import expat

from members.importing.csv_files import NOT_TEXT
from members.importing.problems import NotATable

MAX_UNPACKED = 400 * 1024 * 1024
MAX_RATIO = 250
MAX_PARTS = 2_000
SMALL = 20 * 1024 * 1024
LAST_ROW = 1_048_576


def looks_like(data: bytes) -> bool:
    """Whether it is a spreadsheet of the Open XML kind. NotATable for one that must not be opened."""
    if not data.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            if "xl/workbook.xml" not in names:
                raise NotATable("other_zip")
            _refuse_bombs(archive)
            _refuse_entities(archive)
    # zipfile raises NotImplementedError for a compression or an encryption it does not know, RuntimeError for a part that asks
    # for a password: no spreadsheet has either, so the file is as good as damaged.
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError) as error:
        raise NotATable("broken_excel") from error
    return True


def _refuse_bombs(archive: zipfile.ZipFile) -> None:
    """The sizes told in the archive bind: zipfile never unpacks more of a part than was told."""
    parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts) or 1
    if (
        len(parts) > MAX_PARTS
        or unpacked > MAX_UNPACKED
        or (unpacked > SMALL and unpacked / packed > MAX_RATIO)
    ):
        raise NotATable("bomb")


def _refuse_entities(archive: zipfile.ZipFile) -> None:
    """No part of a real spreadsheet has a document type; one that has wants to read files or to grow without end.

    Which part is a sheet is told by other parts and not by its name, so every part is looked at.
    """
    for part in archive.infolist():
        with archive.open(part) as stream:
            _check_beginning(stream, named_xml=part.filename.casefold().endswith((".xml", ".rels")))


_DOCTYPE = b"<!DOCTYPE"
_ENCODING = {
    expat.errors.codes[expat.errors.XML_ERROR_UNKNOWN_ENCODING],
    expat.errors.codes[expat.errors.XML_ERROR_INCORRECT_ENCODING],
}


class _RootReached(Exception):
    pass


def _check_beginning(stream: Any, *, named_xml: bool) -> None:
    """Up to the first element. A part that is no XML, a picture say, ends at its first byte and is no sheet either."""

    def refuse(*_: object) -> None:
        raise NotATable("entities")

    def stop(*_: object) -> None:
        raise _RootReached

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = stop
    chunk = b""
    try:
        while chunk := stream.read(65_536):
            parser.Parse(chunk, False)
    except _RootReached:
        return
    except expat.ExpatError as error:
        if _DOCTYPE in chunk.replace(b"\0", b"").upper():  # in an encoding that only other readers know
            raise NotATable("entities") from error
        if named_xml or error.code in _ENCODING:
            raise NotATable("broken_excel") from error


@contextmanager
def opened(data: bytes) -> Iterator[Any]:
    """The book for reading. Opening reads all its texts, which takes seconds for a long list: open it once."""
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # what openpyxl does not support (pictures, validations) is not read here
        try:
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        except NotATable:
            raise
        except Exception as error:  # openpyxl has no error class of its own for a damaged file
            raise NotATable("broken_excel") from error
        try:
            yield book
        finally:
            book.close()


def sheet_names(book: Any) -> list[str]:
    """Sheets with cells, hidden ones last."""
    sheets = sorted(book.worksheets, key=lambda sheet: sheet.sheet_state != "visible")
    return [sheet.title for sheet in sheets]


def first_filled(book: Any, names: list[str]) -> str:
    """The first sheet that holds anything. NotATable when none does."""
    for name in names:
        if next(lines(book, name), None):
            return name
    raise NotATable("empty")


def lines_of(data: bytes, sheet: str) -> Iterator[tuple[int, list[str]]]:
    """The whole sheet of a file, see `lines`."""
    with opened(data) as book:
        yield from lines(book, sheet)


def lines(book: Any, sheet: str, width: int = 201) -> Iterator[tuple[int, list[str]]]:
    """Rows with anything in them, as texts; of a formula the value it had when the file was saved.

    `width` is where reading stops: a row may claim 16 384 cells and a sheet a million rows.
    """
    if sheet not in book.sheetnames:
        raise NotATable("no_sheet", sheet=sheet)
    page = book[sheet]
    page.reset_dimensions()  # the size told in the file may be anything
    try:
        before = None
        for number, values in enumerate(
            page.iter_rows(max_row=LAST_ROW, max_col=width, values_only=True), start=1
        ):
            if values is before:  # rows the file leaves out come as one and the same empty row
                continue
            before = values
            cells = [_text(value) for value in values]
            while cells and not cells[-1]:
                cells.pop()
            if cells:
                yield number, cells
    except (
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        SyntaxError,
        zipfile.BadZipFile,
    ) as error:
        raise NotATable("broken_excel") from error


def _text(value: Any) -> str:
    """A cell as a Finn would have typed it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return NOT_TEXT.sub("", value.replace("_x000D_", ""))
    if isinstance(value, bool):
        return "x" if value else ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return (
            str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.10g}".replace(".", ",")
        )
    return "" if isinstance(value, time) else str(value)
