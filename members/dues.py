"""What the register asks of the fees of its members, and who answers: billing registers functions, nothing is found by itself.

Payment is never the state of a membership. But the law lets an association's rules say that who does not pay is deemed to
have resigned, and a fee that has been charged once is not charged again of somebody who moves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Arrears:
    """What is unpaid of the fees of one membership: euros, since which due date, on which invoices."""

    amount: Decimal
    due_on: date
    invoices: tuple[str, ...]


Unpaid = Callable[[int, date], dict[int, Arrears]]
Charged = Callable[[Iterable[int], int], frozenset[int]]

_unpaid: list[Unpaid] = []
_charged: list[Charged] = []


def tells_unpaid(function: Unpaid) -> Unpaid:
    """Register what is unpaid of an association's fees that fell due on a day or before, by membership."""
    if function not in _unpaid:
        _unpaid.append(function)
    return function


def tells_charged(function: Charged) -> Charged:
    """Register which of the memberships have been charged the fee of a year, paid or not."""
    if function not in _charged:
        _charged.append(function)
    return function


def unpaid(unit_id: int, due_by: date) -> dict[int, Arrears]:
    return {pk: owed for function in _unpaid for pk, owed in function(unit_id, due_by).items()}


def charged(memberships: Iterable[int], year: int) -> frozenset[int]:
    wanted = list(memberships)
    return frozenset(pk for function in _charged for pk in function(wanted, year))
