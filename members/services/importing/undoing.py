"""Taking an import back: added rows go, changed values return. What others have built on stays, and is listed.

A row of the file is taken back wholly or not at all. It stays when something it wrote has been changed since by another
act, when invoices refer to it, or when other data of the register does.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection, models
from psycopg2.extras import Json

from jasenpalvelu.audit.services import continued
from jasenpalvelu.common.events import publish
from members.events import MembershipsLeave
from members.importing.problems import problem
from members.models import DuplicatePair, ImportBatch, ImportRow
from members.services.importing.tables import ADDED, update_rows
from members.services.importing.tables import CHANGED as CHANGEABLE
from members.services.indexing import refresh_search

NO_LINE = 2**31 - 1
CHANGED, INVOICED, IN_USE = "kept_changed", "kept_invoiced", "kept_in_use"
MOST_COUNTED = 5_000


@dataclass(frozen=True)
class Note:
    """What one row of the file did."""

    pk: int
    line: int
    party_id: int | None
    new: dict[str, list[int]]
    old: dict[str, dict[str, dict[str, Any]]]

    @classmethod
    def of(cls, row: ImportRow) -> Note:
        return cls(row.pk, row.line, row.party_id, row.undo.get("new", {}), row.undo.get("old", {}))


def undo_chunk(batch: ImportBatch, *, mutation_id: UUID, before: int, size: int) -> tuple[int, int, int]:
    """Take back the last `size` saved rows above the line `before`: (taken back, kept, next line or -1).

    From the end of the file backwards, so that what a later row built on an earlier one's holding is gone first.
    """
    notes = _notes(batch, before=before, size=size)
    if not notes:
        return 0, 0, -1
    with continued(mutation_id):
        kept = find_kept(notes, acts=[batch.mutation_id, mutation_id])
        gone = [note for note in notes if note.pk not in kept]
        _take_back(gone)
        _mark(gone, kept)
    return len(gone), len(kept), notes[-1].line


def count_kept(batch: ImportBatch) -> dict[str, int] | None:
    """For the question before rolling back: how many rows would stay and why; None when there are too many to ask."""
    notes = _notes(batch, before=NO_LINE, size=MOST_COUNTED + 1)
    if len(notes) > MOST_COUNTED:
        return None
    return dict(Counter(find_kept(notes, acts=[batch.mutation_id]).values()))


def _notes(batch: ImportBatch, *, before: int, size: int) -> list[Note]:
    rows = ImportRow.objects.filter(batch=batch, done=True, line__lt=before).order_by("-line")
    return [Note.of(row) for row in rows.only("pk", "line", "party_id", "undo")[:size]]


# --- what must stay -----------------------------------------------------------------------------------------------------
def find_kept(notes: Sequence[Note], *, acts: Sequence[UUID | None]) -> dict[int, str]:
    """Rows that cannot be taken back, with the reason. `acts`: the import's own mutation and that of its taking back."""
    kept: dict[int, str] = {}
    # An invoice is the reason that is told, whatever else has happened to the row.
    _invoiced(_added(notes).get("members_membership", {}), kept)
    _referred_to(notes, kept, invoices_only=True)
    _changed_since(_touched(notes), [str(act) for act in acts if act], kept)
    while True:  # what a row that stays refers to has to stay as well
        before = len(kept)
        _referred_to([note for note in notes if note.pk not in kept], kept)
        if len(kept) == before:
            return kept


def _touched(notes: Sequence[Note]) -> dict[str, dict[int, int]]:
    """table → key of a row that was added or changed → row of the file."""
    touched = _added(notes)
    for note in notes:
        for table, changes in note.old.items():
            for key in changes:
                touched[table].setdefault(int(key), note.pk)
    return touched


def _added(notes: Sequence[Note]) -> dict[str, dict[int, int]]:
    added: dict[str, dict[int, int]] = defaultdict(dict)
    for note in notes:
        for table, ids in note.new.items():
            added[table].update(dict.fromkeys(ids, note.pk))
    return added


_CHANGED_SINCE = """
SELECT DISTINCT c.row_id FROM audit_change c
WHERE c.table_name = %(table)s AND c.row_id = ANY(%(ids)s) AND c.mutation_id <> ALL(%(acts)s::uuid[])
  AND c.id > coalesce((SELECT min(o.id) FROM audit_change o
    WHERE o.table_name = c.table_name AND o.row_id = c.row_id AND o.mutation_id = ANY(%(acts)s::uuid[])), 0)
"""
# Events are their own history; one added later by another act means that the membership has gone on.
_EVENTS_SINCE = """
SELECT DISTINCT e.membership_id FROM members_membershipevent e
WHERE e.membership_id = ANY(%(ids)s) AND (e.mutation_id IS NULL OR e.mutation_id <> ALL(%(acts)s::uuid[]))
  AND e.id > coalesce((SELECT min(o.id) FROM members_membershipevent o
    WHERE o.membership_id = e.membership_id AND o.mutation_id = ANY(%(acts)s::uuid[])), 9223372036854775807)
"""


def _changed_since(touched: dict[str, dict[int, int]], acts: list[str], kept: dict[int, str]) -> None:
    with connection.cursor() as cursor:
        for table, rows in touched.items():
            cursor.execute(_CHANGED_SINCE, {"table": table, "ids": [str(pk) for pk in rows], "acts": acts})
            for (row_id,) in cursor.fetchall():
                kept.setdefault(rows[int(row_id)], CHANGED)
        memberships = touched.get("members_membership", {})
        cursor.execute(_EVENTS_SINCE, {"ids": list(memberships), "acts": acts})
        for (membership_id,) in cursor.fetchall():
            kept.setdefault(memberships[membership_id], CHANGED)


def _invoiced(memberships: dict[int, int], kept: dict[int, str]) -> None:
    """What no foreign key shows: an invoice that charges a membership names its payer only."""
    leaving = MembershipsLeave(frozenset(memberships))
    if memberships:
        publish(leaving)
    for membership_id in leaving:
        kept.setdefault(memberships[membership_id], INVOICED)


def _referred_to(notes: Sequence[Note], kept: dict[int, str], *, invoices_only: bool = False) -> None:
    """Foreign keys of every table that point at a row these rows added, from rows they did not add."""
    added = _added(notes)
    for table, rows in added.items():
        for relation in _relations(apps.get_model("members", table.removeprefix("members_"))):
            here = relation.model._meta
            reason = INVOICED if here.app_label == "billing" else IN_USE
            if invoices_only and reason != INVOICED:
                continue
            others = relation.model._base_manager.filter(**{f"{relation.name}__in": list(rows)}).order_by(
                "pk"
            )
            for target, source in others.values_list(relation.attname, "pk"):
                if source not in added.get(here.db_table, {}):
                    kept.setdefault(rows[target], reason)


def _relations(model: type[models.Model]) -> Iterator[models.ForeignKey]:
    """Foreign keys at the model, from whatever app; rows of imports and pairs only remember whom they are about."""
    for related in model._meta.related_objects:
        field = related.field
        if (
            isinstance(field, models.ForeignKey)
            and field.model not in (ImportRow, DuplicatePair)
            and field.model._meta.managed
        ):
            yield field


# --- taking back --------------------------------------------------------------------------------------------------------
def _take_back(notes: Sequence[Note]) -> None:
    """Delete what was added, last things first, and put earlier values back."""
    if not notes:
        return
    with connection.cursor() as cursor:
        for table in reversed(ADDED):
            ids = [pk for note in notes for pk in note.new.get(table, ())]
            if table == "members_party":
                _forget_parties(cursor, ids)
            if ids:
                cursor.execute(f"DELETE FROM {table} WHERE {ADDED[table][0]} = ANY(%s)", [ids])  # noqa: S608
        gone = {(t, pk) for note in notes for t, ids in note.new.items() for pk in ids}
        for table in CHANGEABLE:
            earlier: dict[int, dict[str, Any]] = {}
            # Notes come from the last row to the first, so that the first row's value, the oldest one, is put last.
            for note in notes:
                for key, values in note.old.get(table, {}).items():
                    if (table, int(key)) not in gone:
                        earlier.setdefault(int(key), {}).update(values)
            if earlier:
                update_rows(cursor, table, earlier)
    refresh_search(sorted({note.party_id for note in notes if note.party_id}))


def _forget_parties(cursor: Any, ids: list[int]) -> None:
    """Rows of this and other imports that named the party lose it; pairs go with it."""
    if ids:
        cursor.execute(
            "DELETE FROM members_duplicatepair WHERE one_id = ANY(%(ids)s) OR other_id = ANY(%(ids)s)",
            {"ids": ids},
        )
        cursor.execute("UPDATE members_importrow SET party_id = NULL WHERE party_id = ANY(%s)", [ids])


def _mark(gone: Sequence[Note], kept: dict[int, str]) -> None:
    ImportRow.objects.filter(pk__in=[note.pk for note in gone]).update(done=False, undo={})
    found = [{"id": pk, "problem": [problem(reason, warning=True)]} for pk, reason in kept.items()]
    if found:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE members_importrow r SET problems = r.problems || d.problem"
                " FROM jsonb_to_recordset(%s) AS d(id bigint, problem jsonb) WHERE r.id = d.id",
                [Json(found)],
            )
