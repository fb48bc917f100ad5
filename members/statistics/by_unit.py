"""The units right below the chosen one, each with all below it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from jasenpalvelu.common.dates import format_date
from members import reports
from members.reports import TOTAL, Asked, Column, Look, Report, Row
from members.statistics import flows, reading
from members.statistics.periods import Periods

Groups = dict[int, frozenset[int]]


def report(asked: Asked, periods: Periods, *, everything: bool) -> Report | None:
    """None where nothing is below. Members of the chosen unit itself stand on a row of their own."""
    if not asked.parts:
        return None
    found, moved = reading.by_unit(asked.units, [periods.on, periods.before], periods.this)
    below: Groups = {unit.pk: frozenset(unit.below) for unit in asked.parts}
    own = asked.units - frozenset().union(*below.values())
    groups = dict(below)
    if any(found[periods.on][unit] for unit in own):
        groups[asked.chosen.pk] = own

    def column(of: Callable[[int], int]) -> dict:
        counts = Counter({key: sum(map(of, units)) for key, units in groups.items()})
        return reports.with_total(counts, list(groups), everything=everything)

    now, before = column(found[periods.on].__getitem__), periods.before
    then = column(found[before].__getitem__) if before else None
    came = column(lambda unit: flows.joined(moved[unit]))
    went = column(lambda unit: flows.left(moved[unit]))
    names = {unit.pk: unit.name(asked.language) for unit in asked.parts} | {asked.chosen.pk: asked.name}
    keys: list[Any] = [*groups, TOTAL]
    rows = tuple(
        Row(
            _("Together") if key == TOTAL else names[key],
            (now[key], reports.change(now[key], then[key] if then else None), came[key], went[key]),
            url=f"?yksikko={key}&vuosi={periods.year}" if key in below else "",
            total=key == TOTAL,
        )
        for key in keys
    )
    told = {"day": format_date(periods.on), "year": periods.year}
    measure = _("Members on %(day)s; joined and left %(year)s") % told
    return Report("yksikot", _("By unit"), measure, _("Unit"), _columns(), rows, on_paper=25)


def _columns() -> tuple[Column, ...]:
    return (
        Column(_("Number of members")),
        Column(_("Difference"), Look.CHANGE),
        Column(_("Joined")),
        Column(_("Left")),
    )
