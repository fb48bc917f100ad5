"""Pairs that an import could not join, because the importer sees only one of them, kept for those who see both (REG-10)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from members.models import DuplicatePair, Party
from members.services.importing.judging import Row


def remember(*, rows: Sequence[Row], unit_id: int, on: date) -> int:
    """Keep a pair for each new party that may be somebody of another association; how many pairs were found.

    Never of anybody with a non-disclosure order: the reasons would tell that a hidden phone number or address is the same.
    """
    wanted = {
        (min(found, row.party_id), max(found, row.party_id)): list(likeness.reasons)
        for row in rows
        if row.added and row.party_id
        for found, likeness in row.beyond
    }
    if not wanted:
        return 0
    hidden = set(
        Party.objects.filter(pk__in={pk for pair in wanted for pk in pair}, non_disclosure=True)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    pairs = [
        DuplicatePair(one_id=one, other_id=other, unit_id=unit_id, reasons=reasons, found_on=on)
        for (one, other), reasons in sorted(wanted.items())
        if not {one, other} & hidden
    ]
    DuplicatePair.objects.bulk_create(pairs, ignore_conflicts=True)
    return len(pairs)
