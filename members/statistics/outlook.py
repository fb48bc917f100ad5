"""How many leave, and how many there may be a year from now: plain sums, told with how they are counted (REG-17).

Churn: who left within twelve months, of the memberships at their beginning. Forecast: as many join as in a year on the average of
the last one to three, and the same share leaves; the range is that of the best and the worst of those years, and at least twice
the square root of all joins and leaves, within which such numbers vary from year to year without any reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isqrt


@dataclass(frozen=True)
class Year:
    """Twelve months: memberships at their beginning, and who joined and left during them."""

    start: int
    joined: int
    left: int

    @property
    def churn(self) -> Decimal | None:
        """The share that left; None where there was nobody to leave."""
        return Decimal(self.left) / self.start if self.start else None


@dataclass(frozen=True)
class Forecast:
    """Memberships a year from now: the middle and the range; `years` how many years it stands on."""

    low: int
    middle: int
    high: int
    years: int


def forecast(now: int, years: Sequence[Year]) -> Forecast | None:
    """None without a whole year behind. `years`: the newest first."""
    usable = [year for year in years if year.start > 0]
    if not usable or not now:
        return None
    changes = [_ahead(now, year.joined, year.left, year.start) for year in usable]
    joined = Decimal(sum(year.joined for year in usable)) / len(usable)
    share = Decimal(sum(year.left for year in usable)) / sum(year.start for year in usable)
    middle = round(now + joined - now * share)
    noise = 2 * isqrt(max(year.joined + year.left for year in usable)) + 1
    low, high = min(*changes, middle - noise), max(*changes, middle + noise)
    return Forecast(max(low, 0), max(middle, 0), max(high, 0), len(usable))


def _ahead(now: int, joined: int, left: int, start: int) -> int:
    return round(now + joined - Decimal(now) * left / start)
