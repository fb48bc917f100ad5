"""What lists and numbers of benefits show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count

from communications.models import Benefit, Redemption
from communications.readers import Reader
from members.models import OrgUnit
from members.statistics.suppression import Sum, hidden


@dataclass(frozen=True)
class Line:
    """A number of uses; None when it is not told."""

    label: str
    count: int | None


@dataclass(frozen=True)
class Numbers:
    total: int
    units: list[Line]
    months: list[tuple[date, int]]

    @property
    def hides(self) -> bool:
        return any(line.count is None for line in self.units)


def numbers(benefit: Benefit) -> Numbers:
    """Uses in all, by the members' unit (small numbers hidden, with as many more as it takes) and by month."""
    rows = Redemption.objects.filter(benefit=benefit).order_by()
    by_unit = dict(rows.values_list("unit_id").annotate(n=Count("pk")))
    secret = hidden(by_unit, [Sum(tuple(sorted(by_unit)))] if by_unit else [])
    units = OrgUnit.objects.filter(pk__in=by_unit).order_by("sort_key", "pk")
    months: dict[date, int] = {}
    for day, count in rows.values_list("on").annotate(n=Count("pk")):
        months[day.replace(day=1)] = months.get(day.replace(day=1), 0) + count
    lines = [Line(unit.name, None if unit.pk in secret else by_unit[unit.pk]) for unit in units]
    return Numbers(sum(by_unit.values()), lines, sorted(months.items(), reverse=True))


def nearest_first(rows: Iterable[Benefit], reader: Reader) -> list[Benefit]:
    """Those that can be used in the member's own municipality, then those that can be used anywhere, then the others."""

    def distance(benefit: Benefit) -> int:
        if reader.municipality and reader.municipality in benefit.municipalities:
            return 0
        return 2 if benefit.municipalities else 1

    return sorted(rows, key=lambda benefit: (distance(benefit), benefit.title.casefold(), benefit.pk))


def is_near(benefit: Benefit, reader: Reader) -> bool:
    return not benefit.municipalities or reader.municipality in benefit.municipalities
