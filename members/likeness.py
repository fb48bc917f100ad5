"""How likely two entries of the register are the same member, in points with reasons (REG-10). Knows no database.

What agrees gives points; names decide first. Two people of one household share an address, a telephone and an e-mail
address, father and son even a name: so without a first name that fits there is no pair, and two different dates of birth
make two people whatever else agrees, but for a slip of the pen.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz
from rapidfuzz.distance import DamerauLevenshtein

from jasenpalvelu.common.sorting import fold

# From so many points on a pair is shown to people; from the second on it is called very likely.
LEAST, LIKELY = 55, 75
MOST = 100
# Likeness of two names in percent from which the difference may be a typing error.
TYPO = 85
# Below so many letters a changed one makes another name: Arto and Arno.
LONG_ENOUGH = 5
# "von" and "af" are shared by families that are not one.
SHORT = 3

NAME_POINTS = {"name": 40, "name_swapped": 38, "name_like": 30, "given_name": 15}
POINTS = {
    "birth": 35,
    "birth_like": 10,
    "email": 25,
    "phone": 20,
    "address": 15,
    "place": 10,
    "name_place": 15,
    "holding": 25,
    "number": 30,
    "y_tunnus": 60,
}
# With the whole name enough to tell somebody who sees only one of the two that there may be another.
TELLING = frozenset({"birth", "email", "phone"})


@dataclass(frozen=True)
class Names:
    """What is compared: folded names, the date of birth. Of an organisation `last` is its name."""

    kind: str
    last: str
    firsts: tuple[str, ...] = ()
    born: date | None = None

    @classmethod
    def of(cls, kind: str, last: str, first: str = "", born: date | None = None) -> Names:
        return cls(kind, fold(last), tuple(fold(first).split()), born)


@dataclass(frozen=True)
class Likeness:
    """Points from 0 to 100 and the codes of what agrees, the strongest reason first."""

    score: int
    reasons: tuple[str, ...]

    @property
    def tellable(self) -> bool:
        return bool({"name", "name_place"} & set(self.reasons)) and bool(TELLING & set(self.reasons))


NONE = Likeness(0, ())


def weigh(one: Names, other: Names, shared: Set[str]) -> Likeness:
    """`shared` are the keys that both have: email, phone, address, place, holding, number, y_tunnus."""
    if one.kind != other.kind:
        return NONE
    named = _organisations(one, other) if one.kind == "organisation" else _persons(one, other)
    if not named and "y_tunnus" not in shared:
        return NONE
    birth = _births(one.born, other.born)
    if birth is None:
        return NONE
    reasons = [named, birth, *sorted(shared - {"place"} if "address" in shared else shared)]
    if named == "name" and "place" in reasons:
        reasons = ["name_place" if reason == "name" else reason for reason in reasons if reason != "place"]
    found = [reason for reason in reasons if reason]
    points = {reason: _points(reason) for reason in found}
    score = min(sum(points.values()), MOST)
    return Likeness(score, tuple(sorted(found, key=lambda reason: -points[reason])))


def _points(reason: str) -> int:
    if reason == "name_place":
        return NAME_POINTS["name"] + POINTS["name_place"]
    return NAME_POINTS.get(reason, 0) or POINTS[reason]


def _persons(one: Names, other: Names) -> str:
    """How the names agree, "" when they are two people's."""
    if one.last == other.last and one.firsts == other.firsts:
        return "name"
    if _swapped(one, other) or _swapped(other, one):
        return "name_swapped"
    if not first_names_fit(one.firsts, other.firsts):
        return ""
    if _alike(one.last, other.last) or _double(one.last, other.last):
        return "name_like"
    return "given_name" if one.firsts[:1] == other.firsts[:1] else ""


def _swapped(one: Names, other: Names) -> bool:
    """Virtanen Matti entered as Matti Virtanen."""
    return (one.last,) == other.firsts[:1] and other.last == " ".join(one.firsts)


def first_names_fit(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """One has the other's first names, its own first one among them, or differs by a typing error or is an initial."""
    if not one or not other:
        return False
    if one[0] == other[0] or set(one) <= set(other) or set(other) <= set(one):
        return True
    a, b = one[0], other[0]
    if len(a) == 1 or len(b) == 1:
        return a[0] == b[0]
    return _alike(a, b)


def _alike(one: str, other: str) -> bool:
    if one == other:
        return True
    return min(len(one), len(other)) >= LONG_ENOUGH and fuzz.ratio(one, other) >= TYPO


def _double(one: str, other: str) -> bool:
    """Virtanen and Virtanen-Lahti: a name taken beside the old one."""
    shared = set(one.replace("-", " ").split()) & set(other.replace("-", " ").split())
    return any(len(part) > SHORT for part in shared)


def _births(one: date | None, other: date | None) -> str | None:
    """The reason, "" when one is not known, None when they are two people's."""
    if one is None or other is None:
        return ""
    if one == other:
        return "birth"
    mixed = (one.year, one.month, one.day) == (other.year, other.day, other.month)
    slip = DamerauLevenshtein.distance(one.isoformat(), other.isoformat(), score_cutoff=1) == 1
    return "birth_like" if mixed or (slip and one.year == other.year) else None


def _organisations(one: Names, other: Names) -> str:
    if one.last == other.last:
        return "name"
    return "name_like" if _alike(one.last, other.last) else ""
