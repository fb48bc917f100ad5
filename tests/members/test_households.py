"""Households: links with days, payers from a day on, who covers whom, the holder of an organisation's vote (REG-2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from jasenpalvelu.audit.models import AccessLog
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import Membership, MembershipType, Party, PartyLink, QualityIssue
from members.quality import finding
from members.services import households, lifecycle, registering
from members.services.households import LinkError
from tests.cast import JOINED, TODAY, Cast

SPRING = date(2026, 4, 1)


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def person(cast: Cast, name: str, *, kind: str = "", unit: str = "a", **values: Any) -> Party:
    party = registering.create_person(actor=None, first_names=name, last_name="Metsäpelto", on=JOINED)
    if kind:
        lifecycle.start(
            actor=None,
            party=party,
            unit=cast.units[unit],
            type=cast.types[kind],
            started_on=JOINED,
            **values,
        )
    cast.parties[name.lower()] = party
    return party


@pytest.fixture
def family(cast: Cast) -> None:
    with mutation(actor=None, kind="test.types"):
        MembershipType.objects.filter(federation_code="farmer").update(covers_family=True)
    cast.types["farmer"].refresh_from_db()


def link(cast: Cast, one: str, other: str, kind: str, on: date = JOINED) -> PartyLink:
    return households.add_link(
        actor=cast.users["aino"],
        party=cast.parties[one],
        other=cast.parties[other],
        kind=kind,
        on=on,
        by_hand=True,
    )


def refused(code: str, act: Any, *args: Any, **kwargs: Any) -> None:
    with pytest.raises(LinkError) as error:
        act(*args, **kwargs)
    assert error.value.code == code


# --- the vote of an organisation --------------------------------------------------------------------------------------
def test_an_organisation_has_exactly_one_holder_of_its_vote(cast: Cast) -> None:
    link(cast, "estate", "maija", "voter")
    link(cast, "estate", "siiri", "voter", SPRING)
    rows = PartyLink.objects.filter(party=cast.parties["estate"], kind="voter").order_by("pk")
    assert [(r.other.person.first_names, r.valid_from, r.valid_to) for r in rows] == [
        ("Maija", JOINED, date(2026, 3, 31)),
        ("Siiri", SPRING, None),
    ]


def test_the_database_knows_it_too(cast: Cast) -> None:
    link(cast, "estate", "maija", "voter")
    with pytest.raises(IntegrityError), transaction.atomic(), mutation(actor=None, kind="test.two"):
        PartyLink.objects.create(party=cast.parties["estate"], other=cast.parties["siiri"], kind="voter")


def test_a_person_votes_themself_and_an_organisation_through_a_person(cast: Cast) -> None:
    refused("not_organisation", link, cast, "maija", "siiri", "voter")
    refused("not_organisation", link, cast, "maija", "siiri", "shareholder")
    firm = registering.create_organisation(actor=None, name="Pelto Oy", legal_form="company", on=JOINED)
    cast.parties["firm"] = firm
    refused("not_person", link, cast, "estate", "firm", "voter")


def test_a_voter_cannot_be_set_before_the_present_one_began(cast: Cast) -> None:
    link(cast, "estate", "maija", "voter", SPRING)
    refused("before_current", link, cast, "estate", "siiri", "voter", JOINED)


def test_an_organisation_without_a_voter_is_on_the_list(cast: Cast) -> None:
    estate = cast.parties["estate"]
    finding.find(parties=[estate.pk], on=TODAY)
    assert QualityIssue.objects.filter(party=estate, rule="no_voter").exists()
    link(cast, "estate", "maija", "voter")
    finding.find(parties=[estate.pk], on=TODAY)
    assert not QualityIssue.objects.filter(party=estate, rule="no_voter").exists()


# --- marriage, divorce, payers ----------------------------------------------------------------------------------------
def test_nobody_has_two_spouses(cast: Cast) -> None:
    for name in ("Martti", "Matti"):
        person(cast, name)
    link(cast, "maija", "martti", "spouse")
    refused("has_spouse", link, cast, "matti", "maija", "spouse")
    refused("exists", link, cast, "martti", "maija", "spouse")


def test_a_payer_who_is_added_ends_the_one_before(cast: Cast) -> None:
    link(cast, "siiri", "maija", "payer")
    link(cast, "siiri", "lotta", "payer", SPRING)
    rows = PartyLink.objects.filter(party=cast.parties["siiri"], kind="payer").order_by("pk")
    assert [(r.other_id, r.valid_to) for r in rows] == [
        (cast.parties["maija"].pk, date(2026, 3, 31)),
        (cast.parties["lotta"].pk, None),
    ]
    refused("before_current", link, cast, "siiri", "maija", "payer", JOINED)


def test_a_payer_is_changed_from_a_day_and_the_past_stays(cast: Cast) -> None:
    link(cast, "siiri", "maija", "payer")
    households.set_payer(
        actor=cast.users["aino"], party=cast.parties["siiri"], payer=cast.parties["lotta"], on=SPRING
    )
    rows = PartyLink.objects.filter(party=cast.parties["siiri"], kind="payer").order_by("pk")
    assert [(r.other_id, r.valid_to) for r in rows] == [
        (cast.parties["maija"].pk, date(2026, 3, 31)),
        (cast.parties["lotta"].pk, None),
    ]
    households.set_payer(
        actor=cast.users["aino"], party=cast.parties["siiri"], payer=cast.parties["siiri"], on=TODAY
    )
    assert not PartyLink.objects.filter(kind="payer", valid_to=None).exists()


def test_a_payer_named_on_a_membership_gives_way_on_the_day(cast: Cast) -> None:
    membership = Membership.objects.get(party=cast.parties["siiri"])
    lifecycle.set_payer(actor=None, membership=membership, payer=cast.parties["maija"], on=JOINED)
    households.set_payer(actor=None, party=cast.parties["siiri"], payer=cast.parties["lotta"], on=SPRING)
    membership.refresh_from_db()
    assert membership.payer_id is None
    on_the_day_before = PartyLink.objects.on(date(2026, 3, 31)).get(party=cast.parties["siiri"], kind="payer")
    assert on_the_day_before.other_id == cast.parties["maija"].pk


def test_a_household_that_ends_ends_no_membership_and_the_uncovered_are_told(
    cast: Cast, family: None
) -> None:
    person(cast, "Martti", kind="family_member")
    married = link(cast, "maija", "martti", "spouse")
    martti = cast.parties["martti"]
    assert households.uncovered([martti.pk], TODAY) == []
    households.end_link(actor=None, link=married, on=SPRING)
    assert martti.memberships.get().state == "active"
    assert [m.party_id for m in households.uncovered([martti.pk], TODAY)] == [martti.pk]
    finding.find(parties=[martti.pk], on=TODAY)
    assert QualityIssue.objects.filter(party=martti, rule="uncovered_family").exists()


def test_cover_here_is_cover_in_billing(cast: Cast, family: None) -> None:
    """Two places know the rule; they may not disagree."""
    from billing import settling

    for name, kind in [("Martti", "family_member"), ("Matti", "family_member"), ("Mauri", "farmer")]:
        person(cast, name, kind=kind)
    link(cast, "maija", "martti", "spouse")
    link(cast, "maija", "mauri", "child")
    link(cast, "matti", "mauri", "payer")
    terms = settling.Terms([cast.units["a"].pk], TODAY, ["family_member"])
    parties = [party.pk for party in cast.parties.values()]
    for name in ("maija", "martti", "matti", "mauri", "siiri"):
        own = list(
            Membership.objects.filter(party=cast.parties[name], unit=cast.units["a"]).select_related("type")
        )
        billed = {
            one.membership_id for payer in parties for one in settling.paid_by(payer, terms) if one.covered
        }
        assert set(households.cover_of(own, TODAY)) == billed & {m.pk for m in own}


# --- the page ---------------------------------------------------------------------------------------------------------
def test_the_page_shows_the_household_with_its_past(client: Client, cast: Cast, family: None) -> None:
    person(cast, "Martti", kind="family_member")
    married = link(cast, "maija", "martti", "spouse")
    cast.sign_in(client, "aino")
    address = reverse("office:household", args=[cast.parties["martti"].pk])
    assert "Metsäpelto Maija" in client.get(address).content.decode()
    end = reverse("office:member_link_end", args=[cast.parties["martti"].pk, married.pk])
    told = client.post(end, {"on": "1.4.2026"}, follow=True).content.decode()
    assert "Metsäpelto Martti" in told
    page = client.get(address)
    assert AccessLog.objects.filter(party_id=cast.parties["martti"].pk, user=cast.users["aino"]).exists()
    assert page.context["alone"]
    assert page.context["past"]
    assert "31.3.2026" in page.content.decode()


def test_the_payer_is_changed_on_its_page(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "riitta")
    address = reverse("office:household_payer", args=[cast.parties["siiri"].pk])
    assert client.get(address).status_code == 200
    response = client.post(address, {"payer": cast.parties["maija"].number, "on": "1.4.2026"})
    assert response.status_code == 302
    assert PartyLink.objects.get(kind="payer").valid_from == SPRING
    wrong = client.post(address, {"payer": "99999-9", "on": "1.4.2026"})
    assert wrong.context["form"].errors


def test_organisations_have_their_people_there(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    estate = cast.parties["estate"]
    page = client.get(reverse("office:household", args=[estate.pk]))
    assert page.context["votes"]
    add = reverse("office:member_link_add", args=[estate.pk]) + "?laji=voter"
    assert client.get(add).context["form"]["kind"].value() == "voter"
    number = cast.parties["maija"].number
    client.post(add, {"other": number, "kind": "voter", "on": "1.4.2026"})
    assert client.get(reverse("office:household", args=[estate.pk])).context["voter"]


@pytest.mark.parametrize("name", ["bo", "ulla", "maija"])
def test_strangers_see_no_household(client: Client, cast: Cast, name: str) -> None:
    cast.sign_in(client, name)
    party = cast.parties["siiri"]
    for address in ("household", "household_payer"):
        assert client.get(reverse(f"office:{address}", args=[party.pk])).status_code in {302, 403, 404}
    client.post(reverse("office:household_payer", args=[party.pk]), {"payer": "", "on": "1.4.2026"})
    assert not PartyLink.objects.filter(kind="payer").exists()


def test_only_links_that_fit_are_offered(cast: Cast, client: Client) -> None:
    cast.sign_in(client, "aino")
    person, estate = cast.parties["maija"], cast.parties["estate"]
    page = client.get(reverse("office:member_link_add", args=[person.pk])).content.decode()
    assert 'value="spouse"' in page
    assert 'value="shareholder"' not in page
    assert 'value="estate_of"' not in page, "an estate comes with the mark of a death"
    page = client.get(reverse("office:member_link_add", args=[estate.pk])).content.decode()
    assert 'value="voter"' in page
    assert 'value="spouse"' not in page
    page = client.get(reverse("office:member", args=[estate.pk])).content.decode()
    assert "Edustajat ja muut suhteet" in page
    assert "Puoliso, lapsi" not in page
    assert "Äänioikeuden käyttäjä puuttuu" in page, "it votes through one person, and nobody is named"
