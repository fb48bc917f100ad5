"""Which days are compared, and what is foretold of them (REG-17)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from members.statistics.outlook import Year, forecast
from members.statistics.periods import Periods, Range, in_year

DAY = timedelta(days=1)


def days(first: date, last: date) -> list[tuple[date, bool]]:
    every = [first + DAY * n for n in range((last - first).days + 1)]
    return [(day, (day + DAY).month != day.month or day == last) for day in every]


YEARS = days(date(2024, 12, 31), date(2026, 11, 21))


def test_a_year_not_over_is_compared_with_as_much_of_the_other() -> None:
    periods = Periods(YEARS)
    assert (periods.year, periods.other) == (2026, 2025)
    assert (periods.on, periods.before) == (date(2026, 11, 21), date(2025, 11, 21))
    assert periods.this == Range(date(2026, 1, 1), date(2026, 11, 21))
    assert periods.that == Range(date(2025, 1, 1), date(2025, 11, 21))
    assert periods.detailed_before == date(2025, 10, 31)


def test_a_chosen_year_ends_the_picture() -> None:
    periods = Periods(YEARS, 2025)
    assert periods.on == date(2025, 12, 31)
    assert max(periods.points) == date(2025, 12, 31)
    assert periods.that is None  # 2024 was not counted from its first day on


def test_years_nobody_counted_are_not_asked_for() -> None:
    periods = Periods(YEARS, 1999, 1998)
    assert (periods.year, periods.other, periods.before, periods.that) == (2026, None, None, None)


def test_few_years_are_shown_by_months_and_many_by_years() -> None:
    assert len(Periods(YEARS).points) == 24
    many = [(date(year, 12, 31), True) for year in range(2010, 2027)]
    assert Periods(many).points == [day for day, _detailed in many][-10:]


def test_twelve_months_are_whole_or_none() -> None:
    assert Periods(YEARS).twelve_months == [Range(date(2025, 11, 22), date(2026, 11, 21))]
    assert Periods(days(date(2026, 1, 1), date(2026, 11, 21))).twelve_months == []


def test_leap_day() -> None:
    assert in_year(date(2028, 2, 29), 2027) == date(2027, 2, 28)


def test_churn_is_who_left_of_who_was_there() -> None:
    assert Year(200, 10, 13).churn == Decimal("0.065")
    assert Year(0, 10, 0).churn is None


def test_forecast_stands_on_the_average_and_says_how_far_it_may_be() -> None:
    found = forecast(1000, [Year(1000, 40, 60), Year(1000, 60, 40)])
    assert found is not None
    assert (found.middle, found.years) == (1000, 2)
    assert (found.low, found.high) == (979, 1021)


def test_nothing_is_foretold_without_a_year_or_members() -> None:
    assert forecast(1000, []) is None
    assert forecast(0, [Year(10, 0, 10)]) is None


@given(
    st.integers(1, 400_000),
    st.lists(
        st.tuples(st.integers(1, 400_000), st.integers(0, 9000), st.integers(0, 9000)), min_size=1, max_size=3
    ),
)
def test_the_range_always_holds_the_middle_and_nobody_is_less_than_none(
    now: int, past: list[tuple[int, int, int]]
) -> None:
    found = forecast(now, [Year(start, joined, min(left, start)) for start, joined, left in past])
    assert found is not None
    assert 0 <= found.low <= found.middle <= found.high
