"""Numbers of an earlier register: kept, found, shown, and what other rows and later files say by them."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from members.models import FormerNumber, Membership, Party, PartyLink
from members.models.parties import LinkKind
from members.searching import search_filter
from tests.members.importing.helpers import checked, codes, rows, saved, taken_back, verdicts

pytestmark = pytest.mark.django_db
HEAD = {"Jäsennro": "K-1007", "Sukunimi": "Uusi", "Etunimi": "Urho", "Sähköposti": "urho@example.fi"}
FAMILY = {"Jäsennro": "K-1008", "Sukunimi": "Uusi", "Etunimi": "Ulla", "Jäsentyyppi": "Perheenjäsen"}


def named(name: str) -> Party:
    return Party.objects.get(display_name=name)


def found(text: str) -> set[str]:
    condition = search_filter(text, contacts=False)
    assert condition is not None
    return set(Party.objects.filter(condition).values_list("display_name", flat=True))


def test_the_old_number_is_kept_searched_for_and_shown_with_its_source(cast, client):
    saved(checked(cast, [HEAD]))
    urho = named("Uusi Urho")
    kept = FormerNumber.objects.get(party=urho)
    assert (kept.number, kept.unit, "jasenet.csv" in kept.source) == ("K-1007", cast.units["a"], True)
    assert found("K-1007") == {"Uusi Urho"}
    page = cast.sign_in(client, "olavi").get(reverse("office:member", args=[urho.pk])).content.decode()
    assert re.search(r"Vanha jäsennumero K-1007 \(.*jasenet.csv\)", page)


def test_a_known_member_gets_the_number_once(cast):
    maija = {"Jäsennro": "77", "Sukunimi": "Metsäpelto", "Etunimi": "Maija", "Sähköposti": "maija@example.fi"}
    batch = checked(cast, [maija])
    assert verdicts(batch) == ["update"]
    assert rows(batch)[0].diff == {"former_number": ["", "77"]}
    saved(batch)
    assert found("77") >= {"Metsäpelto Maija"}
    assert verdicts(checked(cast, [maija])) == ["same"]


def test_the_registers_own_number_is_not_an_old_one(cast):
    number = cast.parties["maija"].number
    maija = {
        "Jäsennro": number,
        "Sukunimi": "Metsäpelto",
        "Etunimi": "Maija",
        "Sähköposti": "maija@example.fi",
    }
    assert verdicts(checked(cast, [maija])) == ["same"]


def test_taking_back_takes_the_number_too(cast):
    maija = {
        "Jäsennro": "K-77",
        "Sukunimi": "Metsäpelto",
        "Etunimi": "Maija",
        "Sähköposti": "maija@example.fi",
    }
    taken_back(saved(checked(cast, [maija, HEAD])))
    assert not FormerNumber.objects.exists()
    assert found("K-77") == set()


@pytest.mark.parametrize("by", ["former", "own"])
def test_a_later_file_refers_to_members_by_either_number(cast, by):
    saved(checked(cast, [HEAD]))
    urho = named("Uusi Urho")
    number = "K-1007" if by == "former" else urho.number
    saved(checked(cast, [FAMILY | {"Perheen päämies": number, "Maksaja": number, "Puoliso": number}]))
    ulla = named("Uusi Ulla")
    assert Membership.objects.get(party=ulla).payer == urho
    assert set(PartyLink.objects.filter(party=ulla, other=urho).values_list("kind", flat=True)) == {
        LinkKind.SPOUSE,
        LinkKind.PAYER,
    }


def test_the_number_of_another_associations_list_is_nobody_here(cast):
    saved(checked(cast, [HEAD], unit="a2", user="riitta"))
    batch = checked(cast, [FAMILY | {"Maksaja": "K-1007"}])
    assert "reference_unknown" in codes(rows(batch)[0])


def test_family_members_for_whom_nobody_pays_are_told(cast, client):
    paid = FAMILY | {"Jäsennro": "K-1009", "Etunimi": "Paavo", "Maksaja": "K-1007"}
    batch = checked(cast, [HEAD, FAMILY, paid])
    assert ["family_alone" in codes(row) for row in rows(batch)] == [False, True, False]
    olavi = cast.sign_in(client, "olavi")
    address = reverse("office:import", args=[batch.pk])
    assert "1 perheenjäsen ilman maksajaa" in olavi.get(address).content.decode()
    page = olavi.get(f"{address}?nakyma=family").content.decode()
    assert "Uusi Ulla" in page
    assert "Uusi Paavo" not in page
    saved(batch)
    assert "1 perheenjäsen ilman maksajaa" in olavi.get(address).content.decode()
