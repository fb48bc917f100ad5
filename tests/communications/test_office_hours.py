"""Promises are counted while the office is open, and holidays are not."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communications import office_hours
from communications.office_hours import due_at, open_minutes, parse_span, week_of
from jasenpalvelu.common.clock import HELSINKI

WEEK = week_of(["9.00-15.00"] * 5 + ["", ""])


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HELSINKI)


@pytest.mark.parametrize(
    ("asked", "hours", "due"),
    [
        ("2026-11-20 12:00", 2, "2026-11-20 14:00"),  # the same day
        ("2026-11-20 14:00", 2, "2026-11-23 10:00"),  # over the weekend
        ("2026-11-21 20:00", 6, "2026-11-23 15:00"),  # asked on a Saturday: the whole Monday
        ("2026-12-04 14:00", 2, "2026-12-07 10:00"),  # Independence day is a Sunday
        ("2026-12-23 14:00", 2, "2026-12-28 10:00"),  # Christmas
        ("2026-03-27 14:00", 2, "2026-03-30 10:00"),  # the clocks are moved in between
    ],
)
def test_when_a_promise_runs_out(asked: str, hours: int, due: str) -> None:
    assert due_at(at(asked), hours * 60, WEEK) == at(due)


def test_an_answer_at_night_took_no_time_of_the_night() -> None:
    assert open_minutes(at("2026-11-20 14:30"), at("2026-11-20 23:00"), WEEK) == 30
    assert open_minutes(at("2026-11-21 10:00"), at("2026-11-22 10:00"), WEEK) == 0
    assert open_minutes(at("2026-11-23 10:00"), at("2026-11-20 10:00"), WEEK) == 0


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),
    st.integers(1, 5000),
    st.lists(st.sampled_from(["", "8-12", "9.00–15.30", "0-24", "12.15-20.45"]), min_size=7, max_size=7),
)
def test_so_many_open_minutes_pass_until_it_is_due(asked: datetime, minutes: int, texts: list[str]) -> None:
    week, begin = week_of(texts), asked.replace(tzinfo=HELSINKI, second=0, microsecond=0)
    due = due_at(begin, minutes, week)
    assert due > begin
    assert open_minutes(begin, due, week) == minutes
    assert open_minutes(begin, due - timedelta(minutes=1), week) < minutes


@pytest.mark.parametrize("text", ["9", "15-9", "25-26", "9-9", "kiinni", "9.75-10", "9-24.30", "-", "9:00-"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_span(text)


def test_a_week_without_hours_is_the_usual_one() -> None:
    assert week_of([""] * 7) == week_of([]) == week_of(office_hours.USUAL)


def test_minutes_as_days() -> None:
    days = [office_hours.working_days(minutes, WEEK) for minutes in (0, 180, 181, 360, 361, 720, 725)]
    assert days == [0, 0, 1, 1, 1, 2, 3]
