"""Nobody gives more than one holds: a role compared with what its giver has, in every unit it reaches (REG-12).

No Django here. A right over "own unit and below" is held only through a right that reaches below itself, so that units founded
later are not reached through a list of those there were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Protocol

OWN, BELOW, LISTED = "own", "below", "listed"


@dataclass(frozen=True)
class Right:
    """One line of a role: the capability, how far it reaches, and the field classes it opens there."""

    capability: str
    reach: str
    classes: frozenset[str]


class Held(Protocol):
    """A right somebody has: `members.scope.Grant`."""

    @property
    def capability(self) -> str: ...
    @property
    def unit_id(self) -> int: ...
    @property
    def below(self) -> bool: ...
    @property
    def classes(self) -> frozenset[str]: ...


def lacking(
    rights: Iterable[Right],
    *,
    unit_id: int,
    listed: Iterable[int],
    held: Iterable[Held],
    above: Mapping[int, Set[int]],
) -> list[Right]:
    """The rights of the role, given in the unit with the listed units, that go beyond what is held; none when it may be given.

    `above` tells the units over each unit the role reaches, itself among them; a unit it does not know is reached by nobody.
    """
    had = list(held)
    extra = tuple(listed)
    return [right for right in rights if not _covered(right, unit_id, extra, had, above)]


def _covered(
    right: Right, unit_id: int, listed: tuple[int, ...], held: list[Held], above: Mapping[int, Set[int]]
) -> bool:
    units = listed if right.reach == LISTED else (unit_id,)
    return all(_holds(right, unit, held, above.get(unit, frozenset())) for unit in units)


def _holds(right: Right, unit_id: int, held: list[Held], above: Set[int]) -> bool:
    reaching = [g for g in held if g.capability == right.capability and _reaches(g, right, unit_id, above)]
    classes: frozenset[str] = frozenset().union(*(grant.classes for grant in reaching))
    return bool(reaching) and classes >= right.classes


def _reaches(grant: Held, right: Right, unit_id: int, above: Set[int]) -> bool:
    if grant.below:
        return grant.unit_id in above
    return right.reach != BELOW and grant.unit_id == unit_id
