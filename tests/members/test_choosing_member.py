"""Another member on a form, by number or by name: the matches within one's reach are chosen from, and nobody else is told of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from jasenpalvelu.common import clock
from members.models import Membership, Party, PartyLink
from tests.cast import TODAY, Cast
from tests.members.board import member


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def maija(cast: Cast) -> Party:
    return cast.parties["maija"]


def test_a_spouse_is_found_by_name(client: Client, cast: Cast) -> None:
    spouse = member(cast, "Pekka").party
    cast.sign_in(client, "aino")
    address = reverse("office:member_link_add", args=[maija(cast).pk])
    sent = {"other": "puro pek", "kind": "spouse", "on": ""}
    html = client.post(address, sent).content.decode()
    assert "Valitse, ketä tarkoitat" in html
    assert f'value="{spouse.number}"' in html
    assert not PartyLink.objects.filter(party=maija(cast), kind="spouse").exists()
    assert client.post(address, sent | {"other": spouse.number}).status_code == 302
    assert PartyLink.objects.filter(party=maija(cast), other=spouse, kind="spouse").exists()


def test_somebody_else_is_written_anew(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    address = reverse("office:member_link_add", args=[maija(cast).pk])
    html = client.post(address, {"other": "?", "kind": "spouse", "on": ""}).content.decode()
    assert "Kirjoita nimi tai jäsennumero" in html
    assert 'value="?"' not in html


def test_a_payer_is_found_by_name_and_empty_is_the_member(client: Client, cast: Cast) -> None:
    payer = member(cast, "Pekka").party
    cast.sign_in(client, "aino")
    address = reverse("office:household_payer", args=[maija(cast).pk])
    assert payer.number in client.post(address, {"payer": "Puro", "on": "1.12.2026"}).content.decode()
    assert client.post(address, {"payer": payer.number, "on": "1.12.2026"}).status_code == 302
    assert PartyLink.objects.filter(party=maija(cast), other=payer, kind="payer").exists()


def test_the_payer_of_one_membership_is_found_by_name(client: Client, cast: Cast) -> None:
    payer = member(cast, "Pekka").party
    cast.sign_in(client, "riitta")
    row = Membership.objects.get(party=maija(cast), unit=cast.units["a"])
    address = reverse("office:membership", args=[maija(cast).pk, row.pk])
    sent = {"muutos": "maksaja", "maksaja-payer": "Puro"}
    assert payer.number in client.post(address, sent).content.decode()
    client.post(address, sent | {"maksaja-payer": payer.number})
    row.refresh_from_db()
    assert row.payer == payer


def test_the_other_entry_is_found_by_name(client: Client, cast: Cast) -> None:
    one, other = member(cast, "Pekka").party, member(cast, "Pekka").party
    cast.sign_in(client, "riitta")
    address = reverse("office:member_join", args=[one.pk])
    html = client.post(address, {"other": "Puro Pekka"}).content.decode()
    assert other.number in html
    assert f'value="{one.number}"' not in html, "not the member's own entry"
    done = client.post(address, {"other": other.number})
    assert done["Location"] == reverse("office:member_merge", args=[one.pk, other.pk])


@pytest.mark.parametrize("typed", ["Olematon", "Nordman"])
def test_of_those_out_of_reach_a_name_tells_nothing(client: Client, cast: Cast, typed: str) -> None:
    """Somebody of another association and nobody at all are answered in the same words."""
    far = member(cast, "Nordman", unit="b").party
    cast.sign_in(client, "aino")
    address = reverse("office:member_link_add", args=[maija(cast).pk])
    html = client.post(address, {"other": typed, "kind": "spouse", "on": ""}).content.decode()
    assert "Tämän nimistä ei löydy" in html
    assert far.number not in html


def test_a_common_beginning_asks_for_more(client: Client, cast: Cast) -> None:
    for _n in range(11):
        member(cast, "Pekka")
    cast.sign_in(client, "aino")
    address = reverse("office:member_link_add", args=[maija(cast).pk])
    html = client.post(address, {"other": "Puro", "kind": "spouse", "on": ""}).content.decode()
    assert "Kirjoita nimestä enemmän" in html
