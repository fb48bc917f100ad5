"""A list in, verdicts out: what the tests of the import share."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from jasenpalvelu.jobs.models import Job, State
from jasenpalvelu.jobs.services import running
from members.models import ImportBatch, ImportRow
from members.services.importing import batches
from tests.cast import TODAY, Cast

OPTIONS = {
    "empty": "keep",
    "lenient": False,
    "type": None,
    "type_organisation": None,
    "started_on": "2026-01-01",
    "bases_from": "2026-01-01",
    "bases_area": "whole",
    "birth_purpose": "ikäraja",
    "list_missing": True,
}
ALL = frozenset("ABCD")


def as_csv(rows: Sequence[Mapping[str, str]]) -> bytes:
    """Rows by heading as a UTF-8 file with semicolons."""
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, headings, delimiter=";", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode()


def work(job: Job) -> Job:
    """What a worker does, without one."""
    while running.run(job_id=job.pk):
        pass
    job.refresh_from_db()
    assert job.state == State.DONE, f"{job.state}: {job.message} {job.log}"
    return job


def checked(
    cast: Cast,
    source: bytes | Sequence[Mapping[str, str]],
    *,
    unit: str = "a",
    user: str = "olavi",
    name: str = "jasenet.csv",
    on: date = TODAY,
    **options: Any,
) -> ImportBatch:
    """The list uploaded and judged with the proposed mapping."""
    data = source if isinstance(source, bytes) else as_csv(source)
    actor = cast.users[user]
    batch = batches.upload(actor=actor, unit=cast.units[unit], name=name, data=data, classes=ALL)
    chosen = OPTIONS | {"type": cast.types["personal"].pk} | options
    mapping = {int(column): key for column, key in batch.mapping.items()}
    work(batches.start_check(actor=actor, batch=batch, mapping=mapping, options=chosen, on=on))
    return fresh(batch)


def saved(batch: ImportBatch, *, on: date = TODAY) -> ImportBatch:
    assert batch.owner is not None
    work(batches.start_commit(actor=batch.owner, batch=batch, on=on))
    return fresh(batch)


def taken_back(batch: ImportBatch) -> ImportBatch:
    assert batch.owner is not None
    work(batches.start_rollback(actor=batch.owner, batch=batch, on=TODAY))
    return fresh(batch)


def fresh(batch: ImportBatch) -> ImportBatch:
    return ImportBatch.objects.select_related("unit", "owner").get(pk=batch.pk)


def rows(batch: ImportBatch) -> list[ImportRow]:
    return list(batch.rows.order_by("line"))


def verdicts(batch: ImportBatch) -> list[str]:
    return [row.verdict for row in rows(batch)]


def codes(row: ImportRow) -> set[str]:
    return {found["code"] for found in row.problems}
