"""The Finnish bank barcode (pankkiviivakoodi, guide version 5.3): 54 digits as Code 128 C.

Printed without digits beneath, modules of 0.30 mm (99.6 mm in all), 12 mm high, 20 mm of quiet on both sides. The same
54 digits in text are the "virtual barcode" people paste into their bank.
"""

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from billing.formats import reference as references
from jasenpalvelu.common.identifiers import normalise_iban

LENGTH = 54
MODULES = 332
MODULE_MM = Decimal("0.30")
HEIGHT_MM = Decimal(12)
MAX_AMOUNT = Decimal("999999.99")

_START_C, _STOP = 105, 106
# Widths of bar, space, bar, … of the symbols 0–105; each is eleven modules, the stop symbol thirteen.
_PATTERNS = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 "
    "123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 "
    "232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 "
    "313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 "
    "111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 "
    "111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 "
    "114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 2331112"
)


def bank_barcode(
    iban: str, amount: Decimal | str | int | None, reference: str, due: date | str | None = None
) -> str:
    """The 54 digits of an invoice. ValueError with the reason when the bank would not accept them.

    A national reference gives version 4, an RF reference version 5. No amount (or nothing to pay) is written as zeros and
    leaves the sum to the payer, no due date likewise. An amount above 999 999,99 is refused: zeros in its place would
    make an open-amount slip without anyone noticing.
    """
    account = _account(iban)
    cents = _cents(amount)
    compact = re.sub(r"\s+", "", reference or "").upper()
    if compact.startswith("RF"):
        if not references.is_rf(compact) or not compact[4:].isdigit():
            raise ValueError(f"not a valid RF reference of digits: {reference!r}")
        version, tail = "5", compact[2:4] + compact[4:].zfill(21)
    else:
        digits = references.normalise(compact)
        if digits is None:
            raise ValueError(f"not a valid reference number: {reference!r}")
        version, tail = "4", "000" + digits.zfill(20)
    return f"{version}{account}{cents:08d}{tail}{_day(due)}"


def _account(iban: str) -> str:
    if not (iban or "").strip().upper().startswith("FI"):
        raise ValueError(f"the bank barcode needs a Finnish IBAN: {iban!r}")
    return normalise_iban(iban)[2:]


def _cents(amount: Decimal | str | int | None) -> int:
    if amount is None:
        return 0
    if not isinstance(amount, Decimal | str | int):
        raise ValueError(f"the amount must be an exact decimal, not {type(amount).__name__}")
    try:
        euros = Decimal(amount)
    except InvalidOperation:
        raise ValueError(f"not an amount: {amount!r}") from None
    if not euros.is_finite():
        raise ValueError(f"not an amount: {amount!r}")
    if euros < 0:
        raise ValueError(f"the amount is negative: {amount}")
    if euros > MAX_AMOUNT:
        raise ValueError(f"the amount is above {MAX_AMOUNT}: {amount}")
    if euros * 100 % 1:
        raise ValueError(f"the amount has parts of a cent: {amount}")
    return int(euros * 100)


def _day(due: date | str | None) -> str:
    if due is None:
        return "000000"
    day = date.fromisoformat(due) if isinstance(due, str) else due
    if not 2000 <= day.year <= 2099:
        raise ValueError(f"the due date must be in this century: {day}")
    return f"{day:%y%m%d}"


def code128c_symbols(digits: str) -> tuple[int, ...]:
    """Start C, a symbol for each pair of digits, the check symbol, stop: 30 numbers for a bank barcode."""
    if not re.fullmatch(r"(?:[0-9]{2})+", digits):
        raise ValueError("Code 128 C carries an even number of digits")
    pairs = [int(digits[start : start + 2]) for start in range(0, len(digits), 2)]
    check = (_START_C + sum(place * pair for place, pair in enumerate(pairs, start=1))) % 103
    return (_START_C, *pairs, check, _STOP)


@lru_cache(maxsize=1)
def symbol_modules() -> tuple[str, ...]:
    """Each symbol drawn as ones (bar) and zeros (space)."""
    return tuple(
        "".join(("1", "0")[place % 2] * int(width) for place, width in enumerate(pattern))
        for pattern in _PATTERNS.split()
    )


def modules(digits: str) -> str:
    """The whole code as ones (bar) and zeros (space): 332 characters for a bank barcode, quiet zones left out."""
    drawn = symbol_modules()
    return "".join(drawn[symbol] for symbol in code128c_symbols(digits))


def bars(digits: str) -> list[tuple[int, int]]:
    """The black bars as (first module, width in modules), for drawing."""
    return [(found.start(), len(found.group())) for found in re.finditer("1+", modules(digits))]


def svg(digits: str) -> str:
    """The code as an SVG in millimetres, 99.6 × 12 for a bank barcode. Leave 20 mm of white on both sides of it."""
    drawn = bars(digits)
    width = drawn[-1][0] + drawn[-1][1]
    path = "".join(f"M{start} 0h{size}v1h-{size}z" for start, size in drawn)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * MODULE_MM}mm" height="{HEIGHT_MM}mm" '
        f'viewBox="0 0 {width} 1" preserveAspectRatio="none" shape-rendering="crispEdges" aria-hidden="true">'
        f'<path d="{path}"/></svg>'
    )
