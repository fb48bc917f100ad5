"""Editing a member's data, its holdings and its links (REG-2, REG-3)."""

import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from jasenpalvelu.common import clock
from members.models import ContactPoint, FeeBasisValue, Holding, Party, PartyLink
from members.services import editing, holdings, lifecycle, registering
from tests.cast import JOINED, TODAY, Cast
from tests.members.helpers import form_values


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def address(cast: Cast, who: str = "maija", name: str = "member_edit", *more: int) -> str:
    return reverse(f"office:{name}", args=[cast.parties[who].pk, *more])


def save(client: Client, cast: Cast, who: str = "maija", **values: object):  # type: ignore[no-untyped-def]
    page = client.get(address(cast, who))
    assert page.status_code == 200
    return client.post(address(cast, who), form_values(page, **values))


def primary(party: Party, kind: str) -> ContactPoint | None:
    return party.contact_points.filter(kind=kind, valid_to__isnull=True).first()


# --- who may --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("who", "whose"),
    [("bo", "maija"), ("tiina", "maija"), ("ulla", "maija"), ("maija", "maija"), ("aino", "lotta")],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_others_find_no_form(client: Client, cast: Cast, who: str, whose: str, method: str) -> None:
    cast.sign_in(client, who)
    assert getattr(client, method)(address(cast, whose)).status_code == 404


def test_an_association_the_member_has_left_does_not_edit_while_another_has_them(
    client: Client, cast: Cast
) -> None:
    maija = cast.parties["maija"]
    lifecycle.end(
        actor=None,
        membership=maija.memberships.get(unit=cast.units["a"]),
        kind="resigned",
        effective_on=TODAY,
    )
    assert cast.sign_in(client, "aino").get(address(cast)).status_code == 404
    lifecycle.end(
        actor=None,
        membership=maija.memberships.get(unit=cast.units["a2"]),
        kind="resigned",
        effective_on=TODAY,
    )
    assert client.get(address(cast)).status_code == 200


# --- what is saved --------------------------------------------------------------------------------------------------
def test_only_what_changed_is_written_and_the_history_knows_who(client: Client, cast: Cast) -> None:
    from jasenpalvelu.audit.models import Change, Mutation

    cast.sign_in(client, "aino")
    before = primary(cast.parties["maija"], "phone")
    response = save(client, cast, email="Maija.Uusi@Example.FI", last_name="Metsäpelto-Virta")
    assert response.status_code == 302
    party = Party.objects.get(pk=cast.parties["maija"].pk)
    assert party.display_name == "Metsäpelto-Virta Maija"
    assert primary(party, "email").value == "maija.uusi@example.fi"
    assert primary(party, "phone") == before
    mutation = Mutation.objects.filter(kind="party.edit").latest("at")
    assert mutation.actor == cast.users["aino"]
    assert "members_contactpoint" in {c.table_name for c in Change.objects.filter(mutation=mutation)}


def test_saving_without_a_change_writes_nothing(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    rows = ContactPoint.objects.count()
    assert save(client, cast).status_code == 302
    assert ContactPoint.objects.count() == rows


def test_errors_stand_by_the_field_and_what_was_typed_is_kept(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    typed = {"email": "maija.example.fi", "postal_code": "1234", "phone": "ei ole", "birth_date": "31.2.1960"}
    response = save(client, cast, **typed)
    html = response.content.decode()
    assert response.status_code == 200
    assert set(response.context["form"].errors) >= set(typed)
    assert "Postinumerossa on viisi numeroa. Kirjoitit neljä." in html
    assert "@-merkki" in html
    assert "<title>Virhe:" in html.replace("\n", "").replace("<title> ", "<title>") or "Virhe:" in html
    for text in typed.values():
        assert text in html
    assert primary(cast.parties["maija"], "email").value == "maija@example.fi"


def test_a_new_postal_code_brings_its_post_office_unless_another_is_written(
    client: Client, cast: Cast
) -> None:
    """Who moves writes the street and the code; the old town must not stay beside the new code."""
    cast.sign_in(client, "aino")
    assert save(client, cast, street="Uusikuja 7", postal_code="33100").status_code == 302
    assert primary(cast.parties["maija"], "address").city == "Tampere"  # type: ignore[union-attr]
    assert save(client, cast, postal_code="00100", city="Helsingfors").status_code == 302
    assert primary(cast.parties["maija"], "address").city == "Helsingfors"  # type: ignore[union-attr]
    assert save(client, cast, street="Uusikuja 8").status_code == 302
    assert primary(cast.parties["maija"], "address").city == "Helsingfors", "an untouched one stays"  # type: ignore[union-attr]


def test_the_post_office_comes_from_the_postal_code(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    assert save(client, cast, postal_code="33100", city="").status_code == 302
    assert primary(cast.parties["maija"], "address").city.upper() == "TAMPERE"


def test_a_birth_date_needs_its_purpose(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    response = save(client, cast, birth_date="1.2.1960")
    assert "birth_date_purpose" in response.context["form"].errors
    assert save(client, cast, birth_date="1.2.1960", birth_date_purpose="Ikäraja").status_code == 302
    assert Party.objects.get(pk=cast.parties["maija"].pk).person.birth_date == date(1960, 2, 1)
    assert save(client, cast, birth_date="", birth_date_purpose="Ikäraja").status_code == 302
    person = Party.objects.get(pk=cast.parties["maija"].pk).person
    assert (person.birth_date, person.birth_date_purpose) == (None, "")


def test_an_organisation_has_its_own_fields(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    response = save(client, cast, "estate", y_tunnus="0284617-4")
    assert "y_tunnus" in response.context["form"].errors
    assert (
        save(client, cast, "estate", y_tunnus="FI02846173", name="Niittyvirran kuolinpesä").status_code == 302
    )
    party = Party.objects.get(pk=cast.parties["estate"].pk)
    assert (party.organisation.y_tunnus, party.display_name) == ("0284617-3", "Niittyvirran kuolinpesä")


def test_a_field_outside_the_class_is_not_written(client: Client, cast: Cast) -> None:
    """A forged field of a class the editor lacks changes nothing."""
    from jasenpalvelu.audit.services import mutation
    from members.models import RoleGrant

    with mutation(actor=None, kind="test.grant"):
        RoleGrant.objects.filter(template__code="secretary", capability="members.edit").update(classes="A")
    cast.sign_in(client, "aino")
    response = save(client, cast, first_names="Maija Liisa", email="muu@example.fi", birth_date="1.2.1960")
    assert response.status_code == 302
    party = Party.objects.get(pk=cast.parties["maija"].pk)
    assert party.person.first_names == "Maija Liisa"
    assert party.person.birth_date is None
    assert primary(party, "email").value == "maija@example.fi"


# --- stale edits ----------------------------------------------------------------------------------------------------
def test_a_stale_form_says_what_changed_and_keeps_what_was_typed(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    page = client.get(address(cast))
    editing.edit_party(
        actor=None, party=cast.parties["maija"], values={"phone": "040 999 8877"}, expected={}, on=TODAY
    )
    response = client.post(address(cast), form_values(page, first_names="Maija Kaarina"))
    html = response.content.decode()
    assert response.status_code == 200
    assert "040 999 8877" in html
    assert "Maija Kaarina" in html
    assert Party.objects.get(pk=cast.parties["maija"].pk).person.first_names == "Maija"
    again = client.post(address(cast), form_values(response))
    assert again.status_code == 302
    assert Party.objects.get(pk=cast.parties["maija"].pk).person.first_names == "Maija Kaarina"


def test_a_seal_of_another_member_or_a_forged_one_is_refused(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    other = client.get(address(cast, "estate")).context["seen"]
    page = client.get(address(cast))
    for seal in (other, "", "x"):
        values = form_values(page, first_names="Väärä") | {"seen": seal}
        assert client.post(address(cast), values).status_code == 404
    assert client.post(address(cast), {}).status_code == 200


def test_a_form_left_open_over_night_is_looked_at_again(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.sign_in(client, "aino")
    page = client.get(address(cast))
    values = form_values(page, first_names="Maija Kaarina")
    start = time.time()
    monkeypatch.setattr("django.core.signing.time.time", lambda: start + 13 * 3600)
    response = client.post(address(cast), values)
    assert response.status_code == 200
    assert "Maija Kaarina" in response.content.decode()
    assert Party.objects.get(pk=cast.parties["maija"].pk).person.first_names == "Maija"
    assert client.post(address(cast), form_values(response)).status_code == 302
    assert Party.objects.get(pk=cast.parties["maija"].pk).person.first_names == "Maija Kaarina"


# --- holdings -------------------------------------------------------------------------------------------------------
def koivula() -> Holding:
    return Holding.objects.get(name="Koivula")


def bases_form(client: Client, cast: Cast, **values: str) -> dict[str, str]:
    form = client.get(address(cast, "maija", "holding_edit", koivula().pk)).context["bases"]
    sent = {bound.html_name: bound.field.widget.format_value(bound.value()) or "" for bound in form}
    return {**sent, "lomake": "perusteet", **{f"perusteet-{k}": v for k, v in values.items()}}


def test_a_new_value_ends_the_old_one(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    values = bases_form(
        client, cast, basis_field_ha_0="48,30", valid_from="1.7.2026", source="Peltorekisteri"
    )
    assert client.post(address(cast, "maija", "holding_edit", koivula().pk), values).status_code == 302
    rows = FeeBasisValue.objects.filter(holding=koivula(), kind="field_ha").order_by("valid_from")
    assert [(r.value, r.valid_from, r.valid_to) for r in rows] == [
        (Decimal("30.00"), JOINED, date(2026, 6, 30)),
        (Decimal("48.30"), date(2026, 7, 1), None),
    ]
    assert (rows[1].source, rows[1].confirmed_by) == ("Peltorekisteri", "Aino Sihteeri")
    assert FeeBasisValue.objects.filter(holding=koivula(), kind="animal_units").count() == 1


def test_new_numbers_need_their_source_and_may_not_begin_before_the_old(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    target = address(cast, "maija", "holding_edit", koivula().pk)
    response = client.post(target, bases_form(client, cast, basis_field_ha_0="48,30"))
    assert "source" in response.context["bases"].errors
    response = client.post(
        target, bases_form(client, cast, basis_field_ha_0="48,30", source="x", valid_from="1.1.2019")
    )
    assert "valid_from" in response.context["bases"].errors
    response = client.post(target, bases_form(client, cast, basis_field_ha_0="-3", source="x"))
    assert "basis_field_ha_0" in response.context["bases"].errors


def test_a_holding_of_others_is_not_found(client: Client, cast: Cast) -> None:
    foreign = holdings.create_holding(actor=None, name="Vieras", responsible=cast.parties["lotta"], on=TODAY)
    cast.sign_in(client, "aino")
    assert client.get(address(cast, "maija", "holding_edit", foreign.pk)).status_code == 404
    cast.sign_in(client, "bo")
    assert client.get(address(cast, "maija", "holding_edit", koivula().pk)).status_code == 404


def test_a_business_id_stands_on_one_holding_only(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    values = {"name": "Toinen tila", "y_tunnus": "1572860-0", "municipality": ""}
    response = client.post(address(cast, "estate", "holding_add"), values)
    assert "y_tunnus" in response.context["form"].errors
    response = client.post(address(cast, "estate", "holding_add"), values | {"y_tunnus": ""})
    assert response.status_code == 302
    holding = Holding.objects.get(name="Toinen tila")
    assert cast.parties["estate"].memberships.get().holding == holding


def test_the_responsible_member_is_one_of_the_holding(cast: Cast) -> None:
    with pytest.raises(holdings.HoldingError, match="not_member"):
        holdings.update_holding(
            actor=None, holding=koivula(), values={"responsible": cast.parties["siiri"]}, on=TODAY
        )


# --- links ----------------------------------------------------------------------------------------------------------
def test_a_link_is_added_by_member_number_and_ended(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    siiri = cast.parties["siiri"]
    target = address(cast, "maija", "member_link_add")
    assert client.post(target, {"other": siiri.number, "kind": "spouse"}).status_code == 302
    twice = client.post(
        address(cast, "siiri", "member_link_add"), {"other": cast.parties["maija"].number, "kind": "spouse"}
    )
    assert twice.context["form"].errors
    link = PartyLink.objects.get()
    end = address(cast, "siiri", "member_link_end", link.pk)
    assert "Metsäpelto" in client.get(end).content.decode()
    assert client.post(end).status_code == 302
    assert not PartyLink.objects.on(TODAY).exists()


@pytest.mark.parametrize("number", ["", "20479-9", "99999-0", "abc"])
def test_a_wrong_number_is_an_error(client: Client, cast: Cast, number: str) -> None:
    response = cast.sign_in(client, "aino").post(
        address(cast, "maija", "member_link_add"), {"other": number, "kind": "child"}
    )
    assert "other" in response.context["form"].errors


def test_a_member_of_others_is_not_found_by_number(client: Client, cast: Cast) -> None:
    response = cast.sign_in(client, "aino").post(
        address(cast, "maija", "member_link_add"), {"other": cast.parties["lotta"].number, "kind": "child"}
    )
    assert "other" in response.context["form"].errors
    assert "Ängström" not in response.content.decode()
    assert not PartyLink.objects.exists()


def test_a_link_of_another_member_cannot_be_ended(client: Client, cast: Cast) -> None:
    from members.services.households import add_link

    other = registering.create_person(actor=None, first_names="Eero", last_name="Ängström", on=TODAY)
    link = add_link(actor=None, party=cast.parties["lotta"], other=other, kind="child", on=TODAY)
    cast.sign_in(client, "aino")
    assert client.post(address(cast, "maija", "member_link_end", link.pk)).status_code == 404
