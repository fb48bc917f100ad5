"""Marks on the use of a person's data when two entries are joined: none that is in force is lost (REG-14)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from django.utils.translation import gettext as _

from members.models import DataMark
from members.services.merge_rows import Change

ONE_DAY = timedelta(days=1)


def changes(*, survivor_id: int, merged_id: int, on: date) -> list[Change]:
    """Of one kind only one may stand open in an association: what has run out is ended, and of two in force the longer goes on."""
    rows = DataMark.objects.filter(party__in=[survivor_id, merged_id], ended_on=None)
    by_kind: dict[tuple[int, str], list[DataMark]] = {}
    for row in rows.order_by("pk"):
        by_kind.setdefault((row.unit_id, row.kind), []).append(row)
    return [
        change for pair in by_kind.values() if len(pair) == 2 for change in _one_of(pair, survivor_id, on)
    ]


def _one_of(pair: list[DataMark], survivor_id: int, on: date) -> Iterator[Change]:
    over = [row for row in pair if row.until is not None and row.until < on]
    for row in over:
        assert row.until is not None, "it has run out"
        yield _ended(row, row.until + ONE_DAY)
    if not over:
        shorter = min(pair, key=lambda row: (row.until or date.max, row.party_id == survivor_id))
        yield _ended(shorter, max(on, shorter.set_on), _("entered twice"))


def _ended(row: DataMark, day: date, reason: str = "") -> Change:
    return Change("members_datamark", "id", row.pk, {"ended_on": day.isoformat(), "end_reason": reason})
