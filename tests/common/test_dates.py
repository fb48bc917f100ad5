import json
from datetime import date, timedelta
from pathlib import Path

import holidays as public_holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jasenpalvelu.common import dates

VECTORS = json.loads((Path(__file__).parents[1] / "billing/data/vectors.json").read_text(encoding="utf-8"))
days = st.dates(date(1992, 1, 1), date(2099, 12, 1))


@pytest.mark.parametrize("case", VECTORS["due_date_roll"], ids=lambda case: case["due"])
def test_due_days_roll_to_the_next_weekday(case: dict[str, str]) -> None:
    assert dates.payable_on(date.fromisoformat(case["due"])) == date.fromisoformat(case["rolled"])


@pytest.mark.parametrize(
    ("due", "payable", "why"),
    [
        ("2026-01-06", "2026-01-07", "Epiphany"),
        ("2026-04-04", "2026-04-07", "Easter Saturday, Sunday and Monday"),
        ("2026-05-14", "2026-05-15", "Ascension day, a Thursday"),
        ("2026-06-19", "2026-06-22", "Midsummer Eve, a Friday"),
        ("2026-12-24", "2026-12-28", "Christmas Eve to the Monday after"),
        ("2025-12-24", "2025-12-29", "Christmas Eve, Christmas, Boxing day, weekend"),
        ("2026-10-31", "2026-11-02", "All Saints"),
        ("2026-12-31", "2026-12-31", "New Year's Eve is a weekday like others"),
        ("2027-05-13", "2027-05-13", "a Thursday"),
        ("2026-04-02", "2026-04-02", "Maundy Thursday is a weekday"),
    ],
)
def test_each_kind_of_holiday(due: str, payable: str, why: str) -> None:
    assert dates.payable_on(date.fromisoformat(due)) == date.fromisoformat(payable), why


def test_the_same_days_as_the_holidays_library() -> None:
    years = range(1992, 2100)
    theirs = set(public_holidays.country_holidays("FI", years=years))
    assert {day for year in years for day in dates.holidays(year)} == theirs


@given(days)
def test_payable_is_the_first_banking_day_not_before(day: date) -> None:
    payable = dates.payable_on(day)
    assert payable >= day
    assert dates.is_banking_day(payable)
    assert dates.payable_on(payable) == payable
    assert (payable - day).days <= 5
    assert not any(dates.is_banking_day(day + timedelta(n)) for n in range((payable - day).days))


@given(days.filter(dates.is_banking_day), st.integers(-30, 30))
def test_banking_days_count_there_and_back(day: date, count: int) -> None:
    there = dates.add_banking_days(day, count)
    assert dates.is_banking_day(there)
    assert dates.banking_days_between(day, there) == count
    assert dates.add_banking_days(there, -count) == day


def test_two_banking_days_over_easter() -> None:
    assert dates.add_banking_days(date(2026, 4, 1), 2) == date(2026, 4, 7)
    assert dates.previous_banking_day(date(2026, 4, 7)) == date(2026, 4, 2)
    assert dates.next_banking_day(date(2026, 4, 2)) == date(2026, 4, 7)


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.sampled_from(["fi", "sv", "en"]))
def test_printed_dates_read_back(day: date, language: str) -> None:
    assert dates.parse_date(dates.format_date(day, language)) == day
    assert dates.parse_date(day.isoformat()) == day
    assert dates.parse_date(f"{day:%Y%m%d}") == day


def test_dates_as_people_and_spreadsheets_write_them() -> None:
    assert dates.format_date(date(2026, 3, 5)) == "5.3.2026"
    for text in (
        "5.3.2026",
        "05.03.2026",
        " 5. 3. 2026 ",
        "5/3/2026",
        "2026-03-05T00:00:00",
        "5.3.2026 0.00",
        "5.3.2026 klo 00:00",
    ):
        assert dates.parse_date(text) == date(2026, 3, 5), text


@pytest.mark.parametrize(
    "text",
    ["", "31.2.2026", "5.3.", "5.3.26", "2026", "5.13.2026", "maaliskuu", "0.0.2026", "5.3.2026 14:30"],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        dates.parse_date(text)


def test_two_digits_of_a_year_only_with_a_pivot() -> None:
    assert dates.parse_date("5.3.26", pivot=26) == date(2026, 3, 5)
    assert dates.parse_date("5.3.27", pivot=26) == date(1927, 3, 5)
