"""Counting the days (REG-17): each night the day that has ended, days that were missed, and days whose past has been put right.

A day is the state at its end as the register tells it now: started and ended memberships, types by the events, ages by dates of
birth. So a day may be counted late or again and is the same; what was entered late is found by its changes, and the days from
the earliest one it concerns are counted anew for the associations it concerns.

Kept: types of every day for `DAILY` days, and of the first day and the last of each month for ever; ages and municipalities of the
first day, the last of each month and the newest; joins and leaves of every day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction

from jasenpalvelu.audit.models import Change
from jasenpalvelu.common.clock import HELSINKI
from members.models.statistics import AgeCount, CountedDay, CountingMark, MemberFlow, PlaceCount, TypeCount
from members.statistics import statements

DAILY = 400
DAY = timedelta(days=1)
# An act lasts no longer than this; its rows carry the time it began.
OVERLAP = timedelta(minutes=10)
# One counting at a time: the night's and a person's.
_TURN = "SELECT pg_advisory_xact_lock(hashtext('members.statistics'))"


@dataclass(frozen=True)
class Counted:
    """What a counting did: new days, and associations whose earlier days were counted anew."""

    days: int
    corrected: int


@transaction.atomic
def count(*, through: date, at: datetime) -> Counted:
    """Count every day that is missing up to `through`, and anew what has been put right since the last time.

    The first counting of all counts `through` alone: what was before the register is made by `count_past`.
    """
    _run(_TURN)
    mark, _new = CountingMark.objects.get_or_create(pk=1)
    last = CountedDay.objects.order_by("-day").values_list("day", flat=True).first()
    corrected: list[tuple[int, date]] = []
    if last is not None:
        corrected = _run(statements.CORRECTED, {"after": mark.change_id, "last": last})
        if corrected:
            _count_again([unit for unit, _day in corrected], since=min(day for _unit, day in corrected))
    days = _between(last + DAY if last else through, through)
    _count(days, at=at)
    _thin()
    settled = Change.objects.filter(pk__gt=mark.change_id, at__lt=at - OVERLAP)
    mark.change_id = settled.order_by("-pk").values_list("pk", flat=True).first() or mark.change_id
    mark.save(update_fields=["change_id"])
    return Counted(len(days), len(corrected))


@transaction.atomic
def count_past(*, since: date, through: date, at: datetime) -> Counted:
    """Count days before the first counted one (with none: up to `through`): all of the last `DAILY`, before them the ends of months.

    Whoever had left before the register began is not in it: such days show fewer members and fewer leaves than there were.
    """
    _run(_TURN)
    first = CountedDay.objects.order_by("day").values_list("day", flat=True).first()
    past = _between(since, first - DAY if first else through)
    if not past:
        return Counted(0, 0)
    newest = CountedDay.objects.order_by("-day").values_list("day", flat=True).first() or past[-1]
    days = [day for day in past if ends_month(day) or newest - day < DAILY * DAY or day == since]
    _count(days, at=at, flows_till=past[-1])
    if first is None:
        CountingMark.objects.get_or_create(pk=1, defaults={"change_id": _newest_change()})
    _thin()
    return Counted(len(days), 0)


def ends_month(day: date) -> bool:
    return (day + DAY).month != day.month


def _between(first: date, last: date) -> list[date]:
    return [first + DAY * n for n in range((last - first).days + 1)]


def _newest_change() -> int:
    return Change.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _count(days: Sequence[date], *, at: datetime, flows_till: date | None = None) -> None:
    """Days not counted before, of all associations; joins and leaves of every day from the first on."""
    if not days:
        return
    _run(statements.TYPES, {"days": list(days), "units": None})
    _run(statements.FLOWS, {"first": days[0], "last": flows_till or days[-1], "units": None})
    detailed = {day for day in days if ends_month(day)} | {days[0], days[-1]}
    for day in sorted(detailed):
        _detail(day, None)
    CountedDay.objects.bulk_create(
        CountedDay(day=day, detailed=day in detailed, counted_at=at) for day in days
    )


def _detail(day: date, units: Sequence[int] | None) -> None:
    values = {"day": day, "units": units, "past": datetime.combine(day + DAY, time.min, HELSINKI)}
    _run(statements.AGES, values)
    _run(statements.PLACES_OF_ALL if units is None else statements.PLACES_OF_SOME, values)


def _count_again(units: Sequence[int], *, since: date) -> None:
    """Of these associations every counted day from `since` on: what stood there goes, what is true now comes."""
    every = list(CountedDay.objects.order_by("day").values_list("day", "detailed"))
    kept = [(day, detailed) for day, detailed in every if day >= since]
    first = every[0][0]
    for model in (TypeCount, AgeCount, PlaceCount, MemberFlow):
        model.objects.filter(unit__in=units, day__gte=since).delete()
    days = [day for day, _detailed in kept]
    _run(statements.TYPES, {"days": days, "units": list(units)})
    _run(statements.FLOWS, {"first": max(since, first), "last": days[-1], "units": list(units)})
    for day, detailed in kept:
        if detailed:
            _detail(day, list(units))


def _thin() -> None:
    """Let go of days that are no longer kept. The first and the newest day and the ends of months stay."""
    rows = list(CountedDay.objects.order_by("day").values_list("day", "detailed"))
    if not rows:
        return
    newest = rows[-1][0]
    plain = [(day, detailed) for day, detailed in rows[1:-1] if not ends_month(day)]
    bare = [day for day, detailed in plain if detailed]
    _drop((AgeCount, PlaceCount), bare)
    CountedDay.objects.filter(day__in=bare).update(detailed=False)
    old = [day for day, _detailed in plain if newest - day >= DAILY * DAY]
    _drop((TypeCount,), old)
    CountedDay.objects.filter(day__in=old).delete()


def _drop(models: Iterable[Any], days: Sequence[date]) -> None:
    for model in models if days else ():
        model.objects.filter(day__in=days).delete()


def _run(sql: str, values: dict[str, Any] | None = None) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []
