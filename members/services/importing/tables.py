"""Rows gathered for one chunk and written at the end by COPY, with a note for each of how to take it back.

The note ("undo") has two parts: `new` lists the keys of rows that were added, by table; `old` the earlier values of rows
that were changed, by table and key.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from jasenpalvelu.common.copying import copy_rows, next_ids

Undo = dict[str, Any]

# What an import writes: table → its key and the columns of an added row, in the order in which rows may refer to others.
ADDED: dict[str, tuple[str, tuple[str, ...]]] = {
    "members_party": (
        "id",
        ("id", "kind", "member_number", "display_name", "sort_key", "language", "home_municipality", "non_disclosure",
         "invoice_channel", "search", "search_contact", "created_at"),
    ),
    "members_person": ("party_id", ("party_id", "first_names", "last_name", "birth_date", "birth_date_purpose")),
    "members_organisation": ("party_id", ("party_id", "name", "legal_form", "y_tunnus")),
    "members_contactpoint": (
        "id",
        ("id", "party_id", "kind", "value", "key", "co_line", "postal_code", "city", "country", "primary", "source",
         "valid_from"),
    ),
    "members_holding": ("id", ("id", "name", "y_tunnus", "responsible_id", "municipality")),
    "members_holdingmember": ("id", ("id", "holding_id", "party_id", "role", "valid_from")),
    "members_feebasisvalue": (
        "id",
        ("id", "holding_id", "kind_id", "unit_id", "value", "source", "confirmed_by", "valid_from"),
    ),
    "members_membership": (
        "id",
        ("id", "party_id", "unit_id", "type_id", "holding_id", "payer_id", "state", "started_on", "ended_on",
         "fee_exempt_reason"),
    ),
    "members_membershipevent": (
        "id",
        ("id", "membership_id", "kind", "effective_on", "reason", "data", "actor_id", "mutation_id", "recorded_at"),
    ),
    "members_formernumber": ("id", ("id", "party_id", "unit_id", "number", "source")),
    "members_partylink": ("id", ("id", "party_id", "other_id", "kind", "valid_from")),
}  # fmt: skip

# Columns an import may change; the undo holds their earlier values. Rows are locked in the order of these tables, which is
# that of ARCHITECTURE.md.
CHANGED: dict[str, tuple[str, ...]] = {
    "members_party": (
        "display_name", "sort_key", "language", "home_municipality", "non_disclosure",
    ),
    "members_person": ("first_names", "last_name", "birth_date", "birth_date_purpose"),
    "members_organisation": ("name", "legal_form", "y_tunnus"),
    "members_contactpoint": ("valid_to",),
    "members_membership": ("type_id", "holding_id", "payer_id", "state", "started_on", "ended_on"),
    "members_holding": ("name", "y_tunnus", "municipality"),
    "members_feebasisvalue": ("value", "valid_to", "source", "confirmed_by", "confirmed_on"),
}  # fmt: skip


class Sheaf:
    """Added and changed rows of a chunk. `line` tells whose undo a row belongs to."""

    def __init__(self) -> None:
        self.added: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.changed: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
        self._lines: dict[str, list[int]] = defaultdict(list)
        self._changers: dict[str, dict[int, int]] = defaultdict(dict)
        self._ids: dict[str, list[int]] = {}

    def reserve(self, cursor: Any, table: str, count: int) -> None:
        self._ids[table] = next_ids(cursor, table, count)[::-1]

    def new_id(self, table: str) -> int:
        """A key for a row to come; taken from those reserved, or from the sequence when they ran out."""
        ids = self._ids.setdefault(table, [])
        if not ids:
            with connection.cursor() as cursor:
                ids.extend(next_ids(cursor, table, 200)[::-1])
        return ids.pop()

    def add(self, line: int, table: str, **values: Any) -> int:
        """Gather a row; its key is given back."""
        key = ADDED[table][0]
        if key not in values:
            values[key] = self.new_id(table)
        self.added[table].append(values)
        self._lines[table].append(line)
        return int(values[key])

    def change(self, line: int, table: str, pk: int, **values: Any) -> None:
        """Gather new values of a row that stands in the register."""
        self.changed[table].setdefault(pk, {}).update(values)
        self._changers[table].setdefault(pk, line)

    def write(self) -> dict[int, Undo]:
        """Changes first (they free unique places), then added rows; line → undo."""
        undo: dict[int, Undo] = defaultdict(lambda: {"new": {}, "old": {}})
        with connection.cursor() as cursor:
            for table in CHANGED:
                changes = self.changed.get(table)
                if not changes:
                    continue
                for pk, before in update_rows(cursor, table, changes).items():
                    line = self._changers[table][pk]
                    undo[line]["old"].setdefault(table, {})[str(pk)] = before
            for table, (key, columns) in ADDED.items():
                rows = self.added.get(table)
                if not rows:
                    continue
                copy_rows(cursor, table, columns, ([row.get(column) for column in columns] for row in rows))
                for line, row in zip(self._lines[table], rows, strict=True):
                    undo[line]["new"].setdefault(table, []).append(row[key])
        return dict(undo)


def update_rows(
    cursor: Any, table: str, changes: Mapping[int, Mapping[str, Any]]
) -> dict[int, dict[str, Any]]:
    """Set the given columns of the rows, locked in the order of their keys; the values they had before.

    A row that is gone is passed over.
    """
    key = ADDED[table][0]
    columns = CHANGED[table]
    before = _before(cursor, table, key, sorted(changes), columns)
    data = json.dumps([{"pk": pk, "data": dict(values)} for pk, values in changes.items()], default=str)
    names = ", ".join(columns)
    taken = ", ".join(f"r.{column}" for column in columns)
    cursor.execute(
        f"UPDATE {table} t SET ({names}) = ROW({taken})"  # noqa: S608 -- names are those above
        f" FROM jsonb_to_recordset(%s) AS d(pk bigint, data jsonb)"
        f" JOIN {table} s ON s.{key} = d.pk, LATERAL jsonb_populate_record(s, d.data) r WHERE t.{key} = d.pk",
        [data],
    )
    return {pk: {name: values[name] for name in changes[pk]} for pk, values in before.items()}


def _before(
    cursor: Any, table: str, key: str, pks: Sequence[int], columns: Sequence[str]
) -> dict[int, dict[str, Any]]:
    names = ", ".join(columns)
    cursor.execute(
        f"SELECT {key}, {names} FROM {table} WHERE {key} = ANY(%s) ORDER BY {key} FOR UPDATE",  # noqa: S608
        [list(pks)],
    )
    return {
        row[0]: {name: _plain(value) for name, value in zip(columns, row[1:], strict=True)}
        for row in cursor.fetchall()
    }


def _plain(value: Any) -> Any:
    """As JSON holds it."""
    return value if value is None or isinstance(value, bool | int | str) else str(value)
