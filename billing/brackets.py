"""Classes of a fee basis: half-open intervals [lower, upper) that must follow each other without gap or overlap.

Bases have two decimals, so the class from 10 to below 20 is shown to people as "10,00–19,99".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from jasenpalvelu.common.money import CENT, format_number


@dataclass(frozen=True, slots=True)
class Bracket:
    """`upper` is the first value no longer in the class; None: no upper end. `amount` is euros, or euros per unit."""

    lower: Decimal
    upper: Decimal | None
    amount: Decimal


class Flaw(StrEnum):
    EMPTY = "empty"
    OVERLAP = "overlap"
    GAP = "gap"
    AFTER_OPEN = "after_open"


@dataclass(frozen=True, slots=True)
class Found:
    """What is wrong with the row `index` (of the list as given); `at` is the value where it begins."""

    index: int
    flaw: Flaw
    at: Decimal


def flaws(rows: Sequence[Bracket]) -> list[Found]:
    """Everything that is wrong with a list of classes, in the order of their lower ends; empty when all is well.

    A first class that begins above zero and a last one with an upper end are allowed: a payer outside them is told as
    an error by the calculation, never charged nothing.
    """
    found: list[Found] = []
    order = sorted(range(len(rows)), key=lambda index: (rows[index].lower, index))
    before: Bracket | None = None
    for index in order:
        row = rows[index]
        if row.upper is not None and row.upper <= row.lower:
            found.append(Found(index, Flaw.EMPTY, row.lower))
        if before is not None:
            if before.upper is None:
                found.append(Found(index, Flaw.AFTER_OPEN, row.lower))
            elif row.lower < before.upper:
                found.append(Found(index, Flaw.OVERLAP, before.upper))
            elif row.lower > before.upper:
                found.append(Found(index, Flaw.GAP, before.upper))
        before = row
    return found


_AT_LEAST = {"fi": "vähintään", "sv": "minst", "en": "at least"}


def interval_text(lower: Decimal, upper: Decimal | None, unit: str = "", language: str = "fi") -> str:
    """The class as people read it: "10,00–19,99 ha", and without an upper end "vähintään 200 ha": 200 itself belongs to it."""
    suffix = f"\N{NO-BREAK SPACE}{unit}" if unit else ""
    if upper is None:
        whole = lower == lower.to_integral_value()
        start = format_number(lower, language, decimals=0 if whole else 2)
        return f"{_AT_LEAST.get(language, _AT_LEAST['fi'])} {start}{suffix}"
    start = format_number(lower, language, decimals=2)
    return f"{start}–{format_number(upper - CENT, language, decimals=2)}{suffix}"
