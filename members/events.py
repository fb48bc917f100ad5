"""What the register tells the layers above."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class MembershipsLeave:
    """An import is being taken back, and these memberships would vanish with it. Whoever stands on one of them says so.

    `keep` is where a listener puts the keys of memberships that have to stay.
    """

    memberships: frozenset[int]
    keep: set[int] = field(default_factory=set)

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(self.keep & self.memberships))
