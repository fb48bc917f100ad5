"""What the register tells the layers above."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from members.services.reorganising.recording import Recorder


@dataclass(frozen=True)
class MembershipsLeave:
    """An import is being taken back, and these memberships would vanish with it. Whoever stands on one of them says so.

    `keep` is where a listener puts the keys of memberships that have to stay.
    """

    memberships: frozenset[int]
    keep: set[int] = field(default_factory=set)

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(self.keep & self.memberships))


@dataclass(frozen=True)
class AdmissionsDecided:
    """Somebody was admitted to the association as a member from a day on; `undone` when that was taken back."""

    unit_id: int
    members_from: date
    undone: bool = False


@dataclass(frozen=True)
class JoiningConfirmed:
    """Somebody has confirmed an application made on the public form; `campaign` is what the link said that brought them."""

    membership_id: int
    campaign: str
    on: date


@dataclass(frozen=True)
class UnitsReorganised:
    """Units have merged, one has been divided or hangs elsewhere; the same transaction finishes it. Units are locked.

    `ending` are over from `effective_on` on, `goes_on` is the unit their members are in now, `made` when the change made it.
    `like`: the unit whose fee table of the year is drafted for the new one, None when none is wanted. Whatever a listener
    writes it writes through `record`, so that it is taken back with the change.
    """

    kind: str
    ending: tuple[int, ...]
    goes_on: int | None
    made: int | None
    like: int | None
    effective_on: date
    record: Recorder
