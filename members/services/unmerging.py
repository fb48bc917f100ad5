"""Parting two entries that were joined by mistake: every row as it stood, or the reason why not (REG-10)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, connection, transaction
from psycopg2.extras import Json

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.models import Mutation
from jasenpalvelu.audit.services import mark_undone, mutation
from members import moving
from members.models import Merge, Party
from members.scope import Scope
from members.services import merge_rows, merge_twins, merging
from members.services.indexing import refresh_search

# What has been written since to a row that the joining touched, by another act; the table, and when for the last time.
# A later joining that has been parted again has left everything as it was.
_SINCE = """
SELECT c.table_name, max(c.at) FROM audit_change c
JOIN jsonb_to_recordset(%(rows)s::jsonb) AS r(t text, pk text) ON c.table_name = r.t AND c.row_id = r.pk
JOIN audit_mutation m ON m.id = c.mutation_id AND m.kind <> 'party.unmerge'
  AND NOT (m.kind = 'party.merge' AND m.undone_by_id IS NOT NULL)
WHERE c.mutation_id <> %(act)s AND c.id > (SELECT max(o.id) FROM audit_change o WHERE o.mutation_id = %(act)s)
GROUP BY 1 ORDER BY 2, 1
"""


class UnmergeError(Exception):
    """`code`: refused (see `hindrances`), gone (they have been parted already)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Hindrance:
    """Why the two stay joined. `code`: beyond, post, joined (the survivor has gone on as another), changed (table, when), other."""

    code: str
    table: str = ""
    at: datetime | None = None
    text: str = ""


def hindrances(*, merge: Merge, scope: Scope, on: date) -> list[Hindrance]:
    """Reads only."""
    survivor = merge.survivor
    ids = [survivor.pk]
    if merging.is_beyond(scope=scope, party_ids=ids, on=on):
        return [Hindrance("beyond")]
    if merging.has_others_post(scope=scope, party_ids=ids, on=on):
        return [Hindrance("post")]
    later = Merge.objects.filter(survivor=survivor, pk__gt=merge.pk)
    if survivor.merged_into_id is not None or _touches(later, merge):
        return [Hindrance("joined")]
    changed = [Hindrance("changed", table=table, at=at) for table, at in _changed_since(merge)]
    return changed + [Hindrance("other", text=text) for text in moving.dependences(merge)]


def _touches(later: Iterable[Merge], merge: Merge) -> bool:
    """A later joining has moved or changed what this one had touched."""
    touched = set(_rows(merge.record))
    return any(touched & set(_rows(other.record)) for other in later)


def _rows(record: merge_rows.Record) -> list[tuple[str, str]]:
    found = [(table, str(pk)) for table, _column, _key, ids in record.get("moved", []) for pk in ids]
    return found + [(table, str(pk)) for table, _key, pk, _values in record.get("changed", [])]


def _changed_since(merge: Merge) -> list[tuple[str, datetime]]:
    rows = [{"t": table, "pk": pk} for table, pk in _rows(merge.record)]
    with connection.cursor() as cursor:
        cursor.execute(_SINCE, {"rows": Json(rows), "act": merge.mutation_id})
        return cursor.fetchall()


def unmerge(*, actor: User, scope: Scope, merge_id: int, on: date) -> tuple[Party, Party]:
    """Part the two: (survivor, the entry that stands by itself again). Raises UnmergeError."""
    merge = Merge.objects.filter(pk=merge_id).first()
    if merge is None:
        raise UnmergeError("gone")
    numbers = merging.summary(merge.merged_id, merge.survivor_id)
    with mutation(actor=actor, kind="party.unmerge", summary=numbers) as done:
        undone = Mutation.objects.select_for_update().get(pk=merge.mutation_id)
        ids = sorted([merge.survivor_id, merge.merged_id])
        merging.lock(ids=ids)
        merge = Merge.objects.select_related("survivor", "merged").filter(pk=merge_id).first()
        if merge is None:
            raise UnmergeError("gone")
        if hindrances(merge=merge, scope=scope, on=on):
            raise UnmergeError("refused")
        _taken_back(merge)
        if undone.undone_by_id is None:
            mark_undone(undone=undone, by=done)
    return merge.survivor, merge.merged


def _taken_back(merge: Merge) -> None:
    record, survivor_id, merged_id = merge.record, merge.survivor_id, merge.merged_id
    merge_twins.take_back(merge)
    merge.delete()
    try:
        with transaction.atomic():
            merge_rows.take_back(record, survivor_id=survivor_id, merged_id=merged_id)
    except (merge_rows.Moved, IntegrityError):
        raise UnmergeError("refused") from None
    refresh_search([survivor_id, merged_id])
