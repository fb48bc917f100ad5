"""A member keeps their own contact details in order (REG-2, REG-14)."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from jasenpalvelu.audit.services import mutation
from members.models import ContactPoint, EmailChange, PartyLogin
from members.services import registering
from tests.cast import TODAY, Cast
from tests.members.helpers import form_values
from tests.post import deliver

PAGE = reverse("portal:details_edit")


@pytest.fixture
def maija(client: Client, cast: Cast) -> Client:
    return cast.sign_in(client, "maija")


def send(client: Client, **values: Any) -> Any:
    return client.post(PAGE, form_values(client.get(PAGE), **values))


def contacts(cast: Cast, name: str = "maija") -> dict[str, tuple[str, str]]:
    rows = ContactPoint.objects.filter(party=cast.parties[name], valid_to=None)
    return {row.kind: (row.value, row.source) for row in rows}


def test_what_is_changed_is_the_members_own_word_and_the_rest_stays(maija: Client, cast: Cast) -> None:
    response = send(maija, street="Uusitie 7 B 12", postal_code="33100", language="sv")
    assert (response.status_code, response.url) == (302, reverse("portal:details"))
    assert contacts(cast) == {
        "address": ("Uusitie 7 B 12", "member"),
        "email": ("maija@example.fi", "office"),
        "phone": ("050 555 0142", "office"),
    }
    cast.parties["maija"].refresh_from_db()
    assert cast.parties["maija"].language == "sv"
    assert "TAMPERE" in maija.get(reverse("portal:details")).text.upper()
    assert not deliver()


def test_a_name_is_not_changed_here(maija: Client, cast: Cast) -> None:
    assert "first_names" not in maija.get(PAGE).context["form"].fields
    send(maija, first_names="Marja", last_name="Muu", birth_date="1.1.1990", non_disclosure="on")
    cast.parties["maija"].refresh_from_db()
    assert cast.parties["maija"].display_name == "Metsäpelto Maija"
    assert not cast.parties["maija"].non_disclosure


def test_a_new_address_of_mail_is_told_to_the_old_one(
    maija: Client, cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        send(maija, email="uusi@example.fi")
    assert contacts(cast)["email"] == ("uusi@example.fi", "member")
    assert [message.to for message in deliver()] == [["maija@example.fi"]]
    assert "uusi@example.fi" not in mail.outbox[0].body


def test_an_error_stands_beside_the_field_and_what_was_typed_is_kept(maija: Client, cast: Cast) -> None:
    response = send(maija, email="maija(at)example.fi", street="Uusitie 7")
    assert response.context["form"].errors.keys() == {"email"}
    assert "Uusitie 7" in response.text
    assert contacts(cast)["address"][0] == "Koivulantie 148"


def test_what_the_office_changed_meanwhile_is_not_overwritten(maija: Client, cast: Cast) -> None:
    old = form_values(maija.get(PAGE), phone="040 123 4567")
    with mutation(actor=None, kind="test"):
        registering.set_contacts(
            party=cast.parties["maija"], on=TODAY, actor=None, phone="050 999 8888", source="office"
        )
    response = maija.post(PAGE, old)
    assert response.status_code == 200
    assert "050 999 8888" in response.text
    assert contacts(cast)["phone"][0] == "050 999 8888"
    again = maija.post(PAGE, form_values(response))
    assert again.status_code == 302
    assert contacts(cast)["phone"] == ("040 123 4567", "member")


def test_under_an_order_the_member_sees_and_changes_the_own_address(client: Client, cast: Cast) -> None:
    with mutation(actor=None, kind="test"):
        PartyLogin.objects.create(user=cast.users["ulla"], party=cast.parties["siiri"])
    cast.sign_in(client, "ulla")
    assert client.get(PAGE).status_code == 200
    assert send(client, street="Salatie 1", postal_code="00100").status_code == 302
    assert contacts(cast, "siiri")["address"] == ("Salatie 1", "member")


def test_somebody_with_a_post_gets_a_new_address_only_after_a_week(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    send(client, email="varas@example.fi")
    assert contacts(cast, "aino")["email"][0] == "aino@example.fi"
    assert EmailChange.objects.get().new == "varas@example.fi"


def test_another_members_form_does_not_fit_and_nobody_has_none(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "maija")
    mine = form_values(client.get(PAGE), phone="040 123 4567")
    other = Client()
    cast.sign_in(other, "olavi")
    assert other.post(PAGE, mine).status_code == 404
    assert other.post(PAGE, {"phone": "040 123 4567"}).status_code == 404
    stranger = Client()
    cast.sign_in(stranger, "ulla")
    assert stranger.get(PAGE).status_code == 404
