"""What belongs to a party and goes with it when two entries of the same member are joined: one list, in the open.

    from members import moving

    moving.follows("billing_payeraccount", "party_id", noun=ngettext_lazy(...), classes="D", vanishes=moving.twin(...))
    moving.stays("billing_invoice", "payer_id", noun=..., classes="D")

Every foreign key at a party is in the list, one way or the other (`tests/members/merging/test_registry.py`). Apps above the register add
theirs when they are ready. `objection` and `dependence` let them say why two cannot be joined, or not parted any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from members.models import Merge, Party

# The place of the parties themselves in the order of locks (ARCHITECTURE.md); what is locked before them has a smaller one.
PARTIES = 14


@dataclass(frozen=True)
class Column:
    """A column by which rows belong to a party.

    `moves`: the rows follow the party; else they stay with the old entry, which is looked up through the new one. `only`: SQL
    over `t`, the row, telling which rows it is about. `vanishes`: SQL over `t` with %(survivor)s, true for a row that has
    no place beside what the survivor has already. `rank`: its place in the order of locks.
    """

    table: str
    column: str
    noun: Any
    classes: str
    moves: bool
    key: str = "id"
    only: str = "true"
    vanishes: str = "false"
    rank: int = 99


Objection = Callable[["Party", "Party"], Iterator[str]]
Dependence = Callable[["Merge"], Iterator[str]]

_columns: dict[tuple[str, str], Column] = {}
_objections: list[Objection] = []
_dependences: list[Dependence] = []


def follows(
    table: str,
    column: str,
    *,
    noun: Any,
    classes: str,
    key: str = "id",
    only: str = "true",
    vanishes: str = "false",
    rank: int = 99,
) -> None:
    """Rows of the table move to the party that goes on."""
    _columns[table, column] = Column(table, column, noun, classes, True, key, only, vanishes, rank)


def stays(table: str, column: str, *, noun: Any = None, classes: str = "A") -> None:
    """Rows of the table stay with the old entry: they are final, or its own. With a `noun` people are told how many."""
    _columns[table, column] = Column(table, column, noun, classes, moves=False)


def objection(function: Objection) -> Objection:
    """Register why two parties cannot be joined just now, one sentence each. Of data only what everybody may know."""
    if function not in _objections:
        _objections.append(function)
    return function


def dependence(function: Dependence) -> Dependence:
    """Register what has been done since two were joined that stands in the way of parting them, one sentence each."""
    if function not in _dependences:
        _dependences.append(function)
    return function


def twin(table: str, column: str, *same: str, among: str = "true") -> str:
    """SQL for `vanishes`: the survivor has a row of its own with the same values; `among` is told over `s` and `t`."""
    equal = "".join(f' AND s."{name}" IS NOT DISTINCT FROM t."{name}"' for name in same)
    return f'EXISTS (SELECT 1 FROM {table} s WHERE s."{column}" = %(survivor)s{equal} AND {among})'  # noqa: S608


def columns() -> list[Column]:
    """In the order of locks."""
    return sorted(_columns.values(), key=lambda column: (column.rank, column.table, column.column))


def moved() -> list[Column]:
    return [column for column in columns() if column.moves]


def objections(survivor: Party, merged: Party) -> list[str]:
    return [text for function in _objections for text in function(survivor, merged)]


def dependences(merge: Merge) -> list[str]:
    return [text for function in _dependences for text in function(merge)]
