"""Data quality: what the rules find, for whom, and how it is set aside (REG-16)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from jasenpalvelu.audit.models import Change
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.registry import Deadline
from members.models import (
    ContactPoint,
    Holding,
    Membership,
    Organisation,
    Party,
    Person,
    QualityDismissal,
    QualityIssue,
    QualityScore,
)
from members.quality import finding
from members.quality.jobs import check_everybody
from members.quality.rules import BY_CODE, RULES
from members.scope import Scope
from members.services import households, lifecycle, quality, registering
from members.services.registering import Address
from tests.cast import JOINED, TODAY, Cast


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def all_well(cast: Cast) -> Party:
    """A member of A of whom no rule finds anything."""
    party = registering.create_person(
        actor=None, first_names="Kaisa", last_name="Kunnossa", on=JOINED, email="kaisa@example.fi",
        address=Address("Tie 1", "00100", "HELSINKI"), home_municipality="091",
    )  # fmt: skip
    lifecycle.start(
        actor=None, party=party, unit=cast.units["a"], type=cast.types["personal"], started_on=JOINED
    )
    return party


def found(party: Party) -> set[str]:
    finding.find(parties=[party.pk], on=TODAY)
    return set(QualityIssue.objects.filter(party=party).values_list("rule", flat=True))


def change(model: Any, values: dict[str, Any], **which: Any) -> None:
    with mutation(actor=None, kind="test"):
        assert model.objects.filter(**which).update(**values)


# --- the rules --------------------------------------------------------------------------------------------------------
def test_who_is_in_order_has_no_issues(all_well: Party) -> None:
    assert found(all_well) == set()


def test_contacts(all_well: Party) -> None:
    change(ContactPoint, {"bounced_on": TODAY}, party=all_well, kind="email")
    change(ContactPoint, {"city": "Espoo"}, party=all_well, kind="address")
    assert found(all_well) == {"bounced", "postal_code"}
    change(ContactPoint, {"valid_to": TODAY}, party=all_well)
    assert found(all_well) == {"no_contact"}


@pytest.mark.parametrize("city", ["Helsinki", "HELSINKI", "Helsingfors", "HELSINGFORS"])
def test_a_post_office_is_right_in_both_languages(all_well: Party, city: str) -> None:
    change(ContactPoint, {"city": city}, party=all_well, kind="address")
    assert found(all_well) == set()


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        (date(2026, 11, 23), {"birth_date"}),
        (date(2026, 11, 22), {"no_guardian"}),
        (date(2008, 11, 23), {"no_guardian"}),
        (date(2008, 11, 22), set()),
        (date(1916, 11, 22), set()),
        (date(1916, 11, 21), {"birth_date"}),
    ],
)
def test_dates_of_birth(all_well: Party, born: date, expected: set[str]) -> None:
    change(Person, {"birth_date": born, "birth_date_purpose": "ikäraja"}, party=all_well)
    assert found(all_well) == expected


def test_a_minor_with_a_guardian_or_a_parent(cast: Cast, all_well: Party) -> None:
    change(Person, {"birth_date": date(2012, 1, 1), "birth_date_purpose": "ikäraja"}, party=all_well)
    households.add_link(actor=None, party=all_well, other=cast.parties["maija"], kind="guardian", on=TODAY)
    assert found(all_well) == set()


def test_the_home_municipality_is_asked_of_persons(cast: Cast, all_well: Party) -> None:
    change(Party, {"home_municipality": ""}, pk__in=[all_well.pk, cast.parties["estate"].pk])
    assert found(all_well) == {"no_municipality"}
    assert "no_municipality" not in found(cast.parties["estate"])


def test_holdings(cast: Cast) -> None:
    maija, lotta = cast.parties["maija"], cast.parties["lotta"]
    assert found(lotta) >= {"no_holding"}
    assert not found(maija) & {
        "no_holding",
        "no_y_tunnus",
        "responsible_dead",
        "responsible_left",
        "holding_twice",
    }
    change(Holding, {"y_tunnus": ""}, name="Koivula")
    assert "no_y_tunnus" in found(maija)
    with mutation(actor=None, kind="test"):
        Holding.objects.create(name="KOIVULA", responsible=maija, municipality="091")
    assert "holding_twice" in found(maija)
    change(Holding, {"responsible": cast.parties["aino"]}, name="Koivula")
    assert "responsible_left" in found(maija)
    change(Person, {"deceased_on": TODAY}, party=cast.parties["aino"])
    assert "responsible_dead" in found(maija)
    assert "responsible_left" not in found(maija)


def test_the_same_business_id_twice(cast: Cast) -> None:
    estate = cast.parties["estate"]
    other = registering.create_organisation(actor=None, name="Toinen", legal_form="company", on=JOINED)
    change(Organisation, {"y_tunnus": "2112345-5"}, party__in=[estate, other])
    assert "same_y_tunnus" in found(estate)


def test_former_members_have_no_issues(cast: Cast) -> None:
    lotta = cast.parties["lotta"]
    assert found(lotta)
    membership = Membership.objects.get(party=lotta)
    lifecycle.end(actor=None, membership=membership, kind="resigned", decided_on=TODAY, effective_on=TODAY)
    assert found(lotta) == set()


def test_asking_again_changes_nothing(cast: Cast) -> None:
    finding.find(parties=[cast.parties["lotta"].pk], on=TODAY)
    before = list(QualityIssue.objects.order_by("pk").values())
    finding.find(parties=[cast.parties["lotta"].pk], on=TODAY + timedelta(days=1))
    assert list(QualityIssue.objects.order_by("pk").values()) == before


def test_every_rule_has_words_and_a_class() -> None:
    assert len(BY_CODE) == len(RULES)
    assert all(str(rule.title) and str(rule.action) and rule.classes in {"A", "B", "C"} for rule in RULES)


# --- kept up to date --------------------------------------------------------------------------------------------------
def test_a_change_is_looked_at_soon_after(cast: Cast, all_well: Party) -> None:
    now = clock.now()
    quality.follow(at=now, on=TODAY)
    change(ContactPoint, {"valid_to": TODAY}, party=all_well)
    change(Holding, {"y_tunnus": ""}, name="Koivula")
    assert quality.follow(at=now, on=TODAY) >= 2
    assert QualityIssue.objects.filter(party=all_well, rule="no_contact").exists()
    assert QualityIssue.objects.filter(party=cast.parties["maija"], rule="no_y_tunnus").exists()


def test_what_was_looked_at_long_ago_is_not_looked_at_again(cast: Cast) -> None:
    later = clock.now() + timedelta(days=1)
    while quality.follow(at=later, on=TODAY):
        pass
    assert quality.follow(at=later, on=TODAY) == 0
    assert Change.objects.exists()


def test_each_night_everybody(cast: Cast) -> None:
    job = Job(kind="members.quality")
    assert check_everybody(job, Deadline.after(30)).done
    assert QualityIssue.objects.filter(party=cast.parties["lotta"]).exists()
    score = QualityScore.objects.get(unit=cast.units["b"])
    assert (score.members, score.in_order) == (1, 0)
    assert score.found["no_holding"] == 1


# --- set aside --------------------------------------------------------------------------------------------------------
def test_set_aside_until_it_changes(cast: Cast, all_well: Party) -> None:
    change(ContactPoint, {"city": "Espoo"}, party=all_well, kind="address")
    found(all_well)
    issue = QualityIssue.objects.get(party=all_well)
    said = quality.dismiss(actor=cast.users["aino"], issue=issue, reason="Näin se on", at=clock.now())
    quality.dismiss(actor=cast.users["aino"], issue=issue, reason="Näin se on", at=clock.now())
    assert not QualityIssue.objects.waiting().filter(party=all_well).exists()
    found(all_well)
    assert not QualityIssue.objects.waiting().filter(party=all_well).exists()
    change(ContactPoint, {"city": "Vantaa"}, party=all_well, kind="address")
    found(all_well)
    assert QualityIssue.objects.waiting().filter(party=all_well).exists()
    quality.take_up_again(actor=cast.users["aino"], said=said, at=clock.now())
    assert not QualityDismissal.objects.exists()


# --- who sees what ----------------------------------------------------------------------------------------------------
def seen(cast: Cast, who: str) -> set[tuple[str, str]]:
    finding.find(parties=Party.objects.values_list("pk", flat=True), on=TODAY)
    scope = Scope.for_user(cast.users[who], on=TODAY)
    names = {party.pk: name for name, party in cast.parties.items()}
    rows = QualityIssue.objects.visible_to(scope).values_list("party_id", "rule")
    return {(names[party], rule) for party, rule in rows}


def test_issues_are_seen_within_ones_reach(cast: Cast) -> None:
    assert ("lotta", "no_holding") in seen(cast, "bo")
    assert not any(name == "lotta" for name, _rule in seen(cast, "aino"))
    assert seen(cast, "ulla") == set()


def test_nothing_is_told_that_an_order_hides(cast: Cast) -> None:
    siiri = cast.parties["siiri"]
    change(ContactPoint, {"bounced_on": TODAY}, party=siiri, kind="email")
    change(Party, {"home_municipality": ""}, pk=siiri.pk)
    assert not any(name == "siiri" for name, _rule in seen(cast, "riitta"))
    quality.finish_check(at=clock.now())
    assert "bounced" not in QualityScore.objects.get(unit=cast.units["a"]).found


# --- pages ------------------------------------------------------------------------------------------------------------
def text(response: Any) -> str:
    assert response.status_code == 200
    return str(response.content.decode())


def checked() -> None:
    finding.find(parties=Party.objects.values_list("pk", flat=True), on=TODAY)
    quality.finish_check(at=clock.now())


def test_the_work_list_leads_to_the_field(cast: Cast, client: Client) -> None:
    change(Holding, {"y_tunnus": ""}, name="Koivula")
    page, maija = cast.sign_in(client, "aino"), cast.parties["maija"]
    address = reverse("office:quality")
    assert "Mitään ei ole vielä tarkistettu" in text(page.get(address))
    checked()
    html = text(page.get(address))
    holding = Holding.objects.get(name="Koivula")
    assert f"{reverse('office:holding_edit', args=[maija.pk, holding.pk])}#id_y_tunnus" in html
    assert "Metsäpelto" not in text(page.get(f"{address}?saanto=bounced"))
    assert "Metsäpelto" in text(page.get(f"{address}?saanto=no_y_tunnus"))


def test_a_region_sees_its_associations_first(cast: Cast, client: Client) -> None:
    checked()
    html = text(cast.sign_in(client, "riitta").get(reverse("office:quality")))
    assert "Rantalan tuottajayhdistys" in html
    assert "Ängström" not in html
    b = cast.units["b"].pk
    assert "Ängström" in text(client.get(f"{reverse('office:quality')}?yhdistys={b}"))


def test_said_and_taken_back_on_the_page(cast: Cast, client: Client) -> None:
    checked()
    issue = QualityIssue.objects.get(party=cast.parties["lotta"], rule="no_holding")
    page = cast.sign_in(client, "bo")
    assert text(page.get(reverse("office:quality_dismiss", args=[issue.pk])))
    assert "field--error" in text(
        page.post(reverse("office:quality_dismiss", args=[issue.pk]), {"reason": ""})
    )
    page.post(
        reverse("office:quality_dismiss", args=[issue.pk]),
        {"reason": "Ei tilaa", "next": "https://x.example/"},
    )
    said = QualityDismissal.objects.get()
    assert said.dismissed_by == cast.users["bo"]
    page.post(reverse("office:quality_recheck", args=[issue.pk]))
    assert QualityDismissal.objects.exists()
    page.post(reverse("office:quality_reopen", args=[said.pk]))
    assert not QualityDismissal.objects.exists()


@pytest.mark.parametrize("who", ["aino", "olavi", "tiina", "maija", "ulla"])
def test_others_do_not_get_at_them(cast: Cast, client: Client, who: str) -> None:
    checked()
    issue = QualityIssue.objects.get(party=cast.parties["lotta"], rule="no_holding")
    said = quality.dismiss(actor=cast.users["bo"], issue=issue, reason="Ei tilaa", at=clock.now())
    page = cast.sign_in(client, who)
    assert page.get(reverse("office:quality_dismiss", args=[issue.pk])).status_code == 404
    for name, key in [("dismiss", issue.pk), ("recheck", issue.pk), ("reopen", said.pk)]:
        assert page.post(reverse(f"office:quality_{name}", args=[key]), {"reason": "x"}).status_code == 404
    assert QualityDismissal.objects.count() == 1


@pytest.mark.parametrize("who", ["maija", "ulla"])
def test_without_a_post_there_is_no_list(cast: Cast, client: Client, who: str) -> None:
    assert cast.sign_in(client, who).get(reverse("office:quality")).status_code == 404
