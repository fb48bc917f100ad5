"""Who reaches whom: the scope of each role, and the outsider's twin."""

import pytest

from members.models import Membership, OrgUnit, Party
from members.scope import Scope
from members.searching import search_filter
from tests.cast import TODAY, Cast


def scope_of(cast: Cast, name: str) -> Scope:
    return Scope.for_user(cast.users[name], on=TODAY)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("aino", {"maija", "siiri", "estate"}),
        ("bo", {"lotta"}),
        ("tiina", {"maija", "siiri", "estate"}),
        ("riitta", {"maija", "siiri", "estate", "lotta"}),
        ("maija", set()),
        ("ulla", set()),
    ],
)
def test_parties_are_visible_by_membership_in_reach(cast: Cast, name: str, expected: set[str]) -> None:
    visible = set(Party.objects.visible_to(scope_of(cast, name)).values_list("pk", flat=True))
    assert visible == {cast.parties[who].pk for who in expected}


def test_nobody_sees_nothing(cast: Cast) -> None:
    assert not Party.objects.visible_to(Scope.nobody()).exists()
    assert not OrgUnit.objects.visible_to(Scope.nobody()).exists()


def test_a_party_of_two_associations_comes_once(cast: Cast) -> None:
    rows = Party.objects.visible_to(scope_of(cast, "tiina")).filter(pk=cast.parties["maija"].pk)
    assert rows.count() == 1
    assert (
        Membership.objects.visible_to(scope_of(cast, "tiina")).filter(party=cast.parties["maija"]).count()
        == 2
    )


def test_field_classes_follow_the_unit(cast: Cast) -> None:
    aino, unit = scope_of(cast, "aino"), cast.units
    assert aino.classes_for([unit["a"].pk]) == frozenset("ABCD")
    assert aino.classes_for([unit["b"].pk]) == frozenset()
    assert not aino.can("members.edit", unit["b"].pk)
    assert aino.can("members.edit", unit["a"].pk, "C")
    assert not aino.can("billing.run")


@pytest.mark.parametrize(
    "typed", ["metsä mai", "METSAPELTO", "050 555 0142", "maija@exa", "1572860-0", "koivu"]
)
def test_search_finds_by_what_people_type(cast: Cast, typed: str) -> None:
    found = Party.objects.filter(search_filter(typed, contacts=True))
    assert cast.parties["maija"] in found


def test_search_by_member_number_and_apostrophe(cast: Cast) -> None:
    siiri = cast.parties["siiri"]
    assert list(Party.objects.filter(search_filter(siiri.number, contacts=False))) == [siiri]
    assert siiri in Party.objects.filter(search_filter("o'brien", contacts=False))
    assert siiri in Party.objects.filter(search_filter("obrien", contacts=False))


def test_non_disclosed_contacts_are_not_searchable(cast: Cast) -> None:
    for typed in ("siiri@example.fi", "0405550199"):
        assert cast.parties["siiri"] not in Party.objects.filter(search_filter(typed, contacts=True))


def test_contacts_are_found_only_with_class_b(cast: Cast) -> None:
    assert cast.parties["maija"] not in Party.objects.filter(search_filter("0505550142", contacts=False))
