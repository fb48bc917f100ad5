"""Finnish days: which are holidays, when a payment may still be made, how dates are printed and read."""

import re
from datetime import date, datetime, timedelta
from functools import lru_cache

DAY = timedelta(days=1)

_FINNISH = re.compile(r"([0-9]{1,2})\s*[./]\s*([0-9]{1,2})\s*[./]\s*([0-9]{2}|[0-9]{4})\.?")
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_MIDNIGHT = re.compile(r"(?:\s+|T)(?:klo\s+)?0?0[:.]00(?:[:.]00(?:\.0+)?)?$")


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous algorithm in Meeus' form)."""
    golden = year % 19
    century = year // 100
    skipped = century - century // 4 - (8 * century + 13) // 25
    moon = (19 * golden + skipped + 15) % 30
    moon -= moon // 28 * (1 - 29 // (moon + 1) * ((21 - golden) // 11))
    weekday = (year + year // 4 + moon + 2 - century + century // 4) % 7
    offset = moon - weekday
    month = 3 + (offset + 40) // 44
    return date(year, month, offset + 28 - 31 * (month // 4))


def _saturday_from(year: int, month: int, day: int) -> date:
    first = date(year, month, day)
    return first + DAY * ((5 - first.weekday()) % 7)


@lru_cache(maxsize=64)
def holidays(year: int) -> frozenset[date]:
    """The days of the year which velkakirjalaki 622/1947 5 § 2 mom. names, besides Saturdays and Sundays.

    Church holidays (kirkkolaki 652/2023: their days have been these since 1992), Independence day, the first of May,
    Christmas Eve and Midsummer Eve. Finnish banks are closed on the same days.
    """
    sunday = easter(year)
    midsummer = _saturday_from(year, 6, 20)
    return frozenset(
        {
            date(year, 1, 1),
            date(year, 1, 6),
            sunday - 2 * DAY,
            sunday,
            sunday + DAY,
            date(year, 5, 1),
            sunday + 39 * DAY,
            sunday + 49 * DAY,
            midsummer - DAY,
            midsummer,
            _saturday_from(year, 10, 31),
            date(year, 12, 6),
            date(year, 12, 24),
            date(year, 12, 25),
            date(year, 12, 26),
        }
    )


def is_banking_day(day: date) -> bool:
    """True on weekdays when Finnish banks book payments."""
    return day.weekday() < 5 and day not in holidays(day.year)


def payable_on(due: date) -> date:
    """The last day to pay a debt that falls due on `due`.

    Velkakirjalaki 622/1947 5 § 2 mom.: when the due day is a church holiday, Independence day, the first of May,
    Christmas Eve, Midsummer Eve or a Saturday, the debt may be paid on the next weekday. Interest and reminders count
    from this day.
    """
    while not is_banking_day(due):
        due += DAY
    return due


def previous_banking_day(day: date) -> date:
    """The last banking day before `day`."""
    day -= DAY
    while not is_banking_day(day):
        day -= DAY
    return day


def next_banking_day(day: date) -> date:
    """The first banking day after `day`."""
    return payable_on(day + DAY)


def add_banking_days(day: date, count: int) -> date:
    """Step `count` banking days forwards, or backwards when negative. Zero gives the day itself."""
    step = next_banking_day if count > 0 else previous_banking_day
    for _ in range(abs(count)):
        day = step(day)
    return day


def banking_days_between(start: date, end: date) -> int:
    """How many banking days come after `start`, up to and including `end`; negative when `end` is earlier."""
    if end < start:
        return -banking_days_between(end, start)
    return sum(is_banking_day(start + DAY * offset) for offset in range(1, (end - start).days + 1))


def format_date(day: date, language: str = "fi") -> str:
    """22.11.2026 in every language of the service: one way only, as on the invoices."""
    return f"{day.day}.{day.month}.{day.year}"


def format_clock(at: datetime, language: str = "fi") -> str:
    """Of a moment already told in Finnish time: klo 8.42, kl. 8.42, 8:42."""
    prefix = {"fi": "klo\u00a0", "sv": "kl.\u00a0"}.get(language, "")
    return f"{prefix}{at.hour}{':' if language == 'en' else '.'}{at.minute:02d}"


def parse_date(text: str, *, pivot: int | None = None) -> date:
    """Read "22.11.2026", "22/11/2026", "2026-11-22" or "20261122"; a midnight left behind by a spreadsheet is dropped.

    Two digits of a year are refused unless `pivot` says which century: with pivot 26, "26" is 2026 and "27" is 1927.
    ValueError when it is not a day of the calendar.
    """
    cleaned = _MIDNIGHT.sub("", text.strip())
    if match := _FINNISH.fullmatch(cleaned):
        day, month, year = match.groups()
        return date(_full_year(year, pivot, text), int(month), int(day))
    if match := _ISO.fullmatch(cleaned) or _COMPACT.fullmatch(cleaned):
        return date(*map(int, match.groups()))
    raise ValueError(f"not a date: {text!r}")


def _full_year(year: str, pivot: int | None, text: str) -> int:
    if len(year) == 4:
        return int(year)
    if pivot is None:
        raise ValueError(f"the year needs four digits: {text!r}")
    return int(year) + (2000 if int(year) <= pivot else 1900)
