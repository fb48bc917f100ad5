"""What is ordered of cards on paper: whose, until when, in which form (REG-15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from members.models import Membership

SHEETS, SINGLE = "sheets", "single"


@dataclass(frozen=True)
class CardOrder:
    """`types`: only these, () for all; `since`: only those who joined on the day or later; `numbers`: only these members."""

    unit_id: int
    form: str
    valid_until: date
    types: tuple[int, ...] = ()
    since: date | None = None
    numbers: tuple[int, ...] = ()

    @property
    def params(self) -> dict[str, Any]:
        """As kept with the job."""
        return {
            "unit": self.unit_id,
            "form": self.form,
            "valid_until": self.valid_until.isoformat(),
            "types": list(self.types),
            "since": self.since.isoformat() if self.since else None,
            "numbers": list(self.numbers),
        }

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> CardOrder:
        return cls(
            unit_id=params["unit"],
            form=params["form"],
            valid_until=date.fromisoformat(params["valid_until"]),
            types=tuple(params["types"]),
            since=date.fromisoformat(params["since"]) if params["since"] else None,
            numbers=tuple(params["numbers"]),
        )


def memberships(order: CardOrder, on: date) -> QuerySet[Membership]:
    """The memberships in force that the order takes, unordered."""
    rows = Membership.objects.in_force(on).filter(unit_id=order.unit_id)
    if order.types:
        rows = rows.filter(type_id__in=order.types)
    if order.since:
        rows = rows.filter(started_on__gte=order.since)
    if order.numbers:
        rows = rows.filter(party__member_number__in=order.numbers)
    return rows.select_related("party")


def further(name: str, pk: int) -> Q:
    """Beyond a place in the order of names."""
    return Q(sort_key__gte=name) & (Q(sort_key__gt=name) | Q(pk__gt=pk))
