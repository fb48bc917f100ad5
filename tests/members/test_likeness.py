"""What makes two entries alike, and what never does."""

from __future__ import annotations

from datetime import date

import pytest

from members.importing.wording import REASONS
from members.likeness import LEAST, LIKELY, MOST, NAME_POINTS, POINTS, Names, weigh

BORN, OTHER = date(1970, 5, 12), date(1971, 5, 12)


def names(last: str, first: str, born: date | None = None) -> Names:
    return Names.of("person", last, first, born)


@pytest.mark.parametrize(
    ("one", "other", "shared", "reasons"),
    [
        (("Virtanen", "Matti", BORN), ("Virtanen", "Matti", BORN), (), ("name", "birth")),
        (("Virtanen", "Matti", None), ("Virtanen", "Matti", None), ("address", "place"), ("name", "address")),
        (("Virtanen", "Matti", None), ("Virtanen", "Matti", None), ("place",), ("name_place",)),
        (("Virtanen", "Matti", BORN), ("Matti", "Virtanen", BORN), (), ("name_swapped", "birth")),
        (("Virtanen", "Matti", BORN), ("Virtanen", "Matti Johannes", BORN), (), ("birth", "name_like")),
        (("Metsäpelto", "Maija", BORN), ("Metsapelto", "Maija", None), ("email",), ("name", "email")),
        (("Virtanen", "Marjatta", BORN), ("Virtanen", "Marjata", BORN), (), ("birth", "name_like")),
        (("Lahti", "Maija", BORN), ("Virtanen", "Maija", BORN), ("phone",), ("birth", "phone", "given_name")),
        (("Lahti", "Maija", BORN), ("Virtanen-Lahti", "Maija", BORN), (), ("birth", "name_like")),
        (("Virtanen", "Matti", date(1970, 5, 12)), ("Virtanen", "Matti", date(1970, 12, 5)), ("phone",),
         ("name", "phone", "birth_like")),
    ],
)  # fmt: skip
def test_these_are_shown(one, other, shared, reasons):
    found = weigh(names(*one), names(*other), frozenset(shared))
    assert (found.reasons, LEAST <= found.score <= MOST) == (reasons, True)
    assert weigh(names(*other), names(*one), frozenset(shared)) == found


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        # a household: everything but the first name
        (("Virtanen", "Matti", None), ("Virtanen", "Liisa", None), ("address", "email", "phone", "holding")),
        # twins
        (("Virtanen", "Matti", BORN), ("Virtanen", "Mika", BORN), ("address", "phone")),
        # father and son
        (
            ("Virtanen", "Matti", BORN),
            ("Virtanen", "Matti", date(1998, 5, 12)),
            ("address", "phone", "email"),
        ),
        (("Virtanen", "Matti", BORN), ("Virtanen", "Matti", OTHER), ("email",)),
        # namesakes
        (("Virtanen", "Matti", None), ("Virtanen", "Matti", None), ()),
        (("Virtanen", "Matti", BORN), ("Korhonen", "Matti", BORN), ()),
        (("von Essen", "Carl", None), ("von Wright", "Carl", None), ("phone",)),
        (("Arto", "Niemi", None), ("Arno", "Niemi", None), ()),
    ],
)
def test_these_are_not(one, other, shared):
    assert weigh(names(*one), names(*other), frozenset(shared)).score < LEAST


def test_a_person_is_no_organisation():
    same = frozenset({"email", "phone", "address"})
    assert weigh(Names.of("organisation", "Mäkelä"), Names.of("person", "Mäkelä"), same).score == 0


def test_organisations_are_known_by_their_number():
    one, other = Names.of("organisation", "Mäkelän tila"), Names.of("organisation", "Mäkelä Oy")
    assert weigh(one, other, frozenset({"y_tunnus"})).score >= LEAST
    assert weigh(one, one, frozenset({"y_tunnus"})).score >= LIKELY
    assert weigh(one, other, frozenset({"phone"})).score == 0


def test_only_a_whole_name_and_something_beside_it_is_told_elsewhere():
    one = names("Virtanen", "Matti", BORN)
    assert weigh(one, one, frozenset()).tellable
    assert weigh(names("Virtanen", "Matti"), names("Virtanen", "Matti"), frozenset({"email"})).tellable
    assert not weigh(names("Virtanen", "Matti"), names("Virtanen", "Matti"), frozenset({"address"})).tellable
    assert not weigh(one, names("Virtanen", "Matti Johannes", BORN), frozenset({"email", "phone"})).tellable


def test_every_reason_has_its_words():
    assert set(POINTS) | set(NAME_POINTS) <= set(REASONS)
