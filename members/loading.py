"""What the columns of the member list need beside the party and its memberships: one query for a whole page of rows."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from jasenpalvelu.common.identifiers import format_phone
from members.models import ContactPoint, FeeBasisValue, FormerNumber
from members.models.parties import ContactKind
from members.tables import Loading

GROUPS = ("field", "forest")


def contacts(loading: Loading) -> Mapping[int, dict[str, str]]:
    """The first current phone, e-mail and address of each; protected people are not even asked for."""
    parties = [row.party.pk for row in loading.rows if row.shown.contacts]
    rows = ContactPoint.objects.filter(party_id__in=parties, valid_to__isnull=True)
    found: dict[int, dict[str, str]] = {}
    for point in rows.order_by("party_id", "kind", "-primary", "pk"):
        found.setdefault(point.party_id, {}).setdefault(point.kind, _text(point))
    return found


def _text(point: ContactPoint) -> str:
    if point.kind == ContactKind.PHONE:
        return format_phone(point.key or point.value)
    if point.kind == ContactKind.EMAIL:
        return point.value
    country = "" if point.country == "FI" else point.country
    lines = (point.co_line, point.value, f"{point.postal_code} {point.city}".strip(), country)
    return ", ".join(line for line in lines if line)


def former_numbers(loading: Loading) -> Mapping[int, list[str]]:
    """By which numbers the associations of the memberships shown knew each of them before."""
    units = {m.unit_id for row in loading.rows for m in row.memberships}
    rows = FormerNumber.objects.filter(party_id__in=loading.party_ids, unit_id__in=sorted(units))
    tied = {row.party.pk: {m.unit_id for m in row.memberships} for row in loading.rows}
    found: dict[int, list[str]] = {}
    for party, unit, number in rows.order_by("pk").values_list("party_id", "unit_id", "number"):
        if unit in tied[party]:
            found.setdefault(party, []).append(number)
    return found


def hectares(loading: Loading) -> Mapping[int, dict[str, Decimal]]:
    """Field and forest of the holdings that the memberships shown are tied to, each holding once.

    A value of the whole holding counts as such; where there are only values by association, those within reach are added.
    """
    holdings = {row.party.pk: {m.holding_id for m in row.memberships if m.holding_id} for row in loading.rows}
    wanted = set().union(*holdings.values()) if holdings else set()
    sums = _sums(loading, wanted) if wanted else {}
    found: dict[int, dict[str, Decimal]] = {}
    for party, tied in holdings.items():
        for holding in tied:
            for group, value in sums.get(holding, {}).items():
                mine = found.setdefault(party, {})
                mine[group] = mine.get(group, Decimal(0)) + value
    return found


def _sums(loading: Loading, holdings: set[int]) -> dict[int, dict[str, Decimal]]:
    """holding → "field" and "forest" → hectares."""
    rows = (
        FeeBasisValue.objects.on(loading.on)
        .filter(holding_id__in=sorted(holdings), value__gt=0)
        .values_list("holding_id", "kind_id", "unit_id", "value")
    )
    reached = loading.scope.unit_ids("members.view", "C")
    by_kind: dict[tuple[int, str], dict[int | None, Decimal]] = {}
    for holding, kind, unit, value in rows.order_by("pk"):
        if kind.startswith(GROUPS) and (unit is None or unit in reached):
            by_kind.setdefault((holding, kind), {})[unit] = value
    sums: dict[int, dict[str, Decimal]] = {}
    for (holding, kind), parts in by_kind.items():
        group: Any = kind.split("_")[0]
        value = parts[None] if None in parts else sum(parts.values(), Decimal(0))
        mine = sums.setdefault(holding, {})
        mine[group] = mine.get(group, Decimal(0)) + value
    return sums
