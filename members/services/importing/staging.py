"""The rows of the file put beside the batch as they are, in one transaction: all of them or none."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction

from jasenpalvelu.common.copying import copy_rows
from members.importing import reading, values
from members.importing.reading import Source
from members.models import ImportBatch, ImportRow

COLUMNS = (
    "batch_id",
    "line",
    "raw",
    "key",
    "parsed",
    "verdict",
    "choice",
    "problems",
    "diff",
    "candidates",
    "done",
    "undo",
)


def source_of(batch: ImportBatch) -> Source:
    """How the file was read when its columns were named; nothing is guessed a second time."""
    return Source(
        "csv" if batch.delimiter else "xlsx",
        encoding=batch.encoding,
        delimiter=batch.delimiter,
        sheet=batch.sheet,
        header_line=batch.options.get("header_line", 1),
    )


def contents(batch: ImportBatch) -> bytes:
    with batch.file.open("rb") as stream:
        return reading.open_file(stream)


def stage(batch: ImportBatch) -> int:
    """Replace the batch's rows by those of its file; how many. NotATable when the file breaks a limit on the way."""
    ImportRow.objects.filter(batch=batch).delete()
    with transaction.atomic(), connection.cursor() as cursor:
        copy_rows(cursor, ImportRow._meta.db_table, COLUMNS, _lines(batch))
    return ImportRow.objects.filter(batch=batch).count()


def _lines(batch: ImportBatch) -> Iterator[tuple[Any, ...]]:
    """Cells as cleaned texts without personal identity codes: those are not kept even for a moment."""
    width = len(batch.header)
    for number, cells in reading.rows(contents(batch), source_of(batch)):
        raw = [values.redact(sys.intern(cell) if len(cell) < 20 else cell) for cell in cells[:width]]
        yield batch.pk, number, raw, "", {}, "", "", [], {}, [], False, {}
