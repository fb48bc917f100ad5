"""The treasurer's fee tables and runs in a real browser: accessible at both widths, and whole from the form to the numbers."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from billing.models import Invoice, InvoiceRun, RunItem
from billing.services import fee_tables
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from tests.billing.runs import bracket, decided, flat, make_run, previewed, work_off
from tests.browser.conftest import Visit
from tests.cast import TODAY, Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _today():
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def run(cast: Cast) -> InvoiceRun:
    decided(cast.units["union"], flat("liitto", "13", once_per="payer", types=["farmer"]))
    farm, person = flat("farmi", "45", types=["farmer"]), flat("henkilo", "20", types=["personal"])
    decided(cast.units["a"], farm, person, year=2025)
    last = previewed(make_run(cast.units["a"], year=2025))
    from billing.services import approving

    work_off(approving.approve(run=last, preview_hash=last.preview_hash, actor=None, at=clock.now()).job)
    decided(cast.units["a"], flat("farmi", "145", types=["farmer"]), person)
    return previewed(make_run(cast.units["a"]))


def test_pages_of_runs_are_accessible(cast, run, visit: Visit) -> None:
    item = RunItem.objects.get(run=run, payer=cast.parties["maija"])
    addresses = [
        reverse("office:runs"),
        reverse("office:run_new"),
        reverse("office:run", args=[run.pk]),
        reverse("office:run_items", args=[run.pk]),
        reverse("office:run_item", args=[run.pk, item.pk]),
        reverse("office:run_item_exclude", args=[run.pk, item.pk]),
        reverse("office:run", args=[InvoiceRun.objects.get(year=2025).pk]),
        reverse("office:invoice_credit", args=[Invoice.objects.filter(payer=item.payer).first().pk]),
    ]
    for address in addresses:
        for page in visit(address, as_="olavi"):
            assert page.locator("h1").count() == 1


def test_pages_of_fee_tables_are_accessible(cast, visit: Visit) -> None:
    rules = [flat("perus", "25"), bracket("ala", ["field_ha"], [("0", "10", "42"), ("10", None, "62")])]
    draft = fee_tables.create(unit=cast.units["a"], year=2027, actor=None, rules=rules)
    rule = draft.rules.get(code="ala")
    addresses = [
        reverse("office:fee_tables"),
        reverse("office:fee_table_new"),
        reverse("office:fee_table", args=[draft.pk]) + "?tyyppi=farmer&p_field_ha=12",
        reverse("office:fee_rule_new", args=[draft.pk]),
        reverse("office:fee_rule", args=[draft.pk, rule.pk]),
        reverse("office:fee_rule_delete", args=[draft.pk, rule.pk]),
    ]
    for address in addresses:
        for page in visit(address, as_="olavi"):
            assert page.locator("h1").count() == 1


def test_a_gap_is_seen_beside_its_row(cast, visit: Visit) -> None:
    draft = fee_tables.create(unit=cast.units["a"], year=2027, actor=None)
    for page in visit(reverse("office:fee_rule_new", args=[draft.pk]) + "?laji=bracket", as_="olavi"):
        page.get_by_label("Nimi suomeksi").fill("Pelto")
        page.get_by_label("Pelto, ha").check()
        for name, value in {
            "0-lower": "0",
            "0-upper": "10",
            "0-amount": "42",
            "1-lower": "20",
            "1-amount": "62",
        }.items():
            page.locator(f"[name='luokka-{name}']").fill(value)
        page.get_by_role("button", name="Tallenna osa").click()
        assert page.locator("#id_luokka-1-lower_error").is_visible()
        assert page.locator("[name='luokka-1-amount']").input_value() == "62"
        _still_whole(page)


def test_the_treasurer_approves_what_was_looked_at(cast, run, visit: Visit) -> None:
    for page in visit(reverse("office:run", args=[run.pk]), as_="olavi", widths=(1280,)):
        page.get_by_role("button", name="Hyväksy 2 laskua").click()
        assert page.get_by_text("Merkitse tämä, kun olet tarkistanut").first.is_visible()
        page.get_by_label("Olen tarkistanut summat ja huomautukset").check()
        page.get_by_role("button", name="Hyväksy 2 laskua").click()
        page.wait_for_url("**/tyot/**")
        run.refresh_from_db()
        work_off(Job.objects.get(pk=run.job_id))
        page.goto(reverse("office:run", args=[run.pk]))
        assert page.get_by_text("Laskut ovat valmiit").is_visible()
    assert list(Invoice.objects.filter(run=run).order_by("number").values_list("number", flat=True)) == [1, 2]


def _still_whole(page: Page) -> None:
    from tests.browser import axe

    axe.check(page)
