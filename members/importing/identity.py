"""Are two descriptions of a member the same one? Exact keys and names only; what is weak is left to a person (REG-10).

Certain: the same name and the same e-mail address, birth date or holding; the same business ID of an organisation; within
one's own association also the same name and phone or address, or the register's own member number with the same name.
Two people of one household share an address, a phone and an e-mail address: without the same first name they are two.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, field

from rapidfuzz import fuzz

from jasenpalvelu.common.sorting import sort_key
from members.importing.rows import Parsed, display_name

CERTAIN, POSSIBLE, DIFFERENT = 2, 1, 0
TYPO = 90


@dataclass(frozen=True)
class Described:
    """A member by what identifies: keys are normalised, an empty one matches nothing."""

    kind: str
    name: str
    last: str = ""
    firsts: tuple[str, ...] = ()
    born: str = ""
    emails: Set[str] = frozenset()
    phones: Set[str] = frozenset()
    addresses: Set[str] = frozenset()
    postals: Set[str] = frozenset()
    y_tunnus: str = ""
    holdings: Set[str] = frozenset()
    number: str = ""


@dataclass(frozen=True)
class Likeness:
    """How alike, and why, by the codes of duplicates.Reason."""

    strength: int
    reasons: tuple[str, ...] = field(default=())

    def __bool__(self) -> bool:
        return self.strength > DIFFERENT


NOT_ALIKE = Likeness(DIFFERENT)


def described(
    parsed: Parsed, *, email_key: str, phone_key: str, address_key: str, number: str = ""
) -> Described:
    """A row of the file in comparable form."""
    holding = parsed.get("holding", {}).get("y_tunnus", "")
    own = parsed.get("y_tunnus", "") if parsed.get("kind") == "organisation" else ""
    return Described(
        kind=parsed.get("kind", ""),
        name=sort_key(display_name(parsed)),
        last=sort_key(parsed.get("last_name", "")),
        firsts=tuple(sort_key(parsed.get("first_names", "")).split()),
        born=parsed.get("birth_date", ""),
        emails=_set(email_key),
        phones=_set(phone_key),
        addresses=_set(address_key if parsed.get("street") else ""),
        postals=_set(parsed.get("postal_code", "")),
        y_tunnus=own,
        holdings=_set(holding),
        number=number,
    )


def _set(text: str) -> frozenset[str]:
    return frozenset({text}) if text else frozenset()


def compare(row: Described, other: Described, *, own: bool) -> Likeness:
    """How alike the row is to a member of the register or an earlier row; `own`: of the same association."""
    if row.kind != other.kind:
        return NOT_ALIKE
    alike = _organisations if row.kind == "organisation" else _persons
    found = alike(row, other, own=own)
    return found if found.reasons else NOT_ALIKE


def _persons(row: Described, other: Described, *, own: bool) -> Likeness:
    if row.born and other.born and row.born != other.born:
        same_number = own and row.number and row.number == other.number
        return Likeness(POSSIBLE, ("number",)) if same_number else NOT_ALIKE
    shared = _shared(row, other)
    if own and row.number and row.number == other.number:
        certain = row.name == other.name or (
            _first_names_fit(row, other) and (row.last == other.last or bool(shared))
        )
        return Likeness(CERTAIN if certain else POSSIBLE, ("number", *shared))
    if row.name == other.name:
        return _namesakes(shared, row, other, own=own)
    if not _first_names_fit(row, other):
        return NOT_ALIKE
    return _similar_names(row, other, shared)


def _namesakes(shared: tuple[str, ...], row: Described, other: Described, *, own: bool) -> Likeness:
    certain = {"email", "birth", "holding"} | ({"phone", "address"} if own else set())
    if certain & set(shared):
        return Likeness(CERTAIN, ("name", *shared))
    if row.postals & other.postals:
        return Likeness(POSSIBLE, ("name_place", *shared))
    if shared:
        return Likeness(POSSIBLE, ("name", *shared))
    return Likeness(POSSIBLE, ("name",)) if own else NOT_ALIKE


def _similar_names(row: Described, other: Described, shared: tuple[str, ...]) -> Likeness:
    """First names fit ("Matti" and "Matti Johannes"); the last name is the same, mistyped, or changed by marriage."""
    told = [reason for reason in shared if reason in {"email", "phone", "birth", "holding"}]
    if row.last == other.last or fuzz.ratio(row.last, other.last) >= TYPO:
        return Likeness(POSSIBLE, tuple(told)) if told else NOT_ALIKE
    changed = {"email", "phone"} & set(told)
    return Likeness(POSSIBLE, tuple(told)) if changed and row.firsts[:1] == other.firsts[:1] else NOT_ALIKE


def _first_names_fit(row: Described, other: Described) -> bool:
    """One has the other's first names, or its first one differs by a typing error or is an initial."""
    if not row.firsts or not other.firsts:
        return False
    a, b = row.firsts[0], other.firsts[0]
    if a == b or set(row.firsts) <= set(other.firsts) or set(other.firsts) <= set(row.firsts):
        return True
    if len(a) == 1 or len(b) == 1:
        return a[0] == b[0]
    return len(a) > 4 and len(b) > 4 and fuzz.ratio(a, b) >= TYPO


def _organisations(row: Described, other: Described, *, own: bool) -> Likeness:
    if row.y_tunnus and other.y_tunnus:
        return Likeness(CERTAIN, ("y_tunnus",)) if row.y_tunnus == other.y_tunnus else NOT_ALIKE
    shared = _shared(row, other)
    if own and row.number and row.number == other.number and row.name == other.name:
        return Likeness(CERTAIN, ("number",))
    if row.name != other.name:
        return NOT_ALIKE
    certain = {"holding"} | ({"phone", "address", "email"} if own else set())
    if certain & set(shared):
        return Likeness(CERTAIN, ("name", *shared))
    if shared or row.postals & other.postals:
        return Likeness(POSSIBLE, ("name_place" if row.postals & other.postals else "name", *shared))
    return Likeness(POSSIBLE, ("name",)) if own else NOT_ALIKE


def _shared(row: Described, other: Described) -> tuple[str, ...]:
    found = []
    if row.emails & other.emails:
        found.append("email")
    if row.phones & other.phones:
        found.append("phone")
    if row.born and row.born == other.born:
        found.append("birth")
    if row.holdings & other.holdings:
        found.append("holding")
    if row.addresses & other.addresses:
        found.append("address")
    return tuple(found)


def strongest(
    found: Iterable[tuple[int, Likeness]],
) -> tuple[list[tuple[int, Likeness]], list[tuple[int, Likeness]]]:
    """(certain, possible) of the pairs, each in the order of their keys."""
    ordered = sorted(found, key=lambda pair: pair[0])
    return (
        [pair for pair in ordered if pair[1].strength == CERTAIN],
        [pair for pair in ordered if pair[1].strength == POSSIBLE],
    )
