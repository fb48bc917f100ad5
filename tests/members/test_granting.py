"""Nobody gives more than one holds: over random roles, reaches and trees of units."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from members.granting import BELOW, LISTED, OWN, Right, lacking

CAPABILITIES = ("members.view", "members.edit", "mandates.grant")
# 1 is over 2 and 3; 4 and 5 are under 2; 6 is alone.
PARENT = {2: 1, 3: 1, 4: 2, 5: 2}
UNITS = (1, 2, 3, 4, 5, 6)


@dataclass(frozen=True)
class Had:
    capability: str
    unit_id: int
    below: bool
    classes: frozenset[str]


def above(unit: int, parent: dict[int, int]) -> frozenset[int]:
    found = {unit}
    while unit in parent:
        unit = parent[unit]
        found.add(unit)
    return frozenset(found)


def tree(parent: dict[int, int]) -> dict[int, frozenset[int]]:
    return {unit: above(unit, parent) for unit in {*UNITS, *parent}}


def opened(held: list[Had], parent: dict[int, int]) -> set[tuple[str, int, str]]:
    """Everything the rights open: capability, unit, field class ("" for holding the capability there at all)."""
    lines = tree(parent)
    return {
        (had.capability, unit, letter)
        for had in held
        for unit, over in lines.items()
        if (had.unit_id in over if had.below else had.unit_id == unit)
        for letter in (*had.classes, "")
    }


def given_by(rights: list[Right], unit: int, listed: list[int]) -> list[Had]:
    return [
        Had(right.capability, place, right.reach == BELOW, right.classes)
        for right in rights
        for place in (listed if right.reach == LISTED else [unit])
    ]


classes = st.frozensets(st.sampled_from("ABCDE"), max_size=5)
units = st.sampled_from(UNITS)
held_rights = st.lists(
    st.builds(Had, st.sampled_from(CAPABILITIES), units, st.booleans(), classes), max_size=6
)
role = st.lists(
    st.builds(Right, st.sampled_from(CAPABILITIES), st.sampled_from([OWN, BELOW, LISTED]), classes),
    max_size=5,
)


@given(held=held_rights, rights=role, unit=units, listed=st.lists(units, max_size=3))
def test_what_may_be_given_opens_nothing_the_giver_has_not(
    held: list[Had], rights: list[Right], unit: int, listed: list[int]
) -> None:
    if lacking(rights, unit_id=unit, listed=listed, held=held, above=tree(PARENT)):
        return
    made = given_by(rights, unit, listed)
    assert opened(made, PARENT) <= opened(held, PARENT)
    later = PARENT | {7: unit, 8: 7}  # units founded afterwards
    assert opened(made, later) <= opened(held, later)


@given(held=held_rights, unit=units)
def test_one_may_give_exactly_what_one_holds_there(held: list[Had], unit: int) -> None:
    own = [Right(h.capability, BELOW if h.below else OWN, h.classes) for h in held if h.unit_id == unit]
    assert lacking(own, unit_id=unit, listed=(), held=held, above=tree(PARENT)) == []


@given(
    held=held_rights, right=st.builds(Right, st.sampled_from(CAPABILITIES), st.just(OWN), classes), unit=units
)
def test_what_is_refused_goes_beyond_in_some_unit(held: list[Had], right: Right, unit: int) -> None:
    refused = lacking([right], unit_id=unit, listed=(), held=held, above=tree(PARENT))
    goes_beyond = not opened(given_by([right], unit, []), PARENT) <= opened(held, PARENT)
    assert bool(refused) == goes_beyond


def test_a_list_of_units_does_not_reach_those_founded_later() -> None:
    every = [Had("members.view", unit, False, frozenset("A")) for unit in UNITS]
    below = Right("members.view", BELOW, frozenset("A"))
    assert lacking([below], unit_id=1, listed=(), held=every, above=tree(PARENT)) == [below]


def test_a_unit_outside_the_tree_is_reached_by_nobody() -> None:
    right = Right("members.view", LISTED, frozenset("A"))
    held = [Had("members.view", 1, True, frozenset("A"))]
    assert lacking([right], unit_id=1, listed=(99,), held=held, above=tree(PARENT)) == [right]
    assert lacking([right], unit_id=1, listed=(4,), held=held, above=tree(PARENT)) == []
