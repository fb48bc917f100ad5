"""The units right below the chosen one, each with all below it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from jasenpalvelu.common.dates import format_date
from members import reports
from members.reports import HIDDEN, TOTAL, Asked, Column, Look, Report, Row, Value
from members.statistics import flows, reading
from members.statistics.periods import Periods

Groups = dict[int, frozenset[int]]
# The place of the number of members among the columns.
MEMBERS = 0


def report(asked: Asked, periods: Periods, *, everything: bool) -> Report | None:
    """None where nothing is below. Members of the chosen unit itself stand on a row of their own.

    What the table of the unit above hides of this one is hidden here of all.
    """
    if not asked.parts:
        return None
    gone = () if everything else _gone(row_above(asked, periods))
    rows = tuple(
        Row(
            _("Together") if key == TOTAL else _names(asked)[key],
            tuple(HIDDEN if place in gone else value for place, value in enumerate(values)),
            url=f"?yksikko={key}&vuosi={periods.year}" if key not in (TOTAL, asked.chosen.pk) else "",
            total=key == TOTAL,
        )
        for key, values in cells(asked, periods, everything=everything).items()
    )
    return Report("yksikot", _("By unit"), measure(periods), _("Unit"), columns(), rows, on_paper=25)


def row_above(asked: Asked, periods: Periods) -> tuple[Value, ...] | None:
    """What the reader is told of the chosen unit on its row in the table of the unit above; None at the top of the reach."""
    above = asked.above
    if above is None:
        return None
    everything = above.open_to("members.view", "A")
    row = cells(above, periods, everything=everything)[asked.chosen.pk]
    gone = () if everything else _gone(row_above(above, periods))
    return tuple(HIDDEN if place in gone else value for place, value in enumerate(row))


def _gone(row: tuple[Value, ...] | None) -> tuple[int, ...]:
    """Places of the columns that are not told; of whoever is hidden, all."""
    if row is None:
        return ()
    hidden = tuple(place for place, value in enumerate(row) if value is HIDDEN)
    return tuple(range(len(row))) if MEMBERS in hidden else hidden


def cells(asked: Asked, periods: Periods, *, everything: bool) -> dict[Any, tuple[Value, ...]]:
    """Of each unit right below, and of all as TOTAL: members, the change in a year, joined, left."""
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
    return {
        key: (now[key], reports.change(now[key], then[key] if then else None), came[key], went[key])
        for key in (*groups, TOTAL)
    }


def _names(asked: Asked) -> dict[int, str]:
    return {unit.pk: unit.name(asked.language) for unit in asked.parts} | {asked.chosen.pk: asked.name}


def measure(periods: Periods) -> str:
    told = {"day": format_date(periods.on), "year": periods.year}
    return _("Members on %(day)s; joined and left %(year)s") % told


def columns() -> tuple[Column, ...]:
    return (
        Column(_("Number of members")),
        Column(_("Difference"), Look.CHANGE),
        Column(_("Joined")),
        Column(_("Left")),
    )
