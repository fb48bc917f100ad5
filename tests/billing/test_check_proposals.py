"""What the office makes of corrections that payers propose (REG-16)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from billing.models import DataProposal
from billing.models.checks import Via
from billing.services import deciding
from billing.services.deciding import DecisionError
from jasenpalvelu.audit.models import AccessLog
from jasenpalvelu.common import clock
from members.models import ContactPoint, EmailChange, FeeBasisKind, FeeBasisValue, Holding
from members.scope import Scope
from members.services import holdings, households, lifecycle, registering
from members.services.holdings import Basis
from tests.billing import runs
from tests.billing.checks import (
    accept,
    basis_field,
    begun,
    check_of,
    confirm,
    new_code,
    page_of,
    proposed,
    sent_form,
)
from tests.cast import JOINED, TODAY, Cast
from tests.members.helpers import appoint
from tests.post import deliver

pytestmark = pytest.mark.usefixtures("asked")


def test_an_accepted_area_comes_into_force_with_its_source(client: Client, cast: Cast) -> None:
    proposal = proposed(client, cast)
    cast.sign_in(client, "aino")
    client.post(reverse("office:proposal_accept", args=[proposal.pk]))
    value = FeeBasisValue.objects.get(kind="forest_ha_south", valid_to=None)
    assert (value.value, value.confirmed_by, value.confirmed_on) == (45, "Metsäpelto Maija", TODAY)
    assert value.source
    proposal.refresh_from_db()
    assert (proposal.state, proposal.decided_by) == ("accepted", cast.users["aino"])


def test_an_accepted_area_holds_for_the_whole_year_that_was_asked_about(client: Client, cast: Cast) -> None:
    """A run of the year prices as of its own day, which may be long before the day of accepting."""
    accept(cast, proposed(client, cast))
    value = FeeBasisValue.objects.get(kind="forest_ha_south", valid_to=None)
    assert value.valid_from == date(2026, 1, 1)
    run = runs.previewed(runs.make_run(cast.units["a"]))
    assert runs.items(run)["Metsäpelto Maija"].total == 65


def test_what_has_been_charged_stands_and_the_area_holds_from_today(client: Client, cast: Cast) -> None:
    proposal = proposed(client, cast)
    runs.issued(runs.make_run(cast.units["a"]))
    accept(cast, proposal)
    assert FeeBasisValue.objects.get(kind="forest_ha_south", valid_to=None).valid_from == TODAY


def test_a_value_that_began_within_the_year_is_put_right_itself(client: Client, cast: Cast) -> None:
    began = date(2026, 3, 1)
    change(Decimal(120), on=began)
    accept(cast, proposed(client, cast))
    rows = FeeBasisValue.objects.filter(kind="forest_ha_south").order_by("valid_from")
    assert [(r.value, r.valid_from) for r in rows] == [(100, JOINED), (45, began)]


def test_the_day_of_a_correction_made_at_night_is_the_finnish_one(client: Client, cast: Cast) -> None:
    with clock.frozen("2026-11-23T01:30"):
        proposal = proposed(client, cast)
    accept(cast, proposal)
    value = FeeBasisValue.objects.get(kind="forest_ha_south", valid_to=None)
    assert value.confirmed_on == date(2026, 11, 23)


def change(value: Decimal, *, on: date = TODAY) -> None:
    holdings.set_fee_bases(
        actor=None,
        holding=Holding.objects.get(name="Koivula"),
        bases=[Basis(FeeBasisKind.objects.get(pk="forest_ha_south"), value)],
        valid_from=on,
        source="metsätiedot",
        confirmed_by="",
        confirmed_on=None,
    )


def test_a_proposal_does_not_overwrite_what_was_entered_since(client: Client, cast: Cast) -> None:
    proposal = proposed(client, cast)
    change(Decimal(98))
    with pytest.raises(DecisionError, match="changed"):
        accept(cast, proposal)
    cast.sign_in(client, "aino")
    page = client.post(reverse("office:proposal_accept", args=[proposal.pk]), follow=True)
    assert "on muuttunut" in page.content.decode()
    assert FeeBasisValue.objects.get(kind="forest_ha_south", valid_to=None).value == 98


# --- who may decide ---------------------------------------------------------------------------------------------------
@pytest.fixture
def member_of_b(cast: Cast) -> None:
    lifecycle.start(
        actor=None,
        party=cast.parties["maija"],
        unit=cast.units["b"],
        type=cast.types["personal"],
        started_on=JOINED,
    )


@pytest.mark.usefixtures("member_of_b")
def test_fee_bases_of_a_holding_elsewhere_are_not_mine_to_accept(client: Client, cast: Cast) -> None:
    """The payer is a member here too; the holding and its areas are another association's business."""
    proposal = proposed(client, cast)
    cast.sign_in(client, "bo")
    assert "Koivula" not in client.get(reverse("office:proposals")).content.decode()
    for name in ("proposal_accept", "proposal_refuse", "proposal_look"):
        address = reverse(f"office:{name}", args=[proposal.pk])
        assert client.get(address).status_code == 404
        assert client.post(address, {"sure": "1", "reason": "Ei pidä paikkaansa"}).status_code == 404
    with pytest.raises(DecisionError, match="decided"):
        accept(cast, proposal, "bo")
    proposal.refresh_from_db()
    assert proposal.state == "waiting"


@pytest.mark.usefixtures("member_of_b")
def test_what_is_said_in_words_is_seen_where_the_payer_is_a_member(client: Client, cast: Cast) -> None:
    begun(cast)
    page = client.get(page_of(check_of(cast)))
    client.post(page_of(check_of(cast)), sent_form(page, text="Maksaja on vaihtunut"))
    cast.sign_in(client, "bo")
    assert "Maksaja on vaihtunut" in client.get(reverse("office:proposals")).content.decode()


def test_the_address_of_a_member_elsewhere_is_not_accepted_here(client: Client, cast: Cast) -> None:
    """Lotta of B pays for somebody in A: A asks her, B knows whose address it is."""
    lotta = cast.parties["lotta"]
    households.add_link(actor=None, party=cast.parties["siiri"], other=lotta, kind="payer", on=JOINED)
    begun(cast)
    check = check_of(cast, "lotta")
    client.post(page_of(check), sent_form(client.get(page_of(check)), email="uusi@example.fi"))
    proposal = DataProposal.objects.get()
    with pytest.raises(DecisionError):
        accept(cast, proposal, "aino")
    accept(cast, proposal, "bo")
    assert ContactPoint.objects.filter(party=lotta, value="uusi@example.fi", valid_to=None).exists()


# --- e-mail addresses -------------------------------------------------------------------------------------------------
def new_address(client: Client, cast: Cast, via: str = Via.LINK, **told: object) -> DataProposal:
    begun(cast)
    page = page_of(check_of(cast), via)
    client.post(page, sent_form(client.get(page), **{"email": "uusi@example.fi", **told}))
    return DataProposal.objects.get(kind="email")


def test_an_address_is_accepted_after_it_was_looked_at_and_the_old_one_is_told(
    client: Client, cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    proposal = new_address(client, cast)
    cast.sign_in(client, "aino")
    address = reverse("office:proposal_accept", args=[proposal.pk])
    page = client.post(address)
    assert page.status_code == 200
    assert not ContactPoint.objects.filter(value="uusi@example.fi").exists()
    assert all(told in page.content.decode() for told in ("maija@example.fi", "uusi@example.fi"))
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(address, {"sure": "1"}).status_code == 302
    assert ContactPoint.objects.filter(value="uusi@example.fi", valid_to=None).exists()
    assert [message.to for message in deliver()] == [["maija@example.fi"]]
    assert "uusi@example.fi" not in mail.outbox[0].body


def test_an_address_that_was_changed_meanwhile_is_not_overwritten(client: Client, cast: Cast) -> None:
    proposal = new_address(client, cast)
    registering.set_contacts(
        party=cast.parties["maija"], on=TODAY, actor=None, email="kolmas@example.fi", source="office"
    )
    with pytest.raises(DecisionError, match="changed"):
        accept(cast, proposal)


def test_who_has_seen_the_code_does_not_accept_the_address_it_brought(client: Client, cast: Cast) -> None:
    begun(cast)
    check = check_of(cast)
    new_code(check, cast, "aino")
    address = page_of(check, Via.CODE)
    client.post(address, sent_form(client.get(address), email="uusi@example.fi"))
    proposal = DataProposal.objects.get()
    with pytest.raises(DecisionError, match="own_letter"):
        accept(cast, proposal, "aino")
    cast.sign_in(client, "aino")
    page = client.get(reverse("office:proposal_accept", args=[proposal.pk]))
    assert page.context["own_letter"]
    assert 'name="sure"' not in page.content.decode()
    accept(cast, proposal, "riitta")


def test_an_area_that_came_with_ones_own_letter_is_asked_about(client: Client, cast: Cast) -> None:
    begun(cast)
    check = check_of(cast)
    new_code(check, cast, "aino")
    address = page_of(check, Via.CODE)
    page = client.get(address)
    client.post(address, sent_form(page, **{basis_field(page, "forest_ha_south"): "45"}))
    proposal = DataProposal.objects.get()
    cast.sign_in(client, "aino")
    assert client.post(reverse("office:proposal_accept", args=[proposal.pk])).status_code == 200
    proposal.refresh_from_db()
    assert proposal.state == "waiting"
    client.post(reverse("office:proposal_accept", args=[proposal.pk]), {"sure": "1"})
    proposal.refresh_from_db()
    assert proposal.state == "accepted"


# --- an order ---------------------------------------------------------------------------------------------------------
def hide(cast: Cast) -> None:
    registering.update_party(party=cast.parties["maija"], values={"non_disclosure": True}, actor=None)


def test_an_order_given_later_hides_words_and_addresses(client: Client, cast: Cast) -> None:
    proposal = new_address(client, cast, text="Muutin Vaasaan")
    hide(cast)
    cast.sign_in(client, "aino")
    for address in (
        reverse("office:proposals"),
        reverse("office:proposal_accept", args=[proposal.pk]),
        reverse("office:proposal_refuse", args=[proposal.pk]),
    ):
        text = client.get(address).content.decode()
        assert not any(told in text for told in ("Vaasa", "uusi@example.fi", "maija@example.fi"))
        assert "Ei näytetä" in text
    assert client.post(reverse("office:proposal_accept", args=[proposal.pk]), {"sure": "1"}).status_code in {
        403,
        404,
    }
    assert client.get(reverse("office:proposal_look", args=[proposal.pk])).status_code == 404
    assert "uusi@example.fi" not in client.get(page_of(check_of(cast))).content.decode()


def test_a_custodian_looks_for_a_reason_that_is_kept_and_decides(client: Client, cast: Cast) -> None:
    """Who edits the member does not see it, who sees it edits no members: the custodian decides on what the order hides."""
    proposal = new_address(client, cast)
    cast.sign_in(client, "kaarlo")
    assert "Metsäpelto" not in client.get(reverse("office:proposals")).content.decode()
    hide(cast)
    listed = client.get(reverse("office:proposals")).content.decode()
    assert "Metsäpelto" in listed
    address = reverse("office:proposal_look", args=[proposal.pk])
    assert address in client.get(reverse("office:proposal_accept", args=[proposal.pk])).content.decode()
    for text in (listed, client.get(address).content.decode()):
        assert "uusi@example.fi" not in text
    page = client.post(address, {"reason": "Jäsen pyysi puhelimessa"})
    assert "uusi@example.fi" in page.content.decode()
    assert AccessLog.objects.filter(party_id=cast.parties["maija"].pk, action="unmask").exists()
    client.post(reverse("office:proposal_accept", args=[proposal.pk]), {"sure": "1"})
    proposal.refresh_from_db()
    assert proposal.state == "accepted"


def test_a_custodian_decides_on_no_fee_basis(client: Client, cast: Cast) -> None:
    proposal = proposed(client, cast)
    hide(cast)
    cast.sign_in(client, "kaarlo")
    for name in ("proposal_accept", "proposal_look", "proposal_refuse"):
        assert client.post(reverse(f"office:{name}", args=[proposal.pk]), {"sure": "1"}).status_code == 404


@pytest.mark.parametrize("name", ["proposals", "proposal_refuse", "proposal_accept"])
def test_who_looked_at_a_proposal_is_told_to_the_payer(client: Client, cast: Cast, name: str) -> None:
    proposal = new_address(client, cast)
    cast.sign_in(client, "aino")
    client.get(reverse(f"office:{name}", args=[] if name == "proposals" else [proposal.pk]))
    looks = AccessLog.objects.filter(user=cast.users["aino"], party_id=cast.parties["maija"].pk, classes="C")
    assert looks.count() == 1


# --- refused, decided -------------------------------------------------------------------------------------------------
def test_a_refused_one_changes_nothing_and_the_payer_reads_why(client: Client, cast: Cast) -> None:
    proposal = proposed(client, cast)
    cast.sign_in(client, "aino")
    client.post(reverse("office:proposal_refuse", args=[proposal.pk]), {"reason": "Ei täsmää metsätietoihin"})
    assert FeeBasisValue.objects.get(kind="forest_ha_south", valid_to=None).value == 100
    client.logout()
    assert "Ei täsmää metsätietoihin" in client.get(page_of(check_of(cast))).content.decode()


def test_a_proposal_is_decided_once(client: Client, cast: Cast) -> None:
    proposal = proposed(client, cast)
    user = cast.users["aino"]
    scope = Scope.for_user(user, on=TODAY)
    deciding.refuse(actor=user, scope=scope, proposal=proposal, reason="ei", at=clock.now())
    with pytest.raises(DecisionError, match="decided"):
        accept(cast, proposal)


def test_the_email_of_somebody_with_a_post_is_held_back_when_accepted(client: Client, cast: Cast) -> None:
    begun(cast)
    page = client.get(page_of(check_of(cast)))
    client.post(page_of(check_of(cast)), sent_form(page, email="uusi@example.fi"))
    appoint(cast, "maija", "secretary", "a")
    proposal = DataProposal.objects.get()
    accept(cast, proposal, "riitta")
    assert EmailChange.objects.filter(new="uusi@example.fi").exists()
    assert not ContactPoint.objects.filter(value="uusi@example.fi").exists()


def test_the_members_page_tells_when_the_data_were_confirmed(client: Client, cast: Cast) -> None:
    begun(cast)
    confirm(check_of(cast))
    cast.sign_in(client, "aino")
    page = client.get(reverse("office:member", args=[cast.parties["maija"].pk])).content.decode()
    assert "Tiedot vahvistettu 22.11.2026" in page
    history = client.get(reverse("office:member_history", args=[cast.parties["maija"].pk])).content.decode()
    assert "vahvistettiin" in history
