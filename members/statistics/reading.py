"""Sums of counted days over associations: a unit of the tree is the sum of all below it in today's tree."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import connection

from members.models.statistics import CountedDay
from members.statistics.periods import Range

_OF_DAYS = "WHERE day = ANY(%(days)s::date[]) AND unit_id = ANY(%(units)s::bigint[]) GROUP BY day, "
_TYPES = f"SELECT day, code, sum(members)::bigint FROM members_typecount {_OF_DAYS} code"  # noqa: S608 -- own parts
_DETAILS = f"""
SELECT day, band, '', sum(members)::bigint FROM members_agecount {_OF_DAYS} band
UNION ALL SELECT day, NULL, municipality, sum(members)::bigint FROM members_placecount {_OF_DAYS} municipality"""  # noqa: S608
# Each day is read once, whatever number of ranges it is in.
_FLOWS = """
WITH days AS MATERIALIZED (
  SELECT day, kind, sum(members) AS members FROM members_memberflow
  WHERE day BETWEEN %(first)s AND %(last)s AND unit_id = ANY(%(units)s::bigint[]) GROUP BY 1, 2
)
SELECT r.place, d.kind, sum(d.members)::bigint FROM unnest(%(firsts)s::date[], %(lasts)s::date[]) WITH ORDINALITY AS r (first, last, place)
JOIN days d ON d.day BETWEEN r.first AND r.last GROUP BY 1, 2"""
_UNITS = f"""
SELECT day, unit_id, '', sum(members)::bigint FROM members_typecount {_OF_DAYS} unit_id
UNION ALL SELECT NULL, unit_id, kind, sum(members)::bigint FROM members_memberflow
WHERE day BETWEEN %(first)s AND %(last)s AND unit_id = ANY(%(units)s::bigint[]) GROUP BY unit_id, kind"""  # noqa: S608

Table = dict[date, Counter[Any]]


def days() -> list[tuple[date, bool]]:
    """Every counted day in order, and whether its ages and municipalities are kept."""
    return list(CountedDay.objects.order_by("day").values_list("day", "detailed"))


def types(units: Iterable[int], wanted: Iterable[date | None]) -> Table:
    """day → federation code → memberships, for the days asked for."""
    found = _empty(wanted)
    for day, code, members in _rows(_TYPES, {"days": list(found), "units": sorted(units)}):
        found[day][code] = members
    return found


def details(units: Iterable[int], wanted: Iterable[date | None]) -> tuple[Table, Table]:
    """The same by age band, and by municipality."""
    ages, places = _empty(wanted), _empty(wanted)
    for day, band, place, members in _rows(_DETAILS, {"days": list(ages), "units": sorted(units)}):
        if band is None:
            places[day][place] = members
        else:
            ages[day][band] = members
    return ages, places


def _empty(wanted: Iterable[date | None]) -> Table:
    return {day: Counter() for day in sorted({day for day in wanted if day is not None})}


def flows(units: Iterable[int], ranges: Sequence[Range]) -> list[Counter[str]]:
    """What happened in each range, by kind."""
    found: list[Counter[str]] = [Counter() for _range in ranges]
    if not ranges:
        return found
    values = {
        "units": sorted(units),
        "first": min(r.first for r in ranges),
        "last": max(r.last for r in ranges),
        "firsts": [r.first for r in ranges],
        "lasts": [r.last for r in ranges],
    }
    for place, kind, members in _rows(_FLOWS, values):
        found[place - 1][kind] = members
    return found


def by_unit(
    units: Iterable[int], wanted: Iterable[date | None], asked: Range
) -> tuple[Table, dict[int, Counter[str]]]:
    """day → association → memberships, and association → what happened in it, by kind."""
    members_of, moved = _empty(wanted), defaultdict[int, Counter[str]](Counter)
    values = {"days": list(members_of), "units": sorted(units), "first": asked.first, "last": asked.last}
    for day, unit, kind, members in _rows(_UNITS, values):
        if day is None:
            moved[unit][kind] = members
        else:
            members_of[day][unit] = members
    return members_of, moved


def _rows(sql: str, values: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
