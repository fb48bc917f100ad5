"""Sums of counted days over associations: a unit of the tree is the sum of all below it in today's tree."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import connection

from members.models.statistics import CountedDay
from members.statistics.periods import Range

_SUMS = """
SELECT day, {key}, sum(members)::bigint FROM members_{table} WHERE day = ANY(%(days)s::date[]) AND unit_id = ANY(%(units)s::bigint[])
GROUP BY 1, 2"""
TYPES = _SUMS.format(key="code", table="typecount")
UNITS = _SUMS.format(key="unit_id", table="typecount")
AGES = _SUMS.format(key="band", table="agecount")
PLACES = _SUMS.format(key="municipality", table="placecount")
# Each day is read once, whatever number of ranges it is in.
_FLOWS = """
WITH days AS MATERIALIZED (
  SELECT day, kind, sum(members) AS members FROM members_memberflow
  WHERE day BETWEEN %(first)s AND %(last)s AND unit_id = ANY(%(units)s::bigint[]) GROUP BY 1, 2
)
SELECT r.place, d.kind, sum(d.members)::bigint FROM unnest(%(firsts)s::date[], %(lasts)s::date[]) WITH ORDINALITY AS r (first, last, place)
JOIN days d ON d.day BETWEEN r.first AND r.last GROUP BY 1, 2"""
_UNIT_FLOWS = """
SELECT unit_id, kind, sum(members)::bigint FROM members_memberflow
WHERE day BETWEEN %(first)s AND %(last)s AND unit_id = ANY(%(units)s::bigint[]) GROUP BY 1, 2"""

Table = dict[date, Counter[Any]]


def days() -> list[tuple[date, bool]]:
    """Every counted day in order, and whether its ages and municipalities are kept."""
    return list(CountedDay.objects.order_by("day").values_list("day", "detailed"))


def sums(statement: str, units: Iterable[int], wanted: Iterable[date | None]) -> Table:
    """day → key → memberships, for the days asked for."""
    asked = sorted({day for day in wanted if day is not None})
    found: Table = {day: Counter() for day in asked}
    for day, key, members in _rows(statement, {"days": asked, "units": sorted(units)}) if asked else ():
        found[day][key] = members
    return found


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


def unit_flows(units: Iterable[int], asked: Range) -> dict[int, Counter[str]]:
    """Association → what happened in it, by kind."""
    found: dict[int, Counter[str]] = defaultdict(Counter)
    values = {"units": sorted(units), "first": asked.first, "last": asked.last}
    for unit, kind, members in _rows(_UNIT_FLOWS, values):
        found[unit][kind] = members
    return found


def _rows(sql: str, values: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
