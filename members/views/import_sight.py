"""Whose rows of an import show less today than when they were brought in (REG-12, REG-13).

A row keeps what stood in the file until the import is tidied away; the member may have got a non-disclosure order since,
or left. So a page or a file of rows asks the register each time and never the row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jasenpalvelu.common import clock
from members.models import Membership, Party


@dataclass(frozen=True)
class Sight:
    """By row key: rows about somebody under an order now, and saved rows of somebody who is no member any more."""

    protected: frozenset[int] = field(default_factory=frozenset)
    past: frozenset[int] = field(default_factory=frozenset)


def sight_of(rows: Iterable[Mapping[str, Any]], unit_id: int) -> Sight:
    """Two queries for a page of rows given as `ROW_COLUMNS`. A candidate counts too: the row was found by its contacts."""
    tied = {row["pk"]: _parties(row) for row in rows}
    everybody = {party for parties in tied.values() for party in parties}
    if not everybody:
        return Sight()
    orders = Party.objects.filter(pk__in=everybody, non_disclosure=True).order_by()
    hidden = frozenset(orders.values_list("pk", flat=True))
    done = {row["pk"]: row["party_id"] for row in rows if row["done"] and row["party_id"]}
    present = Membership.objects.filter(party__in=set(done.values()), unit_id=unit_id).in_hand(clock.today())
    members = frozenset(present.order_by().values_list("party_id", flat=True)) if done else frozenset()
    return Sight(
        frozenset(pk for pk, parties in tied.items() if parties & hidden),
        frozenset(pk for pk, party in done.items() if party not in members),
    )


ROW_COLUMNS = ("pk", "party_id", "candidates", "done")


def _parties(row: Mapping[str, Any]) -> set[int]:
    named = {found["party"] for found in row["candidates"] if found.get("party")}
    return named | ({row["party_id"]} if row["party_id"] else set())
