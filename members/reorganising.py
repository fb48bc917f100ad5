"""What the apps above the register say of a change of the organisation, in the open: each registers a function.

    from members import reorganising

    @reorganising.objects
    def run_under_way(sketch: reorganising.Sketch) -> Iterator[reorganising.Conflict]: ...

What they have to write in the same transaction they do on `members.events.UnitsReorganised`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

# The key of a unit that is not there yet.
NEW = 0


@dataclass(frozen=True)
class Sketch:
    """A change before it is done: where memberships are and where they would be, and the fee tree before and after.

    `moving`: keys of the memberships that go from a source, None for all of it. `goes_to`: the unit they go to (`NEW`: one that
    is to be made, like `like`). `above_before` and `above_after`: the units above each unit in the fee tree, nearest first.
    """

    kind: str
    sources: tuple[int, ...]
    target: int | None
    goes_to: int | None
    like: int | None
    copy_fees: bool
    effective_on: date
    ending: tuple[int, ...] = ()
    moving: frozenset[int] | None = None
    above_before: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    above_after: Mapping[int, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Conflict:
    """What stops the change, in words, and where it is put right."""

    text: str
    url: str = ""
    action: str = ""


@dataclass(frozen=True)
class Estimate:
    """The fees of a year by who gets them, before and after. `share`: of how many of the memberships it was counted (1 = all).

    `without`: units with members and no decided table, whose members count as nothing.
    """

    year: int
    before: Mapping[int, Decimal]
    after: Mapping[int, Decimal]
    without: tuple[int, ...] = ()
    share: Decimal = Decimal(1)


@dataclass(frozen=True)
class Receivable:
    """Open invoices of one creditor: how many, and euros."""

    unit_id: int
    invoices: int
    amount: Decimal


Objection = Callable[[Sketch], Iterable[Conflict]]
Remark = Callable[[Sketch], Iterable[Conflict]]
Estimator = Callable[[Sketch], Estimate | None]
Owed = Callable[[Sequence[int]], Iterable[Receivable]]

_objections: list[Objection] = []
_remarks: list[Remark] = []
_estimators: list[Estimator] = []
_owed: list[Owed] = []


def objects(function: Objection) -> Objection:
    """Register what stops a change."""
    if function not in _objections:
        _objections.append(function)
    return function


def remarks(function: Remark) -> Remark:
    """Register what somebody should look at, though it does not stop the change."""
    if function not in _remarks:
        _remarks.append(function)
    return function


def estimates(function: Estimator) -> Estimator:
    if function not in _estimators:
        _estimators.append(function)
    return function


def tells_owed(function: Owed) -> Owed:
    if function not in _owed:
        _owed.append(function)
    return function


def objections(sketch: Sketch) -> list[Conflict]:
    return [found for function in _objections for found in function(sketch)]


def remarks_on(sketch: Sketch) -> list[Conflict]:
    return [found for function in _remarks for found in function(sketch)]


def estimate(sketch: Sketch) -> Estimate | None:
    return next((found for function in _estimators if (found := function(sketch)) is not None), None)


def owed(unit_ids: Sequence[int]) -> list[Receivable]:
    return [row for function in _owed for row in function(unit_ids)]
