"""A death with a holding opens an estate; a move to another association ends here and begins there (REG-5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import (
    Holding,
    HoldingMember,
    Membership,
    MembershipType,
    Organisation,
    Party,
    PartyLink,
)
from members.services import ending, lifecycle, registering, transferring
from members.services.lifecycle import LifecycleError
from members.services.meetings import Verdict
from members.services.transferring import TransferError
from members.services.undoing import UndoError
from tests.billing import runs
from tests.cast import JOINED, TODAY, Cast
from tests.members.board import hold
from tests.members.helpers import appoint


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def maija(cast: Cast) -> Party:
    return cast.parties["maija"]


def membership(cast: Cast, unit: str = "a") -> Membership:
    return maija(cast).memberships.get(unit=cast.units[unit])


def estate() -> Party:
    return Organisation.objects.get(name__contains="Metsäpelto").party


# --- death ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("day", [date(2024, 2, 29), date(2025, 12, 31), TODAY])
def test_the_estate_answers_for_the_holding_and_is_a_member(cast: Cast, day: date) -> None:
    mandate = appoint(cast, "maija", "chair", "a")
    ending.record_death(actor=cast.users["aino"], party=maija(cast), died_on=day, estate=True)
    heir = estate()
    assert heir.display_name == "Metsäpelto Maija kuolinpesä"
    assert (heir.organisation.legal_form, heir.home_municipality) == ("estate", "091")
    link = PartyLink.objects.get(party=heir)
    assert (link.other, link.kind) == (maija(cast), "estate_of")
    assert Holding.objects.get(name="Koivula").responsible == heir
    people = HoldingMember.objects.filter(holding__name="Koivula", valid_to=None)
    assert [(row.party, row.role) for row in people] == [(heir, "responsible")]
    mine = set(maija(cast).memberships.values_list("state", "ended_on"))
    assert mine == {("ended", day)}
    theirs = {(m.unit.slug, m.state, m.started_on, m.holding.name) for m in heir.memberships.all()}
    assert theirs == {("a", "active", day, "Koivula"), ("a2", "active", day, "Koivula")}
    mandate.refresh_from_db()
    assert mandate.valid_to == day


def test_a_death_with_its_estate_is_undone(cast: Cast) -> None:
    done = ending.record_death(actor=cast.users["aino"], party=maija(cast), died_on=TODAY, estate=True)
    heir = estate()
    ending.undo(actor=cast.users["aino"], party=maija(cast), mutation_id=done.pk, on=TODAY)
    assert Holding.objects.get(name="Koivula").responsible == maija(cast)
    people = HoldingMember.objects.filter(holding__name="Koivula")
    assert [(row.party, row.role, row.valid_to) for row in people] == [(maija(cast), "responsible", None)]
    assert not PartyLink.objects.filter(party=heir.pk).exists()
    assert set(maija(cast).memberships.values_list("state", "ended_on")) == {("active", None)}
    assert not Party.objects.filter(pk=heir.pk).exists(), "nobody's member with the name of somebody alive"
    assert not Membership.objects.filter(party=heir.pk).exists()
    assert Party.objects.get(pk=maija(cast).pk).person.deceased_on is None


def test_a_death_is_recorded_once(cast: Cast) -> None:
    ending.record_death(actor=cast.users["aino"], party=maija(cast), died_on=TODAY, estate=True)
    with pytest.raises(LifecycleError, match="dead"):
        ending.record_death(actor=cast.users["aino"], party=maija(cast), died_on=TODAY, estate=True)
    assert PartyLink.objects.filter(other=maija(cast), kind="estate_of").count() == 1


def test_an_estate_that_somebody_has_worked_with_stays(cast: Cast) -> None:
    done = ending.record_death(actor=cast.users["aino"], party=maija(cast), died_on=TODAY, estate=True)
    registering.set_contacts(actor=cast.users["aino"], party=estate(), on=TODAY, phone="040 555 0199")
    with pytest.raises(UndoError, match="later"):
        ending.undo(actor=cast.users["aino"], party=maija(cast), mutation_id=done.pk, on=TODAY)
    assert Holding.objects.get(name="Koivula").responsible == estate()


def test_the_estate_is_a_member_also_where_only_people_join(cast: Cast) -> None:
    with mutation(actor=None, kind="test.types"):
        MembershipType.objects.update(for_kinds=["person"])
    ending.record_death(actor=cast.users["aino"], party=maija(cast), died_on=TODAY, estate=True)
    assert {m.unit.slug for m in estate().memberships.all()} == {"a", "a2"}


def test_an_estate_of_memberships_without_a_holding_is_seen_where_the_deceased_was(cast: Cast) -> None:
    with mutation(actor=None, kind="test.untied"):
        Membership.objects.filter(party=maija(cast)).update(holding=None)
    ending.record_death(actor=cast.users["aino"], party=maija(cast), died_on=TODAY, estate=True)
    assert {m.unit.slug for m in estate().memberships.all()} == {"a", "a2"}


def test_nobody_dead_is_made_a_member_again(client: Client, cast: Cast) -> None:
    """The way back from a death is back from all of it."""
    ending.record_death(actor=cast.users["aino"], party=maija(cast), died_on=TODAY, estate=True)
    heir, membership = estate(), maija(cast).memberships.get(unit=cast.units["a"])
    with pytest.raises(LifecycleError, match="deceased"):
        lifecycle.reinstate(actor=cast.users["aino"], membership=membership, effective_on=TODAY, reason="x")
    cast.sign_in(client, "aino")
    page = client.get(reverse("office:member", args=[maija(cast).pk])).content.decode()
    assert "Peru kuolinmerkintä" in page
    url = reverse("office:membership_reinstate", args=[maija(cast).pk, membership.pk])
    assert "Onko merkintä" in client.get(url).content.decode()
    assert client.post(url).status_code == 302
    membership.refresh_from_db()
    assert membership.state == "active"
    assert Party.objects.get(pk=maija(cast).pk).person.deceased_on is None
    assert not Party.objects.filter(pk=heir.pk).exists()


def test_an_estate_that_has_been_invoiced_stays(cast: Cast) -> None:
    done = ending.record_death(actor=cast.users["aino"], party=maija(cast), died_on=TODAY, estate=True)
    runs.decided(cast.units["a"], runs.flat("jasenmaksu", "45"))
    run = runs.make_run(cast.units["a"], basis_date=date(2026, 12, 1))
    with clock.frozen(date(2026, 12, 1)):
        runs.issued(runs.previewed(run))
    with pytest.raises(UndoError, match="invoiced"):
        ending.undo(actor=cast.users["aino"], party=maija(cast), mutation_id=done.pk, on=TODAY)
    assert Holding.objects.get(name="Koivula").responsible == estate()


def test_a_fee_charged_of_the_deceased_is_not_charged_of_the_estate(cast: Cast) -> None:
    charged(cast)
    ending.record_death(actor=cast.users["aino"], party=maija(cast), died_on=TODAY, estate=True)
    heirs = {m.unit.slug: m.fee_exempt_until for m in estate().memberships.all()}
    assert heirs == {"a": date(2026, 12, 31), "a2": None}


def charged(cast: Cast) -> None:
    runs.decided(cast.units["a"], runs.flat("jasenmaksu", "45", types=["farmer"]))
    runs.issued(runs.previewed(runs.make_run(cast.units["a"])))


def test_the_page_offers_the_estate_where_there_is_a_holding(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    address = reverse("office:membership_end", args=[maija(cast).pk, membership(cast).pk])
    assert "estate" in client.get(address).context["form"].fields
    sent = {"kind": "died", "noticed_on": "1.11.2026", "reason": "", "estate": "on"}
    assert "kuolinpesä" in client.post(address, sent).content.decode()
    assert client.post(address, {**sent, "vahvista": "1"}).status_code == 302
    assert estate().memberships.count() == 2
    siiri = cast.parties["siiri"].memberships.get()
    other = client.get(reverse("office:membership_end", args=[siiri.party_id, siiri.pk]))
    assert "estate" not in other.context["form"].fields


# --- moving ---------------------------------------------------------------------------------------------------------
def move(cast: Cast, on: date = TODAY, unit: str = "b"):  # type: ignore[no-untyped-def]
    return transferring.transfer(
        actor=cast.users["riitta"],
        membership=membership(cast),
        unit=cast.units[unit],
        type=cast.types["farmer"],
        on=on,
        reason="Muutti",
    )


@pytest.mark.parametrize("day", [date(2024, 2, 29), date(2025, 12, 31)])
def test_it_ends_here_and_begins_there_on_the_same_day(cast: Cast, day: date) -> None:
    charged(cast)
    done = move(cast, day)
    here, there = membership(cast), membership(cast, "b")
    assert (here.state, here.ended_on, here.events.latest("pk").kind) == ("ended", day, "transferred")
    assert (there.state, there.started_on, there.holding) == ("active", day, here.holding)
    assert there.fee_exempt_until is None, "the fee of another year was charged"
    ending.undo(actor=cast.users["riitta"], party=maija(cast), mutation_id=done.pk, on=TODAY)
    assert (membership(cast).state, membership(cast).ended_on) == ("active", None)
    assert membership(cast, "b").state == "rejected"


def test_a_fee_charged_for_the_year_is_not_charged_again(cast: Cast) -> None:
    charged(cast)
    lines = set(maija(cast).invoices.values_list("lines__charge_key", "lines__released"))
    move(cast)
    assert membership(cast, "b").fee_exempt_until == date(2026, 12, 31)
    runs.decided(cast.units["b"], runs.flat("jasenmaksu", "50", types=["farmer"]))
    run = runs.previewed(runs.make_run(cast.units["b"], basis_date=date(2026, 12, 1)))
    assert not run.items.filter(payer=maija(cast), total__gt=0).exists()
    assert set(maija(cast).invoices.values_list("lines__charge_key", "lines__released")) == lines


def test_what_cannot_be_is_refused(cast: Cast) -> None:
    with pytest.raises(TransferError, match="same"):
        move(cast, unit="a")
    with pytest.raises(TransferError, match="member"):
        move(cast, unit="a2")
    with pytest.raises(TransferError, match="start"):
        move(cast, date(2019, 1, 1))
    lifecycle.end(actor=None, membership=membership(cast), kind="resigned", effective_on=TODAY)
    with pytest.raises(TransferError, match="ended"):
        move(cast)


def test_a_secretary_asks_the_other_board_which_ends_the_former(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    address = reverse("office:transfer", args=[maija(cast).pk, membership(cast).pk])
    assert "Rantalan" in client.get(address, {"q": "rantala"}).content.decode()
    there = f"{address}?yhdistys={cast.units['b'].pk}"
    assert client.get(there).status_code == 200
    sent = {"type": cast.types["farmer"].pk, "day": "22.11.2026", "reason": "Muutti"}
    assert client.post(there, sent).status_code == 302
    asked = membership(cast, "b")
    assert (asked.state, membership(cast).state) == ("applied", "active")
    cast.sign_in(client, "bo")
    listed = client.get(reverse("office:meeting", args=[cast.units["b"].pk])).content.decode()
    assert "Kuusilahden tuottajayhdistys" in listed, "where the applicant comes from"
    hold(cast, Verdict("application", asked.pk, "admitted"), who="bo", unit="b")
    asked.refresh_from_db()
    assert (asked.state, asked.started_on) == ("active", TODAY)
    assert (membership(cast).state, membership(cast).ended_on) == ("ended", TODAY)


def sent(cast: Cast) -> Membership:
    return transferring.ask(
        actor=cast.users["aino"], membership=membership(cast), unit=cast.units["b"], type=cast.types["farmer"], on=TODAY
    )  # fmt: skip


def test_a_move_that_waits_is_seen_and_can_be_cancelled(client: Client, cast: Cast) -> None:
    application = sent(cast)
    with pytest.raises(TransferError, match="member"):
        sent(cast)
    cast.sign_in(client, "aino")
    page = client.get(reverse("office:member", args=[maija(cast).pk])).content.decode()
    assert "Siirto yhdistykseen" in page
    assert "Peru siirto" in page
    history = client.get(reverse("office:member_history", args=[maija(cast).pk])).content.decode()
    assert f"Siirto lähetettiin hallitukselle: {cast.units['b']}" in history
    address = reverse("office:transfer", args=[maija(cast).pk, membership(cast).pk])
    again = client.get(f"{address}?yhdistys={cast.units['b3'].pk}").content.decode()
    assert "odottaa sen hallitusta" in again, "the second try tells what is under way"
    sending = {"type": cast.types["farmer"].pk, "day": "22.11.2026", "reason": ""}
    client.post(f"{address}?yhdistys={cast.units['b'].pk}", sending)
    application.refresh_from_db()
    assert application.state == "applied", "sending twice cancels nothing"
    assert client.post(address, {"peru": "1"}).status_code == 302
    application.refresh_from_db()
    assert (application.state, membership(cast).state) == ("rejected", "active")
    page = client.get(reverse("office:member", args=[maija(cast).pk])).content.decode()
    assert "Siirto yhdistykseen" not in page
    with pytest.raises(TransferError, match="decided"):
        transferring.withdraw(actor=cast.users["aino"], membership=membership(cast), on=TODAY)
    assert client.post(address, {"peru": "1"}).status_code == 302, "twice does nothing"


def test_of_a_move_the_other_association_sees_its_application_only(client: Client, cast: Cast) -> None:
    """The other association has its application; of the membership that ends it is told nothing."""
    sent(cast)
    cast.sign_in(client, "bo")
    html = client.get(reverse("office:member", args=[maija(cast).pk])).content.decode()
    assert "odottaa sen hallitusta" not in html, "of the former association Bo sees nothing"
    assert "Siirto lähetettiin" not in html


def test_who_may_decide_in_both_moves_at_once_and_undoes(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "riitta")
    address = reverse("office:transfer", args=[maija(cast).pk, membership(cast).pk])
    there = f"{address}?yhdistys={cast.units['b'].pk}"
    sent = {"type": cast.types["farmer"].pk, "day": "1.11.2026", "reason": ""}
    assert client.post(there, sent).status_code == 302
    assert membership(cast, "b").started_on == date(2026, 11, 1)
    assert client.post(there, sent).status_code == 302, "it has ended: back to the member"


@pytest.mark.parametrize("who", ["bo", "tiina", "ulla", "maija"])
def test_others_move_nobody(client: Client, cast: Cast, who: str) -> None:
    cast.sign_in(client, who)
    address = reverse("office:transfer", args=[maija(cast).pk, membership(cast).pk])
    there = f"{address}?yhdistys={cast.units['b'].pk}"
    assert client.get(there).status_code == 404
    assert client.post(there, {"type": cast.types["farmer"].pk, "day": "1.11.2026"}).status_code == 404
    assert maija(cast).memberships.count() == 2
    assert membership(cast).started_on == JOINED


def test_who_died_before_the_first_day_was_not_entered_twice(client: Client, cast: Cast) -> None:
    party = registering.create_person(actor=None, first_names="Armas", last_name="Ehtimätön", on=TODAY)
    lifecycle.start(
        actor=None, party=party, unit=cast.units["a"], type=cast.types["personal"], started_on=TODAY
    )
    ending.record_death(actor=cast.users["aino"], party=party, died_on=TODAY - timedelta(days=3))
    page = cast.sign_in(client, "aino").get(reverse("office:member", args=[party.pk])).content.decode()
    assert "Kirjattu kahdesti" not in page
    assert "Peru kuolinmerkintä" in page
