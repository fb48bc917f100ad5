"""Which counted days a page of statistics looks at: the end of a year or what there is of it, and the same day of another year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

# A day stands for another one at most so long after it.
NEAR = timedelta(days=31)
YEARS, MONTHS, FLOW_YEARS = 10, 25, 5
# So few years say less than their months.
FEW = 5


@dataclass(frozen=True)
class Range:
    """Days from the first to the last, both in it."""

    first: date
    last: date


@dataclass(frozen=True)
class Periods:
    """`days` are the counted days in order, with whether ages and municipalities are kept of them; never empty."""

    days: Sequence[tuple[date, bool]]
    wanted: int | None = None
    compared: int | None = None

    @cached_property
    def years(self) -> list[int]:
        return sorted({day.year for day, _detailed in self.days})

    @property
    def year(self) -> int:
        return self.wanted if self.wanted in self.years else self.years[-1]

    @property
    def other(self) -> int | None:
        """The year compared with: the one asked for, else the year before; None where nothing was counted."""
        other = self.compared if self.compared is not None else self.year - 1
        return other if other in self.years and other != self.year else None

    @cached_property
    def on(self) -> date:
        return max(day for day, _detailed in self.days if day.year == self.year)

    @cached_property
    def before(self) -> date | None:
        return self._near(self.on, detailed=False)

    @cached_property
    def detailed_on(self) -> date | None:
        return max((day for day, detailed in self.days if detailed and day <= self.on), default=None)

    @cached_property
    def detailed_before(self) -> date | None:
        return self._near(self.detailed_on, detailed=True) if self.detailed_on else None

    def _near(self, day: date, *, detailed: bool) -> date | None:
        """The last counted day at or soon before the same day of the other year."""
        if self.other is None:
            return None
        target = in_year(day, self.other)
        found = (d for d, kept in self.days if target - NEAR <= d <= target and (kept or not detailed))
        return max(found, default=None)

    @cached_property
    def monthly(self) -> bool:
        """Whether months are shown, as there are few years yet."""
        return len([year for year in self.years if year <= self.year]) < FEW

    @cached_property
    def points(self) -> list[date]:
        """The last counted day of each year, or month, up to the year looked at."""
        last: dict[tuple[int, int], date] = {}
        for day, _detailed in self.days:
            if day.year <= self.year:
                last[day.year, day.month if self.monthly else 0] = day
        return sorted(last.values())[-(MONTHS if self.monthly else YEARS) :]

    @cached_property
    def flow_years(self) -> list[Range]:
        """The years whose joins and leaves are shown: from the first counted day or the year's first, to its last counted one."""
        shown = [self.of_year(year) for year in self.years if year <= self.year]
        # The first counted day is often the last of a year: of that year nothing is told by one day.
        told = [span for span in shown if span.first < span.last] or shown[-1:]
        return told[-FLOW_YEARS:]

    def of_year(self, year: int) -> Range:
        of = [day for day, _detailed in self.days if day.year == year]
        return Range(max(date(year, 1, 1), self.days[0][0]), max(of))

    @property
    def this(self) -> Range:
        return self.of_year(self.year)

    @property
    def that(self) -> Range | None:
        """As much of the other year as of this one; None where it was not counted from the same day on."""
        if self.other is None or in_year(self.this.first, self.other) < self.days[0][0]:
            return None
        return Range(in_year(self.this.first, self.other), in_year(self.this.last, self.other))

    @cached_property
    def twelve_months(self) -> list[Range]:
        """Whole years back from the day, the newest first, as far as every day of them was counted; at most three."""
        found: list[Range] = []
        last = self.on
        while len(found) < 3:
            first = in_year(last, last.year - 1) + timedelta(days=1)
            if first - timedelta(days=1) < self.days[0][0]:
                break
            found.append(Range(first, last))
            last = first - timedelta(days=1)
        return found


def in_year(day: date, year: int) -> date:
    """The same day of another year; the last of February where it has no such day."""
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)
