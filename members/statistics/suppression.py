"""Small cells: which numbers of a table stay hidden, so that nobody in it can be told apart (REG-17).

Where a reader may not see the members themselves, one to four of them are not told as a number. A total beside a single hidden
cell would tell it, so more is hidden until no sum and no difference that the table shows leaves only one answer.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

# A number below it, but for nought, is not told.
LEAST = 5
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Sum(Generic[Key]):
    """The table tells that `parts` make the whole. `total` is the cell of the whole; None: it is told elsewhere, or follows
    from what is, so that it cannot be hidden."""

    parts: tuple[Key, ...]
    total: Key | None = None
    # Whether the parts are added up. Of joined less left only the difference is known: two hidden ones are safe by any size.
    adds: bool = True


def hidden(values: Mapping[Key, int], sums: Iterable[Sum[Key]]) -> frozenset[Key]:
    """The cells that are not told: the small ones, and those that would tell them."""
    chosen = {key for key, value in values.items() if 0 < value < LEAST}
    known = list(sums)
    while True:
        more = next((key for one in known if (key := _lacking(one, chosen, values)) is not None), None)
        if more is None:
            return frozenset(chosen)
        chosen.add(more)


def _lacking(one: Sum[Key], chosen: set[Key], values: Mapping[Key, int]) -> Key | None:
    """The next cell to hide for this sum: the smallest that somebody is in, an empty one, then the total."""
    gone = [key for key in one.parts if key in chosen]
    total_gone = one.total is not None and one.total in chosen
    if len(gone) + total_gone == 0 or (total_gone and gone) or (not total_gone and _safe(one, gone, values)):
        return None
    left = [key for key in one.parts if key not in chosen]
    if left:
        return min(left, key=lambda key: (values[key] == 0, values[key], one.parts.index(key)))
    return one.total if not total_gone else None


def _safe(one: Sum[Key], gone: Sequence[Key], values: Mapping[Key, int]) -> bool:
    """Two or more are hidden, and their sum, which anybody can count, leaves more than one answer."""
    together = sum(values[key] for key in gone)
    return len(gone) > 1 and (not one.adds or (together >= LEAST and together > len(gone)))
