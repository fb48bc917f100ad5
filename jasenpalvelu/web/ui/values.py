"""Numbers, money and days as a page shows them, in the active language; None becomes "–". Filters of the tag library."""

from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import get_language

from jasenpalvelu.common import dates, money
from jasenpalvelu.common.identifiers import format_phone, normalise_phone

NOTHING = "–"
NBSP = money.NBSP


def language() -> str:
    return get_language() or "fi"


def money_text(value: Decimal | None) -> str:
    return NOTHING if value in (None, "") else money.format_money(Decimal(value), language())


def amount(value: Decimal | None) -> str:
    return NOTHING if value in (None, "") else money.format_amount(Decimal(value), language())


def signed(value: Decimal | int | None) -> str:
    """A change: the sign always shown, money with two decimals, whole numbers as they are. Zero has no sign."""
    if value in (None, ""):
        return NOTHING
    text = number(value) if isinstance(value, int) else money.format_amount(Decimal(value), language())
    return f"+{text}" if value > 0 else text


def number(value: int | Decimal | None) -> str:
    return NOTHING if value in (None, "") else money.format_number(value, language())


def quantity(value: Decimal | None, decimals: int = 2) -> str:
    return (
        NOTHING if value in (None, "") else money.format_number(Decimal(value), language(), decimals=decimals)
    )


def percent(value: Decimal | float | None, decimals: int = 1) -> str:
    """A share between 0 and 1 as a percentage: 0.863 → 86,3 %."""
    if value in (None, ""):
        return NOTHING
    return money.format_number(Decimal(str(value)) * 100, language(), decimals=decimals) + f"{NBSP}%"


def day(value: date | datetime | None) -> str:
    if not value:
        return NOTHING
    if isinstance(value, datetime):
        value = timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return dates.format_date(value, language())


def clock(value: datetime | None) -> str:
    if not value:
        return NOTHING
    return dates.format_clock(timezone.localtime(value), language())


def daytime(value: datetime | str | None) -> str:
    """A moment, or its ISO text as facts of a mail hold it."""
    if isinstance(value, str) and value:
        value = datetime.fromisoformat(value)
    return f"{day(value)} {clock(value)}" if value else NOTHING


def isodate(value: date | datetime | None) -> str:
    return (
        value.isoformat(timespec="minutes")
        if isinstance(value, datetime)
        else value.isoformat()
        if value
        else ""
    )


def filesize(value: int | None) -> str:
    """5,7 kt; 1,2 Mt: in Finnish and Swedish words of their own."""
    if value is None:
        return NOTHING
    names = ("t", "kt", "Mt", "Gt") if language() == "fi" else ("B", "kB", "MB", "GB")
    size, at = Decimal(value), 0
    while size >= 1000 and at < len(names) - 1:
        size, at = size / 1000, at + 1
    return f"{money.format_number(size, language(), decimals=1 if at else 0)}{NBSP}{names[at]}"


def phone(value: str) -> str:
    """A telephone number in one grouping, whoever wrote it; as written when it cannot be read."""
    try:
        return format_phone(normalise_phone(value)).replace(" ", NBSP)
    except ValueError:
        return value


def tel(value: str) -> str:
    """A telephone number as a link takes it, without spaces."""
    try:
        return normalise_phone(value)
    except ValueError:
        return "".join(value.split())
