"""Sums over lines, and the fingerprint of a calculation."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from billing.pricing.model import Calculation, Line

ZERO = Decimal("0.00")


def totals_by_component(lines: Iterable[Line]) -> dict[tuple[int, str], Decimal]:
    """Euros by table and component: two associations may use the same code for fees of their own."""
    sums: dict[tuple[int, str], Decimal] = {}
    for line in lines:
        key = (line.unit_id, line.component)
        sums[key] = sums.get(key, ZERO) + line.amount
    return sums


def totals_by_beneficiary(lines: Iterable[Line]) -> dict[int, Decimal]:
    """Euros by the unit that gets them."""
    sums: dict[int, Decimal] = {}
    for line in lines:
        sums[line.beneficiary] = sums.get(line.beneficiary, ZERO) + line.amount
    return sums


def calculation_hash(calculation: Calculation | Mapping[str, Any]) -> str:
    """32 hexadecimal digits that change whenever a line or a remark changes, and are the same in every process.

    A caller that has made the calculation's `as_dict()` already may give that.
    """
    data = calculation.as_dict() if isinstance(calculation, Calculation) else calculation
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
