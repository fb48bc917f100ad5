"""Campaigns: joining by a link, members' own links, calls, one page of results (COM-10)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from communications.campaign_results import results
from communications.models import (
    Campaign,
    CampaignCall,
    CampaignJoin,
    CampaignStep,
    ContactEntry,
    Goal,
)
from communications.services import announcing, campaigning, materials
from communications.services.campaigning import CampaignError, link_code, read_code
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import DataMark, JoinRequest, Membership, Party, Segment
from members.scope import Scope
from members.segments import tree
from members.segments.tree import Group
from members.services import joining, segments
from tests.cast import TODAY, Cast
from tests.communications.content import scene

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_today")]


@pytest.fixture
def _today() -> Any:
    with clock.frozen(TODAY):
        yield


def campaign(cast: Cast, unit: str = "a", **changed: Any) -> Campaign:
    values = {
        "name": "Kevään jäsenhankinta",
        "code": "kevat26",
        "description": "",
        "goal": Goal.APPLICATIONS,
        "target": 2,
        "starts_on": TODAY,
        "ends_on": TODAY + timedelta(days=30),
        "segment": None,
        "recruits": True,
    }
    return campaigning.keep(actor=None, unit=cast.units[unit], values=values | changed)


def everybody(cast: Cast) -> Segment:
    return segments.keep(
        actor=cast.users["aino"],
        unit=cast.units["a"],
        name="Kaikki",
        shared=True,
        segment=tree.Segment(Group()),
    )


def applied(cast: Cast, text: str, unit: str = "a", email: str = "uusi@example.fi") -> Membership:
    """Somebody sends the form and confirms it."""
    data = {
        "first_names": "Uusi",
        "last_name": email.partition("@")[0].title(),
        "email": email,
        "phone": "",
        "street": "Tie 1",
        "postal_code": "00100",
        "city": "Helsinki",
        "home_municipality": "091",
        "non_disclosure": False,
    }
    waiting, _new = joining.submit(
        token=uuid4(),
        unit=cast.units[unit],
        type=cast.types["personal"],
        language="fi",
        data=data,
        now=clock.now(),
        campaign=text,
    )
    confirmed = joining.confirm(request_id=waiting.pk, on=TODAY, now=clock.now())
    assert confirmed is not None
    assert confirmed.membership is not None
    return confirmed.membership


# --- joining ------------------------------------------------------------------------------------------------------------
def test_a_link_is_remembered_from_the_form_to_the_results(cast: Cast, client: Client) -> None:
    found = campaign(cast)
    page = client.get(reverse("public:join", args=["a"]), {"kampanja": "kevat26"}).content.decode()
    assert 'name="campaign" value="kevat26"' in page
    applied(cast, "kevat26")
    told = results(found)
    assert (told.applications, told.members, told.reached) == (1, 0, 1)
    assert [line.unit for line in told.units] == [cast.units["a"]]


def test_the_list_of_associations_carries_the_code_on(cast: Cast, client: Client) -> None:
    page = client.get(reverse("public:join_index"), {"kampanja": 'kevat26"><script>'}).content.decode()
    assert "?kampanja=kevat26%22%3E%3Cscript%3E" in page
    assert "<script>" not in page.replace("<script src", "")


def test_only_while_it_runs_in_its_own_unit_and_below_and_once(cast: Cast) -> None:
    campaign(cast)
    applied(cast, "kevat26", "b", "eka@example.fi")
    applied(cast, "muu", "a", "toka@example.fi")
    applied(cast, "", "a", "kolmas@example.fi")
    campaign(
        cast, "union", code="ohi", starts_on=TODAY - timedelta(days=9), ends_on=TODAY - timedelta(days=1)
    )
    applied(cast, "ohi", "a", "neljas@example.fi")
    assert not CampaignJoin.objects.exists()
    whole = campaign(cast, "union", code="koko")
    membership = applied(cast, "koko", "b", "viides@example.fi")
    campaigning.count_join(membership=membership, text="kevat26", on=TODAY)
    assert CampaignJoin.objects.get().campaign == whole


def test_a_closed_one_counts_no_more(cast: Cast) -> None:
    found = campaign(cast)
    campaigning.close(actor=None, campaign=found, at=clock.now())
    applied(cast, "kevat26")
    assert not CampaignJoin.objects.exists()
    campaigning.reopen(actor=None, campaign=found)
    applied(cast, "kevat26", email="toinen@example.fi")
    assert CampaignJoin.objects.count() == 1


def test_a_members_own_link_is_signed(cast: Cast) -> None:
    found, maija = campaign(cast), cast.parties["maija"].pk
    link = link_code(found, maija)
    assert read_code(link) == ("kevat26", maija)
    assert len(link) <= 120
    forged = link.replace(f".{maija}.", f".{cast.parties['lotta'].pk}.")
    assert read_code(forged) == ("kevat26", None)
    applied(cast, link)
    applied(cast, forged, email="toinen@example.fi")
    assert [join.referrer_id for join in CampaignJoin.objects.order_by("pk")] == [maija, None]
    assert results(found).by_members == 1


@pytest.mark.parametrize("text", ["", ".", "..", "kevat26.x.y", "kevat26." + "9" * 100, "😀", "' OR 1=1"])
def test_whatever_stands_in_a_link_the_application_goes_through(cast: Cast, text: str) -> None:
    campaign(cast)
    assert applied(cast, text).pk


def test_nobody_invites_themselves(cast: Cast) -> None:
    found = campaign(cast)
    membership = applied(cast, "")
    campaigning.count_join(membership=membership, text=link_code(found, membership.party_id), on=TODAY)
    assert CampaignJoin.objects.get().referrer is None


def test_a_member_finds_a_link_and_a_number_without_names(cast: Cast, client: Client) -> None:
    found = campaign(cast)
    applied(cast, link_code(found, cast.parties["maija"].pk))
    cast.sign_in(client, "maija")
    page = client.get(reverse("portal:invite")).content.decode()
    assert link_code(found, cast.parties["maija"].pk) in page
    assert "1 on hakenut linkilläsi" in page
    assert "Uusi" not in page.replace("Uusi koodi", "")
    campaigning.keep(
        actor=None,
        unit=found.unit,
        values={name: getattr(found, name) for name in campaigning.FIELDS} | {"recruits": False},
        campaign=found,
    )
    assert (
        link_code(found, cast.parties["maija"].pk)
        not in client.get(reverse("portal:invite")).content.decode()
    )


# --- the office ---------------------------------------------------------------------------------------------------------
def test_the_secretary_begins_one_and_the_code_is_made_of_the_name(cast: Cast, client: Client) -> None:
    cast.sign_in(client, "aino")
    sent = {
        "name": "Äänestä & liity 2026",
        "goal": "members",
        "target": "50",
        "starts_on": "22.11.2026",
        "ends_on": "31.12.2026",
    }
    assert client.post(reverse("office:campaign_new"), sent).status_code == 302
    found = Campaign.objects.get()
    assert found.code == "aanesta-liity-2026"
    page = client.post(reverse("office:campaign_new"), sent).content.decode()
    assert "Toisella kampanjalla on tämä koodi" in page
    page = client.post(
        reverse("office:campaign_new"), sent | {"target": "0", "ends_on": "1.1.2026"}
    ).content.decode()
    assert "Viimeinen päivä on ennen ensimmäistä" in page
    assert Campaign.objects.count() == 1


def test_what_belongs_to_it_is_added_once_and_taken_out(cast: Cast, client: Client) -> None:
    found = campaign(cast)
    told = scene.published(cast)
    of_b = scene.published(cast, "b")
    cast.sign_in(client, "aino")
    url = reverse("office:campaign", args=[found.pk])
    client.post(url, {"thing": f"announcement-{told.pk}"})
    client.post(url, {"thing": f"announcement-{of_b.pk}"})
    for wrong in ("announcement-x", "user-1", "announcement-0"):
        assert client.post(url, {"thing": wrong}).status_code == 200
    step = CampaignStep.objects.get()
    assert step.announcement == told
    announcing.mark_read(party_id=cast.parties["maija"].pk, announcement=told, at=clock.now())
    assert results(found).announcements[0].count == 1
    client.post(reverse("office:campaign_step_remove", args=[step.pk]))
    assert not CampaignStep.objects.exists()
    told.refresh_from_db()


def test_downloads_count_in_the_months_of_the_campaign(cast: Cast) -> None:
    from tests.communications.content.test_materials import added

    found, thing = campaign(cast, goal=Goal.DOWNLOADS), added(cast)
    campaigning.add_step(actor=None, campaign=found, material=thing)
    version = thing.versions.get()
    for day in (TODAY, TODAY + timedelta(days=10), TODAY + timedelta(days=200)):
        materials.count_download(version=version, on=day)
    assert (results(found).reached, results(found).share) == (2, 100)


def test_the_office_of_another_unit_finds_nothing(cast: Cast, client: Client) -> None:
    of_b = campaign(cast, "b")
    cast.sign_in(client, "aino")
    for name in ("campaign", "campaign_edit", "campaign_close", "campaign_calls"):
        assert client.get(reverse(f"office:{name}", args=[of_b.pk])).status_code == 404
    for name in ("campaign_reopen", "campaign_calls_make"):
        assert client.post(reverse(f"office:{name}", args=[of_b.pk])).status_code == 404


# --- calling ------------------------------------------------------------------------------------------------------------
def phone(cast: Cast, name: str, number: str = "040 123 4567") -> None:
    with mutation(actor=None, kind="test.phone"):
        cast.parties[name].contact_points.filter(kind="phone").delete()
        cast.parties[name].contact_points.create(kind="phone", value=number, key="+358401234567")


def test_the_list_is_of_those_one_may_call(cast: Cast) -> None:
    for name in ("maija", "siiri", "lotta"):
        phone(cast, name)
    found = campaign(cast, segment=everybody(cast))
    scope = Scope.for_user(cast.users["aino"], on=TODAY)
    assert campaigning.make_calls(actor=cast.users["aino"], campaign=found, scope=scope, on=TODAY) == 1
    assert CampaignCall.objects.get().party == cast.parties["maija"]
    assert campaigning.make_calls(actor=cast.users["aino"], campaign=found, scope=scope, on=TODAY) == 0


def test_nobody_whose_data_is_marked_is_called(cast: Cast) -> None:
    phone(cast, "maija")
    with mutation(actor=None, kind="test.mark"):
        DataMark.objects.create(
            party=cast.parties["maija"],
            unit=cast.units["a"],
            kind="objection",
            reason="Pyytänyt",
            set_on=TODAY,
            set_by=cast.users["aino"],
        )
    found = campaign(cast, segment=everybody(cast))
    scope = Scope.for_user(cast.users["aino"], on=TODAY)
    assert campaigning.make_calls(actor=cast.users["aino"], campaign=found, scope=scope, on=TODAY) == 0


def test_without_a_segment_there_is_no_list(cast: Cast, client: Client) -> None:
    found = campaign(cast)
    scope = Scope.for_user(cast.users["aino"], on=TODAY)
    with pytest.raises(CampaignError, match="segment"):
        campaigning.make_calls(actor=cast.users["aino"], campaign=found, scope=scope, on=TODAY)
    cast.sign_in(client, "aino")
    answer = client.post(reverse("office:campaign_calls_make", args=[found.pk]), follow=True)
    assert "Valitse ensin kampanjalle kohderyhmä" in answer.content.decode()


def test_a_call_is_noted_in_the_contact_log(cast: Cast, client: Client) -> None:
    phone(cast, "maija")
    found = campaign(cast, segment=everybody(cast), goal=Goal.CALLS)
    cast.sign_in(client, "aino")
    client.post(reverse("office:campaign_calls_make", args=[found.pk]))
    call = CampaignCall.objects.get()
    assert client.get(reverse("office:campaign", args=[found.pk])).status_code == 200
    url = reverse("office:campaign_call", args=[call.pk])
    assert "+358401234567" in client.get(url).content.decode()
    assert not ContactEntry.objects.filter(kind="campaign.call").exists()
    assert client.post(url, {"state": "open"}).status_code == 200
    client.post(url, {"state": "reached"})
    entry = ContactEntry.objects.get(kind="campaign.call")
    assert (entry.party_id, entry.channel, entry.direction) == (call.party_id, "phone", "out")
    assert results(found).reached == 1
    assert "Avaa lista" in client.get(reverse("office:campaign", args=[found.pk])).content.decode()
    other = cast.sign_in(Client(), "bo")
    assert other.get(url).status_code == 404


def test_what_a_request_keeps_goes_with_it(cast: Cast) -> None:
    campaign(cast)
    applied(cast, "kevat26")
    joining.purge(now=clock.now() + timedelta(days=15))
    assert not JoinRequest.objects.exists()
    assert CampaignJoin.objects.count() == 1
    assert Party.objects.filter(pk=CampaignJoin.objects.get().membership.party_id).exists()
