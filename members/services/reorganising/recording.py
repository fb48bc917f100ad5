"""Writing rows so that they can be taken back: each is noted with what stood there before (as joining two entries does it)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Model
from psycopg2.extras import Json

from members.models import OrgChange, OrgChangeMove

BEGIN, FINISH = "begin", "finish"


class Recorder:
    """Writes and notes the rows of one phase of a change; the caller has the mutation open."""

    def __init__(self, change: OrgChange, phase: str) -> None:
        self.change, self.phase = change, phase

    def added(self, rows: Iterable[Model]) -> None:
        """Rows that have just been made, in their order."""
        self._note("I", [(row, {}) for row in rows])

    def update(self, row: Model, **values: Any) -> None:
        """New values of columns of a row; nothing when they stand there already."""
        self.update_all([row], **values)

    def update_all(self, rows: Iterable[Model], **values: Any) -> None:
        found = [row for row in rows if any(getattr(row, name) != value for name, value in values.items())]
        if not found:
            return
        columns = [_column(found[0], name) for name in values]
        before = _rows(found)
        self._note("U", [(row, {c: before[str(row.pk)][c] for c in columns}) for row in found])
        model = type(found[0])
        model._default_manager.filter(pk__in=[row.pk for row in found]).update(**values)
        for row in found:
            for name, value in values.items():
                setattr(row, name, value)

    def delete_all(self, rows: Iterable[Model]) -> None:
        found = list(rows)
        if found:
            before = _rows(found)
            self._note("D", [(row, before[str(row.pk)]) for row in found])
            table = found[0]._meta.db_table
            with connection.cursor() as cursor:
                cursor.execute(
                    f"DELETE FROM {table} WHERE id = ANY(%s)",  # noqa: S608
                    [[row.pk for row in found]],
                )

    def _note(self, op: str, rows: Iterable[tuple[Model, dict[str, Any]]]) -> None:
        OrgChangeMove.objects.bulk_create(
            OrgChangeMove(
                change=self.change,
                phase=self.phase,
                op=op,
                table=row._meta.db_table,
                row_id=str(row.pk),
                before=before,
            )
            for row, before in rows
        )


def _column(row: Model, name: str) -> str:
    column = getattr(row._meta.get_field(name), "column", None)
    assert column, f"{name} is no column"
    return str(column)


def _rows(rows: list[Any]) -> dict[str, dict[str, Any]]:
    table = rows[0]._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT t.id::text, to_jsonb(t)::text FROM {table} t WHERE id = ANY(%s)",  # noqa: S608
            [[row.pk for row in rows]],
        )
        return {pk: json.loads(text) for pk, text in cursor.fetchall()}


def take_back(change: OrgChange, phase: str) -> None:
    """Every row of the phase as it stood, from the last that was written to the first."""
    with connection.cursor() as cursor:
        for move in OrgChangeMove.objects.filter(change=change, phase=phase).order_by("-pk"):
            table = _known(move.table)
            if move.op == "I":
                cursor.execute(f"DELETE FROM {table} WHERE id = %s::bigint", [move.row_id])  # noqa: S608
            elif move.op == "U":
                names = ", ".join(f'"{name}" = p."{name}"' for name in move.before)
                cursor.execute(
                    f"UPDATE {table} t SET {names} FROM jsonb_populate_record(NULL::{table}, %s) p"  # noqa: S608
                    " WHERE t.id = %s::bigint",
                    [Json(move.before), move.row_id],
                )
            else:
                cursor.execute(
                    f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, %s)",  # noqa: S608
                    [Json(move.before)],
                )


def _known(table: str) -> str:
    """A name of a table of ours, and nothing else, goes into a statement."""
    assert any(model._meta.db_table == table for model in apps.get_models()), table
    return table
