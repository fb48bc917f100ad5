"""A non-disclosure order hides municipality, address and contacts in every answer to everyone (REG-13)."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse
from hypothesis import given
from hypothesis import strategies as st

from jasenpalvelu.audit.models import AccessLog
from jasenpalvelu.common import clock
from members import masking
from members.models import ContactPoint, Membership, Party
from members.services import editing, lifecycle, registering
from tests.cast import TODAY, Cast
from tests.members.helpers import form_values

SECRETS = (
    "Koivulantie",
    "siiri@example.fi",
    "0405550199",
    "040 555 0199",
    "+358405550199",
    "Helsinki",
    "00100",
)
STAFF = ["aino", "olavi", "tiina", "riitta", "kaarlo"]
ONE = [
    "member", "member_history", "member_access", "member_edit", "member_unmask", "member_protection",
    "member_link_add", "holding_add", "membership_add",
]  # fmt: skip
LISTS = ["applications", "member_add"]


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@given(st.frozensets(st.sampled_from("ABCDE")), st.booleans(), st.booleans())
def test_the_rule_itself(classes: frozenset[str], order: bool, unmasked: bool) -> None:
    shown = masking.shown(classes, non_disclosure=order, unmasked=unmasked)
    if order and not unmasked:
        assert not shown.municipality
        assert not shown.contacts
    assert shown.municipality <= ("A" in classes)
    assert shown.contacts <= ("B" in classes)
    assert masking.viewing_is_logged(classes) == bool(classes & set("CDE"))


def stir(cast: Cast) -> None:
    """Give the protected person a history in which the hidden data is found."""
    siiri = cast.parties["siiri"]
    registering.set_contacts(party=siiri, on=TODAY, actor=None, phone="0405550199", email="siiri@example.fi")
    editing.edit_party(actor=None, party=siiri, values={"street": "Koivulantie 149"}, expected={}, on=TODAY)
    lifecycle.apply(actor=None, party=siiri, unit=cast.units["a2"], type=cast.types["personal"], on=TODAY)


@pytest.mark.parametrize("who", STAFF)
def test_no_page_of_any_role_tells(client: Client, cast: Cast, who: str) -> None:
    stir(cast)
    cast.sign_in(client, who)
    siiri = cast.parties["siiri"]
    membership = siiri.memberships.get(unit=cast.units["a"])
    addresses = [reverse(f"office:{name}", args=[siiri.pk]) for name in ONE]
    addresses += [
        reverse(f"office:{name}", args=[siiri.pk, membership.pk]) for name in ("membership", "membership_end")
    ]
    addresses += [reverse(f"office:{name}") for name in LISTS]
    addresses += [f"{url}?q=siiri" for url in _other_pages()]
    seen = 0
    for address in addresses:
        response = client.get(address)
        assert response.status_code in {200, 302, 403, 404}, address
        html = response.content.decode()
        if "Siiri" in html and response.status_code == 200:
            seen += 1
            page = _without_choices(html)
            for secret in SECRETS:
                if address in addresses[: len(ONE) + 2] or secret.startswith(("siiri", "040", "+358")):
                    assert secret not in page, (who, address, secret)
    assert seen >= 1


def _other_pages() -> list[str]:
    found = []
    for name in ("members", "search", "home"):
        try:
            found.append(reverse(f"office:{name}"))
        except NoReverseMatch:
            continue
    return found


def _without_choices(html: str) -> str:
    """The municipality's name stands in every list of choices; a chosen one would be a leak."""
    import re

    assert not re.search(r"<option[^>]*selected[^>]*>\s*Helsinki", html)
    return re.sub(r"<option.*?</option>", "", html, flags=re.DOTALL)


def test_the_edit_form_neither_shows_nor_empties_what_is_hidden(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    siiri = cast.parties["siiri"]
    target = reverse("office:member_edit", args=[siiri.pk])
    page = client.get(target)
    assert "040" not in str(page.context["seen"])
    assert client.post(target, form_values(page, first_names="Siiri Maria")).status_code == 302
    kinds = set(siiri.contact_points.filter(valid_to__isnull=True).values_list("kind", flat=True))
    assert kinds == {"email", "phone", "address"}
    assert Party.objects.get(pk=siiri.pk).home_municipality == "091"
    assert client.post(target, form_values(client.get(target), phone="050 111 2222")).status_code == 302
    phone = ContactPoint.objects.get(party=siiri, kind="phone", valid_to__isnull=True)
    assert phone.value == "050 111 2222"
    assert "050 111 2222" not in client.get(reverse("office:member", args=[siiri.pk])).content.decode()


def test_an_error_in_the_form_does_not_tell_either(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    target = reverse("office:member_edit", args=[cast.parties["siiri"].pk])
    response = client.post(target, form_values(client.get(target), last_name=""))
    assert response.status_code == 200
    page = _without_choices(response.content.decode())
    assert not any(secret in page for secret in SECRETS)


def test_a_stale_form_does_not_tell_hidden_values(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    siiri = cast.parties["siiri"]
    target = reverse("office:member_edit", args=[siiri.pk])
    page = client.get(target)
    editing.edit_party(
        actor=None, party=siiri, values={"phone": "050 777 6666", "language": "sv"}, expected={}, on=TODAY
    )
    html = client.post(target, form_values(page)).content.decode()
    assert "050 777 6666" not in html
    assert Party.objects.get(pk=siiri.pk).language == "sv"


def test_a_form_opened_before_the_order_neither_tells_nor_writes_what_it_hides(
    client: Client, cast: Cast
) -> None:
    """The seal of the old form names every contact, so each of them would stand in the list of what has changed."""
    cast.sign_in(client, "aino")
    maija = cast.parties["maija"]
    target = reverse("office:member_edit", args=[maija.pk])
    page = client.get(target)
    new = {"email": "uusi.salainen@example.fi", "street": "Salainen polku 3", "postal_code": "33100"}
    values = {"non_disclosure": True, "home_municipality": "837", "city": "TAMPERE", "language": "sv", **new}
    editing.edit_party(actor=None, party=maija, values=values, expected={}, on=TODAY)
    for typed in ({}, {"last_name": ""}):
        response = client.post(target, form_values(page, **typed))
        html = _without_choices(response.content.decode())
        assert response.status_code == 200
        for secret in (*new.values(), "TAMPERE", "Koivulantie", "maija@example.fi", "050 555 0142"):
            assert secret not in html, secret
    told = client.post(target, form_values(page)).context["conflicts"]
    assert [label for label, _value in told] == ["Kieli"]
    again = client.post(target, form_values(response, last_name="Metsäpelto"))
    assert again.status_code == 302
    email = ContactPoint.objects.get(party=maija, kind="email", valid_to__isnull=True)
    assert email.value == new["email"]


def test_an_order_alone_makes_an_old_form_ask_again(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    maija = cast.parties["maija"]
    target = reverse("office:member_edit", args=[maija.pk])
    page = client.get(target)
    editing.edit_party(actor=None, party=maija, values={"non_disclosure": True}, expected={}, on=TODAY)
    response = client.post(target, form_values(page, phone="050 111 2222"))
    assert response.status_code == 200
    assert response.context["conflicts"] == []
    assert "050" not in _without_choices(response.content.decode())
    assert ContactPoint.objects.get(party=maija, kind="phone", valid_to__isnull=True).value == "050 555 0142"


def test_setting_the_order_hides_at_once_and_an_ordinary_edit_cannot_lift_it(
    client: Client, cast: Cast
) -> None:
    cast.sign_in(client, "aino")
    maija = cast.parties["maija"]
    target = reverse("office:member_edit", args=[maija.pk])
    values = form_values(client.get(target), non_disclosure="on", non_disclosure_until="1.1.2030")
    assert client.post(target, values).status_code == 302
    html = client.get(reverse("office:member", args=[maija.pk])).content.decode()
    assert "050 555 0142" not in html
    assert "Ei näytetä" in html
    assert "non_disclosure" not in client.get(target).context["form"].fields
    with pytest.raises(editing.ProtectionError):
        editing.edit_party(actor=None, party=maija, values={"non_disclosure": False}, expected={}, on=TODAY)


# --- custodians -----------------------------------------------------------------------------------------------------
def test_a_custodian_sees_once_with_a_reason_that_is_kept(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "kaarlo")
    siiri = cast.parties["siiri"]
    target = reverse("office:member_unmask", args=[siiri.pk])
    for reason in ("", "x", "   "):
        response = client.post(target, {"reason": reason})
        assert response.context["form"].errors
        assert "Koivulantie" not in response.content.decode()
    assert not AccessLog.objects.filter(action="unmask").exists()
    html = client.post(target, {"reason": "Jäsenkortti postitetaan"}).content.decode()
    for shown in ("Koivulantie 148", "040 555 0199", "siiri@example.fi", "Helsinki"):
        assert shown in html
    entry = AccessLog.objects.get(action="unmask")
    assert (entry.user, entry.party_id, entry.reason) == (
        cast.users["kaarlo"],
        siiri.pk,
        "Jäsenkortti postitetaan",
    )
    assert "Koivulantie" not in client.get(target).content.decode()


@pytest.mark.parametrize("who", ["aino", "olavi", "tiina", "riitta", "bo", "ulla"])
@pytest.mark.parametrize("name", ["member_unmask", "member_protection"])
def test_others_cannot_unmask(client: Client, cast: Cast, who: str, name: str) -> None:
    cast.sign_in(client, who)
    target = reverse(f"office:{name}", args=[cast.parties["siiri"].pk])
    assert client.get(target).status_code == 404
    assert client.post(target, {"reason": "Haluan nähdä", "act": "lift"}).status_code == 404
    assert not AccessLog.objects.filter(action="unmask").exists()


def test_a_custodian_lifts_the_order(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "kaarlo")
    siiri = cast.parties["siiri"]
    target = reverse("office:member_protection", args=[siiri.pk])
    assert client.post(target, {"act": "lift", "reason": ""}).context["form"].errors
    assert client.post(target, {"act": "keep", "until": "1.1.2028", "reason": "Jatkettu"}).status_code == 302
    assert Party.objects.get(pk=siiri.pk).non_disclosure
    assert client.post(target, {"act": "lift", "reason": "Henkilön pyyntö"}).status_code == 302
    assert not Party.objects.get(pk=siiri.pk).non_disclosure
    assert client.get(target).status_code == 404


def test_nothing_to_unmask_without_an_order(client: Client, cast: Cast) -> None:
    target = reverse("office:member_unmask", args=[cast.parties["maija"].pk])
    assert cast.sign_in(client, "kaarlo").get(target).status_code == 404


def test_an_undo_of_others_does_not_exist(client: Client, cast: Cast) -> None:
    target = reverse("office:member_undo", args=[cast.parties["siiri"].pk, uuid4()])
    assert cast.sign_in(client, "bo").post(target).status_code == 404
    assert Membership.objects.filter(party=cast.parties["siiri"]).count() == 1
