"""Time counted while an office is open: a promise of twelve office hours made on Friday afternoon falls due on Tuesday.

Pure. Holidays are those of `jasenpalvelu.common.dates`. Everything is Finnish time; no office is open when the clocks are moved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from jasenpalvelu.common.clock import HELSINKI
from jasenpalvelu.common.dates import DAY, holidays

USUAL = ("9.00-15.00",) * 5 + ("", "")
_SPAN = re.compile(r"([01]?\d|2[0-3])(?:[.:]([0-5]\d))?\s*[-–]\s*([01]?\d|2[0-4])(?:[.:]([0-5]\d))?")
FURTHEST = 400 * DAY


@dataclass(frozen=True)
class Span:
    """Minutes of a day, from and until."""

    start: int
    end: int

    @property
    def text(self) -> str:
        return f"{_clock(self.start)}–{_clock(self.end)}"


Week = tuple[Span | None, ...]


def parse_span(text: str) -> Span | None:
    """ "9.00-15.30", "9-16"; None for an empty text. ValueError for anything else."""
    if not text.strip():
        return None
    found = _SPAN.fullmatch(text.strip())
    if not found:
        raise ValueError(text)
    hours = [int(part or 0) for part in found.groups()]
    span = Span(hours[0] * 60 + hours[1], hours[2] * 60 + hours[3])
    if span.start >= span.end or span.end > 24 * 60:
        raise ValueError(text)
    return span


def week_of(texts: Sequence[str]) -> Week:
    """The hours of a week from Monday. What says nothing, or no hour at all, is the usual week: a promise must run out one day."""
    spans = tuple(parse_span(text) for text in texts)
    return spans if len(spans) == 7 and any(spans) else tuple(parse_span(text) for text in USUAL)


def due_at(asked: datetime, minutes: int, week: Week) -> datetime:
    """When so many open minutes have passed since."""
    left = minutes
    for start, end in _open(asked, asked + FURTHEST, week):
        length = _minutes(start, end)
        if length >= left:
            return (start + timedelta(minutes=left)).replace(tzinfo=HELSINKI)
        left -= length
    return asked + FURTHEST


def open_minutes(asked: datetime, answered: datetime, week: Week) -> int:
    """How many open minutes there were between; at least none."""
    return sum(_minutes(start, end) for start, end in _open(asked, answered, week))


def working_days(minutes: int, week: Week) -> int:
    """The minutes as whole days of a usual length, rounded up; 0 for what fits in half a day."""
    spans = [span for span in week if span]
    length = sum(span.end - span.start for span in spans) / len(spans)
    return 0 if minutes <= length / 2 else max(1, round(minutes / length + 0.49))


def _open(since: datetime, until: datetime, week: Week) -> Iterator[tuple[datetime, datetime]]:
    """Open stretches between two moments, in naive Finnish time."""
    begin, end = _local(since), _local(until)
    day = begin.date()
    while day <= end.date():
        span = week[day.weekday()]
        if span is not None and day not in holidays(day.year):
            start, stop = max(begin, _at(day, span.start)), min(end, _at(day, span.end))
            if start < stop:
                yield start, stop
        day += DAY


def _local(moment: datetime) -> datetime:
    return moment.astimezone(HELSINKI).replace(tzinfo=None, second=0, microsecond=0)


def _at(day: date, minute: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=minute)


def _minutes(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds()) // 60


def _clock(minute: int) -> str:
    return f"{minute // 60}.{minute % 60:02}"
