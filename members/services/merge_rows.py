"""The rows that move when two entries of the same member are joined, and their way back (REG-10).

What was done is recorded in three lists: rows that were left out whole ("gone"), values that were changed with what stood
there before ("changed"), rows whose column now names the survivor ("moved"). Parting reads them from the end.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg2.extras import Json

from members import moving
from members.moving import Column

Record = dict[str, list[list[Any]]]
Values = dict[str, Any]


@dataclass(frozen=True)
class Move:
    """Keys of the rows of one column: those that move, and those that the survivor has already."""

    column: Column
    ids: list[Any]
    gone: list[Any]


@dataclass(frozen=True)
class Change:
    """New values of one row."""

    table: str
    key: str
    pk: Any
    values: Values = field(default_factory=dict)


class Moved(Exception):
    """A row is not where the record has left it."""


def moves(*, survivor_id: int, merged_id: int) -> list[Move]:
    """What would move now, in the order of locks."""
    params = {"survivor": survivor_id, "merged": merged_id}
    found = []
    with connection.cursor() as cursor:
        for column in moving.moved():
            cursor.execute(
                f'SELECT t."{column.key}", ({column.vanishes}) FROM {column.table} t'  # noqa: S608
                f' WHERE t."{column.column}" = %(merged)s AND ({column.only}) ORDER BY 1',
                params,
            )
            rows = cursor.fetchall()
            gone = [pk for pk, vanishes in rows if vanishes]
            found.append(Move(column, [pk for pk, vanishes in rows if not vanishes], gone))
    return found


def staying(*, merged_id: int) -> list[tuple[Column, int]]:
    """How many rows stay with the old entry, of the kinds that people are told of."""
    found = []
    with connection.cursor() as cursor:
        for column in moving.columns():
            if not column.moves and column.noun is not None:
                cursor.execute(
                    f'SELECT count(*) FROM {column.table} WHERE "{column.column}" = %s',  # noqa: S608
                    [merged_id],
                )
                found.append((column, int(cursor.fetchone()[0])))
    return found


def lock(party_ids: Sequence[int], *, before: bool) -> None:
    """Hold the rows that belong to the parties, table by table in the order of locks, rows in that of their keys."""
    by_table: dict[str, list[Column]] = {}
    for column in moving.moved():
        if column.rank < 99 and (column.rank < moving.PARTIES) == before:
            by_table.setdefault(column.table, []).append(column)
    with connection.cursor() as cursor:
        for table, columns in by_table.items():
            mine = " OR ".join(f'"{column.column}" = ANY(%(ids)s)' for column in columns)
            cursor.execute(
                f'SELECT "{columns[0].key}" FROM {table} WHERE {mine} ORDER BY 1 FOR UPDATE',  # noqa: S608
                {"ids": list(party_ids)},
            )


def write(*, moved: Iterable[Move], changes: Iterable[Change], survivor_id: int) -> Record:
    """Leave out, change, move; the record of it."""
    record: Record = {"gone": [], "changed": [], "moved": []}
    with connection.cursor() as cursor:
        for move in moved:
            # A link whose two ends are joined vanishes by both of its columns.
            for row in _taken(cursor, move.column.table, move.column.key, move.gone):
                record["gone"].append([move.column.table, row])
        for change in changes:
            before = _changed(cursor, change)
            record["changed"].append([change.table, change.key, _plain(change.pk), before])
        for move in moved:
            if move.ids:
                column = move.column
                _point(cursor, column.table, column.column, column.key, move.ids, survivor_id)
                record["moved"].append(
                    [column.table, column.column, column.key, [_plain(pk) for pk in move.ids]]
                )
    return record


def take_back(record: Record, *, survivor_id: int, merged_id: int) -> None:
    """Everything as it stood. Raises Moved when a row is not where it was left."""
    with connection.cursor() as cursor:
        for table, column, key, ids in reversed(record["moved"]):
            cursor.execute(
                f'SELECT count(*) FROM {table} WHERE "{key}" = ANY({_array(ids)}) AND "{column}" = %s',  # noqa: S608
                [ids, survivor_id],
            )
            if cursor.fetchone()[0] != len(ids):
                raise Moved(table)
            _point(cursor, table, column, key, ids, merged_id)
        for table, key, pk, values in reversed(record["changed"]):
            _changed(cursor, Change(table, key, pk, values))
        for table, row in reversed(record["gone"]):
            cursor.execute(
                f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, %s)",  # noqa: S608
                [Json(row)],
            )


def _taken(cursor: Any, table: str, key: str, ids: list[Any]) -> list[Values]:
    if not ids:
        return []
    cursor.execute(
        f'DELETE FROM {table} t WHERE "{key}" = ANY({_array(ids)}) RETURNING to_jsonb(t)::text',  # noqa: S608
        [[_plain(pk) for pk in ids]],
    )
    return [json.loads(row[0]) for row in cursor.fetchall()]


def _changed(cursor: Any, change: Change) -> Values:
    """Write the values; those that stood there before."""
    cursor.execute(
        f'SELECT to_jsonb(t)::text FROM {change.table} t WHERE "{change.key}" = {_one(change.pk)}',  # noqa: S608
        [_plain(change.pk)],
    )
    found = cursor.fetchone()
    if found is None:
        raise Moved(change.table)
    names = ", ".join(f'"{name}" = p."{name}"' for name in change.values)
    cursor.execute(
        f"UPDATE {change.table} t SET {names} FROM jsonb_populate_record(NULL::{change.table}, %s) p"  # noqa: S608
        f' WHERE t."{change.key}" = {_one(change.pk)}',
        [Json(change.values), _plain(change.pk)],
    )
    row = json.loads(found[0])
    return {name: row[name] for name in change.values}


def _point(cursor: Any, table: str, column: str, key: str, ids: list[Any], party_id: int) -> None:
    cursor.execute(
        f'UPDATE {table} SET "{column}" = %s WHERE "{key}" = ANY({_array(ids)})',  # noqa: S608
        [party_id, [_plain(pk) for pk in ids]],
    )


def _plain(pk: Any) -> Any:
    return str(pk) if isinstance(pk, UUID) else pk


def _array(ids: list[Any]) -> str:
    return "%s::bigint[]" if isinstance(ids[0], int) else "%s::uuid[]"


def _one(pk: Any) -> str:
    return "%s::bigint" if isinstance(pk, int) else "%s::uuid"


# --- pairs --------------------------------------------------------------------------------------------------------------
_PAIRS = """
SELECT d.id, d.one_id, d.other_id, d.decided_at, d.decided_by_id FROM members_duplicatepair d
WHERE %(party)s IN (d.one_id, d.other_id) ORDER BY d.id FOR UPDATE
"""


def pairs(*, survivor_id: int, merged_id: int) -> tuple[list[int], list[Change]]:
    """Pairs the merged entry is in become the survivor's: (those that vanish, the changes). That two are not the same is
    remembered, whichever entry it was said of."""
    with connection.cursor() as cursor:
        cursor.execute(_PAIRS, {"party": survivor_id})
        mine = {_beside(row, survivor_id): row for row in cursor.fetchall()}
        cursor.execute(_PAIRS, {"party": merged_id})
        rows = cursor.fetchall()
    gone, changes = [], []
    for row in rows:
        pk, _one_id, _other_id, decided_at, decided_by = row
        third = _beside(row, merged_id)
        twin = mine.get(third)
        if third != survivor_id and twin is None:
            sides = {"one_id": min(third, survivor_id), "other_id": max(third, survivor_id)}
            changes.append(Change("members_duplicatepair", "id", pk, sides))
            continue
        gone.append(pk)
        if twin is not None and decided_at is not None and twin[3] is None and third != survivor_id:
            values = {"decided_at": decided_at.isoformat(), "decided_by_id": decided_by}
            changes.append(Change("members_duplicatepair", "id", twin[0], values))
    return gone, changes


def _beside(row: Sequence[Any], party_id: int) -> int:
    return int(row[2] if row[1] == party_id else row[1])
