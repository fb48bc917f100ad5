"""Money: Decimal euros, one rounding function, one way to print and to read amounts."""

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

CENT = Decimal("0.01")
ZERO = Decimal("0.00")

NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"

_SPACES = re.compile(r"[\s\u00a0\u202f\u2007\u2009]+")
# The mark between thousands and the mark before decimals. A lone mark is always the decimal one.
_SHAPES = (
    re.compile(r"([+-]?)([0-9]+|[0-9]{1,3}(?: [0-9]{3})+)(?:[.,]([0-9]+))?"),
    re.compile(r"([+-]?)([0-9]{1,3}(?:\.[0-9]{3})+),([0-9]+)"),
    re.compile(r"([+-]?)([0-9]{1,3}(?:,[0-9]{3})+)\.([0-9]+)"),
)


def round_cents(amount: Decimal | int) -> Decimal:
    """Round to whole cents, halves away from zero: a credit note mirrors its invoice exactly.

    The only rounding function for money. Floats are refused: they have lost the cent before they come here.
    """
    if isinstance(amount, float):
        raise TypeError("money is Decimal, never float")
    amount = Decimal(amount)
    if not amount.is_finite():
        raise ValueError("money must be a finite number")
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def format_number(value: Decimal | int, language: str = "fi", *, decimals: int | None = None) -> str:
    """A number for people: no-break space between thousands, decimal comma (a point in English), a true minus.

    `decimals` rounds half up to that many; None keeps the number's own.
    """
    number = Decimal(value)
    if decimals is not None:
        number = number.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    text = f"{abs(number):,f}"
    text = text.translate({ord(","): NBSP, ord("."): "." if language == "en" else ","})
    return f"{MINUS}{text}" if number < 0 else text


def format_amount(amount: Decimal, language: str = "fi") -> str:
    """Two decimals without the currency, for columns whose head already says euros: 1 234,50."""
    return format_number(round_cents(amount), language)


def format_money(amount: Decimal, language: str = "fi") -> str:
    """1 234,50 € in Finnish and Swedish, 1 234.50 € in English, all with no-break spaces."""
    return f"{format_amount(amount, language)}{NBSP}€"


def parse_number(text: str) -> Decimal:
    """Read a number as Finns and their spreadsheets write it. ValueError when it is not one.

    "1 234,50", "1234.5", "1.234,50", "1,234.50", no-break spaces and a true minus are understood. A lone "1,234" or
    "1.234" is one and a bit, never a thousand. Letters, exponents and broken groups ("12 34") are refused.
    """
    cleaned = _SPACES.sub(" ", text).strip().replace(MINUS, "-").replace("\N{EN DASH}", "-")
    cleaned = re.sub(r"^([+-]) ", r"\1", cleaned)
    for shape in _SHAPES:
        if match := shape.fullmatch(cleaned):
            sign, whole, fraction = match.groups()
            digits = re.sub("[ .,]", "", whole)
            return Decimal(f"{sign}{digits}.{fraction}" if fraction else f"{sign}{digits}")
    raise ValueError(f"not a number: {text!r}")


def parse_amount(text: str) -> Decimal:
    """Read an amount of euros: `parse_number`, an optional € or EUR, at most two decimals. ValueError with the reason."""
    cleaned = re.sub(r"(?i)(^\s*(?:€|eur)\s*)|(\s*(?:€|eur)\s*$)", "", text)
    number = parse_number(cleaned)
    try:
        exact = number.quantize(CENT)
    except InvalidOperation:
        raise ValueError(f"too large an amount: {text!r}") from None
    if exact != number:
        raise ValueError(f"more than two decimals: {text!r}")
    return exact
