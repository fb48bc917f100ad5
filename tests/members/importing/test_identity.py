"""One member or two: a household on one e-mail is two, one person in two lists is one."""

import pytest

from members.importing.identity import CERTAIN, DIFFERENT, POSSIBLE, Described, compare


def person(name: str, **known: str) -> Described:
    last, *firsts = name.lower().split()
    sets = {key: frozenset({value}) for key, value in known.items() if key not in {"born", "number"}}
    plain = {key: value for key, value in known.items() if key in {"born", "number"}}
    return Described("person", name.lower(), last, tuple(firsts), **plain, **sets)


MATTI = person(
    "Virtanen Matti", emails="koti@x.fi", phones="1", addresses="a", postals="00100", born="1980-02-29"
)


@pytest.mark.parametrize(
    ("other", "own", "strength", "reason"),
    [
        (person("Virtanen Matti", emails="koti@x.fi"), False, CERTAIN, "email"),
        (person("Virtanen Matti", born="1980-02-29"), False, CERTAIN, "birth"),
        (person("Virtanen Matti", phones="1"), True, CERTAIN, "phone"),
        (person("Virtanen Matti", phones="1"), False, POSSIBLE, "phone"),
        (person("Virtanen Matti", addresses="a", postals="00100"), True, CERTAIN, "address"),
        (person("Virtanen Matti", postals="00100"), False, POSSIBLE, "name_place"),
        (person("Virtanen Matti"), True, POSSIBLE, "name"),
        (person("Virtanen Matti"), False, DIFFERENT, ""),
        (person("Virtanen Matti", emails="koti@x.fi", born="1950-02-28"), True, DIFFERENT, ""),
        (
            person("Virtanen Maija", emails="koti@x.fi", phones="1", addresses="a", postals="00100"),
            True,
            DIFFERENT,
            "",
        ),
        (person("Virtanen Matti Johannes", emails="koti@x.fi"), False, POSSIBLE, "email"),
        (person("Virtannen Matti", phones="1"), False, POSSIBLE, "phone"),
        (person("Korhonen Matti", emails="koti@x.fi"), False, POSSIBLE, "email"),
        (person("Korhonen Matti", addresses="a", postals="00100"), True, DIFFERENT, ""),
        (Described("organisation", "virtanen matti", emails=frozenset({"koti@x.fi"})), True, DIFFERENT, ""),
    ],
)
def test_persons(other, own, strength, reason):
    found = compare(MATTI, other, own=own)
    assert found.strength == strength
    assert not reason or reason in found.reasons


def test_twins_of_one_household_are_two():
    aino = person("Virtanen Aino", born="2000-01-01", emails="koti@x.fi", addresses="a")
    eino = person("Virtanen Eino", born="2000-01-01", emails="koti@x.fi", addresses="a")
    assert not compare(aino, eino, own=True)


def test_the_registers_own_number_counts_only_in_the_own_association_and_with_the_name():
    row = person("Virtanen Matti", number="10001")
    assert compare(row, person("Virtanen Matti", number="10001"), own=True).strength == CERTAIN
    assert compare(row, person("Korhonen Kalle", number="10001"), own=True).strength == POSSIBLE
    assert not compare(row, person("Virtanen Matti", number="10001"), own=False)
    married = person("Korhonen Matti", number="10001", emails="m@x.fi")
    assert (
        compare(person("Virtanen Matti", number="10001", emails="m@x.fi"), married, own=True).strength
        == CERTAIN
    )


def test_a_person_with_the_same_holding():
    row = person("Virtanen Matti", holdings="1572860-0")
    assert compare(row, person("Virtanen Matti", holdings="1572860-0"), own=False).strength == CERTAIN
    assert not compare(row, person("Virtanen Maija", holdings="1572860-0"), own=False)


def organisation(name: str, y_tunnus: str = "", **sets: str) -> Described:
    return Described("organisation", name, y_tunnus=y_tunnus, **{k: frozenset({v}) for k, v in sets.items()})


@pytest.mark.parametrize(
    ("one", "other", "own", "strength"),
    [
        (organisation("a", "1"), organisation("b", "1"), False, CERTAIN),
        (organisation("a", "1"), organisation("a", "2", addresses="x"), True, DIFFERENT),
        (organisation("a", addresses="x"), organisation("a", "2", addresses="x"), True, CERTAIN),
        (
            organisation("a", addresses="x", postals="1"),
            organisation("a", addresses="x", postals="1"),
            False,
            POSSIBLE,
        ),
        (organisation("a"), organisation("a"), True, POSSIBLE),
        (organisation("a"), organisation("a"), False, DIFFERENT),
        (organisation("a", holdings="h"), organisation("a", holdings="h"), False, CERTAIN),
    ],
)
def test_organisations(one, other, own, strength):
    assert compare(one, other, own=own).strength == strength
