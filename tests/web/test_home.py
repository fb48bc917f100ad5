"""The office's first page, its quick search and its settings: by right and reach, and nobody else's (REG-7, REG-12)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from billing import waiting
from billing.models import PayerAccount, PaymentRow
from billing.models.payments import RowState
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job, State
from jasenpalvelu.web import workqueue
from members.models import Holding, ImportBatch, Membership, OrgUnit
from members.scope import Scope
from members.services import lifecycle, registering
from members.waiting import Asked
from tests.billing import runs
from tests.billing.factories import make_invoice
from tests.cast import JOINED, TODAY, Cast
from tests.members.helpers import appoint


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def page(client: Client, cast: Cast, who: str, name: str = "home", **query: str) -> str:
    response = cast.sign_in(client, who).get(reverse(f"office:{name}"), query)
    assert response.status_code == 200
    return response.content.decode()


def applicant(cast: Cast, unit: str, on: date) -> None:
    party = registering.create_person(actor=None, first_names="Hilla", last_name="Hakija", on=JOINED)
    lifecycle.apply(actor=None, party=party, unit=cast.units[unit], type=cast.types["personal"], on=on)


def payment(cast: Cast, unit: str, amount: str, iban: str = "") -> PaymentRow:
    with mutation(actor=None, kind="test"):
        return PaymentRow.objects.create(
            unit=cast.units[unit], account=cast.units[unit].iban, booked_on=TODAY, paid_on=TODAY,
            amount=Decimal(amount), payer_iban=iban, state=RowState.WAITING, manual_key=uuid4(),
        )  # fmt: skip


# --- the queue --------------------------------------------------------------------------------------------------------
def test_applications_wait_with_the_meeting_and_the_oldest(cast: Cast, client: Client) -> None:
    with mutation(actor=None, kind="test"):
        OrgUnit.objects.filter(slug="a").update(next_meeting=date(2026, 11, 26))
    applicant(cast, "a", date(2026, 11, 16))
    applicant(cast, "a", date(2026, 11, 20))
    applicant(cast, "b", date(2026, 1, 1))
    html = page(client, cast, "aino")
    assert "jäsenhakemusta" in html
    assert "Hallitus kokoontuu 26.11.2026. Vanhin on odottanut 6 päivää." in html
    assert "2 hakemusta esityslistalla" in html
    assert f'href="{reverse("office:meetings")}#asiat-application"' in html, (
        "the board decides at its meeting"
    )
    assert "jäsenhakemus" not in page(client, cast, "olavi")  # a treasurer does not admit
    riitta = page(client, cast, "riitta")
    assert '<span class="n">3</span>' in riitta


def test_payments_wait_with_their_sum_and_what_is_likely(cast: Cast, client: Client) -> None:
    unit, maija = cast.units["a"], cast.parties["maija"]
    make_invoice(creditor=unit, payer=maija, lines=[(unit, "100.00")], reference="12344")
    PayerAccount.objects.create(payer_iban="FI5810171000000122", party=maija)
    payment(cast, "a", "100.00", "FI5810171000000122")
    payment(cast, "a", "55.50")
    payment(cast, "b", "999.00")
    html = page(client, cast, "olavi")
    assert "suoritusta ilman laskua" in html
    assert "155,50" in html
    assert "1 suoritukselle on valmis ehdotus" in html
    assert "suoritus" not in page(client, cast, "aino").split("<main")[1].split("Tulossa")[0]


def test_missing_data_waits_and_leads_to_the_list(cast: Cast, client: Client) -> None:
    with mutation(actor=None, kind="test"):
        Holding.objects.update(y_tunnus="")
    html = page(client, cast, "aino")
    assert "jäsen ilman osoitetta" in html
    assert "lacks=contact" in html
    assert "jäsenen tila ilman Y-tunnusta" in html
    assert "lacks=y_tunnus" in html
    assert "ilman osoitetta" not in page(client, cast, "bo")


def test_lists_and_runs_wait(cast: Cast, client: Client) -> None:
    ImportBatch.objects.create(unit=cast.units["a"], file_name="a.csv", sha256="0", state="checked")
    assert "luettelo tarkistettavana" in page(client, cast, "aino")
    assert "luettelo tarkistettavana" not in page(client, cast, "bo")
    runs.decided(cast.units["a"], runs.flat("perus", "20.00"))
    runs.previewed(runs.make_run(cast.units["a"], cast.units["a"], actor=cast.users["olavi"]))
    assert "laskutusajo odottaa hyväksyntää" in page(client, cast, "olavi")
    assert "laskutusajo odottaa" not in page(client, cast, "aino")


def test_what_is_heavy_in_a_wide_reach_comes_after_the_page(cast: Cast, client: Client) -> None:
    figures = reverse("office:home_figures")
    html = page(client, cast, "riitta")
    assert "ilman osoitetta" not in html
    assert figures in html
    told = page(client, cast, "riitta", "home_figures")
    assert "Laskutettu 2026" in told
    html = page(client, cast, "riitta")
    assert "jäsen ilman osoitetta" in html
    assert figures not in html


def test_the_number_in_the_navigation_is_the_queues(cast: Cast, client: Client) -> None:
    applicant(cast, "a", TODAY)
    cast.sign_in(client, "aino")
    asked = Asked(Scope.for_user(cast.users["aino"], on=TODAY), TODAY)
    assert workqueue.queue(asked, cast.users["aino"].pk).total == 2
    assert badges(client) == ["2", "1"]


def test_the_numbers_in_the_navigation_follow_ones_own_acts_at_once(cast: Cast, client: Client) -> None:
    applicant(cast, "a", TODAY)
    cast.sign_in(client, "aino")
    assert badges(client) == ["2", "1"], "the whole queue, and the applications beside their own place"
    membership = Membership.objects.get(state="applied")
    sent = {"valittu": [membership.pk], "decided_on": "22.11.2026", "paatos": "hyvaksy"}
    client.post(reverse("office:applications"), sent)
    membership.refresh_from_db()
    assert membership.state == "active"
    assert badges(client) == ["2"], "no application any more, but one more member without an address"


def badges(client: Client) -> list[str]:
    html = client.get(reverse("office:members")).content.decode()
    return re.findall(r"odottaa: </span>(\d+)", html)


# --- what runs and what is coming -------------------------------------------------------------------------------------
def test_ones_running_work_is_shown(cast: Cast, client: Client) -> None:
    Job.objects.create(
        kind="members.export",
        title="Jäsenluettelo",
        owner=cast.users["aino"],
        state=State.RUNNING,
        total=41,
        done=28,
    )
    html = page(client, cast, "aino")
    assert "<strong>28</strong> / 41" in html
    assert 'value="28"' in html
    assert "Jäsenluettelo" not in page(client, cast, "bo")


def test_due_dates_and_the_first_day_of_reminders_are_coming(cast: Cast, client: Client) -> None:
    runs.decided(cast.units["a"], runs.flat("perus", "20.00"))
    dates = {"invoice_date": date(2026, 11, 2), "due_date": date(2026, 11, 16)}
    runs.issued(runs.make_run(cast.units["a"], cast.units["a"], actor=cast.users["olavi"], **dates))
    scope = Scope.for_user(cast.users["olavi"], on=TODAY)
    with translation.override("fi"):
        found = waiting.coming(scope, TODAY)
    assert [(event.day, event.detail) for event in found] == [(date(2026, 12, 1), "2 laskua, 40,00\xa0€")]
    assert "Ensimmäinen päivä, jolloin maksumuistutuksen voi lähettää" in page(client, cast, "olavi")
    assert waiting.coming(Scope.for_user(cast.users["bo"], on=TODAY), TODAY) == []


# --- figures ----------------------------------------------------------------------------------------------------------
def test_the_year_in_figures(cast: Cast, client: Client) -> None:
    a, b = cast.units["a"], cast.units["b"]
    make_invoice(creditor=a, payer=cast.parties["maija"], lines=[(a, "300.00")], reference="12344")
    make_invoice(
        creditor=a,
        payer=cast.parties["estate"],
        lines=[(a, "200.00")],
        reference="12357",
        due=date(2025, 3, 16),
    )
    make_invoice(creditor=b, payer=cast.parties["lotta"], lines=[(b, "7777.00")], reference="12360")
    html = page(client, cast, "olavi")
    assert "Laskutettu 2026" in html
    assert "+50,0" in html
    assert "2 laskua myöhässä" in html
    assert "7" + "\xa0" + "777" not in html
    year = waiting.year(Scope.for_user(cast.users["olavi"], on=TODAY), TODAY)
    assert (year.sums.billed, year.before.billed, year.sums.paid, year.open, year.late) == (
        300,
        200,
        0,
        500,
        2,
    )


def test_members_and_memberships_are_told_apart(cast: Cast, client: Client) -> None:
    """Maija belongs to two associations of the region: one member, two memberships."""
    assert "3 jäsenyyttä" not in page(client, cast, "aino"), "in one association they are the same"
    page(client, cast, "riitta", "home_figures")
    html = page(client, cast, "riitta")
    assert "5 jäsenyyttä, osa useassa yhdistyksessä" in html


def test_sums_are_for_class_d_only(cast: Cast, client: Client) -> None:
    appoint(cast, "ulla", "regional_director", "region1")
    page(client, cast, "ulla", "home_figures")
    html = page(client, cast, "ulla")
    assert "Jäsenet" in html
    assert "Laskutettu" not in html


def test_a_new_association_sees_its_first_steps(cast: Cast, client: Client) -> None:
    appoint(cast, "ulla", "secretary", "a3")
    html = page(client, cast, "ulla")
    assert "Ensimmäiset askeleet" in html
    assert reverse("office:imports") in html
    assert reverse("office:unit_edit", args=[cast.units["a3"].pk]) in html
    assert "Ensimmäiset askeleet" not in page(client, cast, "bo")


@pytest.mark.parametrize("who", ["aino", "olavi", "tiina", "riitta"])
def test_the_page_asks_twelve_questions_at_most(cast: Cast, client: Client, who: str) -> None:
    applicant(cast, "a", TODAY)
    payment(cast, "a", "10.00")
    runs.decided(cast.units["a"], runs.flat("perus", "20.00"))
    runs.issued(
        runs.make_run(
            cast.units["a"], cast.units["a"], actor=cast.users["olavi"],
            invoice_date=date(2026, 11, 2), due_date=date(2026, 11, 16),
        )
    )  # fmt: skip
    cast.sign_in(client, who)
    cache.clear()
    with CaptureQueriesContext(connection) as asked:
        assert client.get(reverse("office:home")).status_code == 200
    assert len(asked) <= 12, [q["sql"][:90] for q in asked]


@pytest.mark.parametrize("who", ["maija", "ulla"])
@pytest.mark.parametrize("name", ["home", "home_figures", "search", "settings"])
def test_without_a_post_there_is_no_office(cast: Cast, client: Client, who: str, name: str) -> None:
    assert cast.sign_in(client, who).get(reverse(f"office:{name}")).status_code == 404


# --- quick search -----------------------------------------------------------------------------------------------------
def test_members_holdings_and_invoices_are_found_at_once(cast: Cast, client: Client) -> None:
    unit = cast.units["a"]
    invoice = make_invoice(
        creditor=unit, payer=cast.parties["maija"], lines=[(unit, "100.00")], reference="12344"
    )
    html = page(client, cast, "olavi", "search", q="koivula")
    assert "Metsäpelto Maija" in html
    assert "1572860-0" in html
    for typed in ("metsäp", invoice.number_text, "12344", "1 2344"):
        assert reverse("office:invoice", args=[invoice.pk]) in page(
            client, cast, "olavi", "search", q=typed
        ), typed
    assert "1572860-0" in page(client, cast, "aino", "search", q="FI15728600")


def test_a_whole_member_number_leads_to_the_member(cast: Cast, client: Client) -> None:
    maija, lotta = cast.parties["maija"], cast.parties["lotta"]
    cast.sign_in(client, "aino")
    url = reverse("office:search")
    response = client.get(url, {"q": maija.number})
    assert response.headers["Location"] == reverse("office:member", args=[maija.pk])
    assert client.get(url, {"q": lotta.number}).status_code == 200
    typing = client.get(url, {"q": maija.number}, headers={"HX-Request": "true"})
    assert typing.status_code == 200
    assert "Metsäpelto Maija" in typing.content.decode()


@pytest.mark.parametrize("typed", ["ängström", "lotta", "lotta@example.fi", "strandvägen"])
def test_nothing_of_another_association_is_found(cast: Cast, client: Client, typed: str) -> None:
    b = cast.units["b"]
    make_invoice(creditor=b, payer=cast.parties["lotta"], lines=[(b, "7777.00")], reference="12344")
    html = page(client, cast, "aino", "search", q=typed)
    assert "Ängström" not in html.split('id="osumat"')[1]
    assert "Mitään ei löytynyt" in html
    assert "Mitään ei löytynyt" in page(client, cast, "olavi", "search", q="12344")


def test_findings_are_masked_and_by_class(cast: Cast, client: Client) -> None:
    html = page(client, cast, "aino", "search", q="obrien").split('id="osumat"')[1]
    assert "O&#x27;Brien Siiri" in html
    assert "Ei näytetä" in html
    assert "Helsinki" not in html
    assert "Mitään ei löytynyt" in page(client, cast, "aino", "search", q="0405550199")
    appoint(cast, "ulla", "regional_director", "region1")
    html = page(client, cast, "ulla", "search", q="koivula").split('id="osumat"')[1]
    assert "Tilat" not in html  # holdings are of class C
    assert "1572860" not in html


@pytest.mark.parametrize("typed", ["", "m", "  ", "%", "' OR 1=1 --", "x" * 500, "\x00ab", ":*&!"])
def test_odd_searches_break_nothing(cast: Cast, client: Client, typed: str) -> None:
    assert "osumat" in page(client, cast, "riitta", "search", q=typed)


# --- settings ---------------------------------------------------------------------------------------------------------
def test_settings_lead_to_what_one_may_set(cast: Cast, client: Client) -> None:
    a = cast.units["a"].pk
    html = page(client, cast, "aino", "settings")
    assert reverse("office:unit", args=[a]) in html
    assert reverse("office:membership_types", args=[a]) in html
    assert reverse("account_security") in html
    html = page(client, cast, "olavi", "settings")
    assert reverse("office:fee_tables") in html
    assert reverse("office:membership_types", args=[a]) not in html
