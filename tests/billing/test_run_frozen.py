"""What was approved is what is numbered: terms and items are final from the approval on, and compared before the first number."""

from datetime import date
from decimal import Decimal

import pgtrigger
import pytest
from django.db import connection, transaction
from django.db.models import Q
from django.db.utils import Error

from billing.documents.model import InvoiceDocument
from billing.models import FeeTable, Invoice, InvoiceRun, NumberSeries, RunExclusion, RunItem
from billing.services import crediting, issuing, previewing
from billing.services.approving import StalePreview
from billing.services.documents import document_of, with_documents_data
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.services import running
from members.models import ContactPoint, MembershipType, OrgUnit, Party
from members.scope import Scope
from tests.billing.runs import approved, decided, flat, issued, items, make_run, previewed, work_off
from tests.cast import TODAY, Cast

D = Decimal


@pytest.fixture(autouse=True)
def _today():
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def table(cast: Cast) -> FeeTable:
    decided(cast.units["a2"], flat("metsamaksu", "62", types=["forest_owner"]))
    return decided(
        cast.units["a"], flat("jasenmaksu", "45", types=["farmer"]), flat("henkilo", "20", types=["personal"])
    )


def test_the_terms_and_items_of_an_approved_run_are_final(cast, table) -> None:
    run = previewed(make_run(cast.units["a"]))
    approved(run)
    item = items(run)["Metsäpelto Maija"]
    other = previewed(make_run(cast.units["a2"]))
    deeds = [
        lambda: RunItem.objects.filter(pk=item.pk).update(total=D(1)),
        lambda: RunItem.objects.filter(pk=item.pk).update(lines=[]),
        lambda: RunItem.objects.filter(pk=item.pk).update(payer_data={}),
        lambda: RunItem.objects.filter(pk=item.pk).update(state="excluded"),
        lambda: RunItem.objects.filter(pk=item.pk).update(state="error", total=D(1)),
        lambda: RunItem.objects.filter(pk=item.pk).delete(),
        lambda: RunItem.objects.filter(run=other).update(run=run),
        lambda: RunItem.objects.create(
            run=run, payer=cast.parties["lotta"], state="ready", name="x", sort_key="x", total=D(5)
        ),
        lambda: connection.cursor().execute("UPDATE billing_runitem SET name = 'x' WHERE id = %s", [item.pk]),
        lambda: InvoiceRun.objects.filter(pk=run.pk).update(due_date=date(2026, 12, 1)),
        lambda: InvoiceRun.objects.filter(pk=run.pk).update(message_fi="x"),
        lambda: InvoiceRun.objects.filter(pk=run.pk).delete(),
    ]
    for deed in deeds:
        with pytest.raises(Error), transaction.atomic(), mutation(actor=None, kind="t"):
            deed()
    previewed(other)


def _tamper(item: RunItem) -> None:
    """Somebody who gets past the trigger."""
    item.lines[0]["amount"] = "1.00"
    with pgtrigger.ignore("billing.RunItem:closed_update"):
        RunItem.objects.filter(pk=item.pk).update(lines=item.lines)


def test_what_is_not_what_was_approved_is_not_numbered(cast, table) -> None:
    run = previewed(make_run(cast.units["a"]))
    job = approved(run)
    _tamper(items(run)["Metsäpelto Maija"])
    running.run(job_id=job.pk, seconds=60)
    job.refresh_from_db()
    run.refresh_from_db()
    assert job.state == "failed"
    assert job.message
    assert (run.state, run.preview_hash, run.approved_hash, run.approved_by) == ("preview", "", "", None)
    assert not Invoice.objects.filter(run=run).exists()
    assert not NumberSeries.objects.filter(creditor=cast.units["a"]).exists()
    with pytest.raises(StalePreview):
        approved(run)
    work_off(approved(previewed(run)))


def test_a_run_changed_in_the_middle_of_numbering_makes_no_more(cast, table) -> None:
    run = previewed(make_run(cast.units["a"]))
    job = approved(run)
    issuing.issue_chunk(run=InvoiceRun.objects.get(pk=run.pk), actor=None, at=clock.now(), size=1)
    left = issuing.waiting(run).get()
    _tamper(left)
    running.run(job_id=job.pk, seconds=60)
    job.refresh_from_db()
    run.refresh_from_db()
    assert (job.state, run.state, Invoice.objects.filter(run=run).count()) == ("failed", "issuing", 1)


def test_who_was_left_out_and_why_is_for_the_creditor_s_treasurer(cast, table) -> None:
    run = previewed(make_run(cast.units["a"]))
    previewing.exclude(run=run, payer=cast.parties["maija"], reason="riita", actor=None)

    def seen(name: str) -> int:
        return RunExclusion.objects.visible_to(Scope.for_user(cast.users[name], on=TODAY)).count()

    assert [seen(name) for name in ("olavi", "bo", "maija")] == [1, 0, 0]


def _documents(run: InvoiceRun) -> list[InvoiceDocument]:
    found = Invoice.objects.filter(Q(run=run) | Q(credits__run=run)).order_by("number")
    return [document_of(invoice) for invoice in with_documents_data(found)]


def test_an_issued_document_says_the_same_whatever_is_changed_afterwards(cast, table) -> None:
    """Everything printed is a copy: names, addresses, accounts, types and tables may all change."""
    run = issued(make_run(cast.units["a"], cast.units["a2"]))
    for invoice in Invoice.objects.filter(run=run).order_by("pk"):
        crediting.credit(invoice=invoice, line_ids=None, reason="virhe", on=TODAY, actor=None)
    before = _documents(run)
    assert before[0].lines[0].beneficiary
    with mutation(actor=None, kind="t"):
        OrgUnit.objects.update(
            name_fi="Uusi", name_sv="Ny", name_en="New", iban="FI2112345600000785", y_tunnus="1572860-0",
            street="Uusi tie 1", city="Uusi", email="uusi@example.fi", phone="0", website="",
        )  # fmt: skip
        Party.objects.update(display_name="Uusi", sort_key="uusi", language="sv", non_disclosure=True)
        ContactPoint.objects.update(value="Uusi tie 1", postal_code="00100", city="Uusi")
        MembershipType.objects.filter(federation_code="farmer").update(name_fi="Uusi", name_sv="Ny")
    assert _documents(run) == before


def test_beneficiaries_are_named_in_the_language_of_the_invoice(cast, table) -> None:
    with mutation(actor=None, kind="t"):
        Party.objects.filter(pk=cast.parties["maija"].pk).update(language="sv")
        OrgUnit.objects.filter(pk=cast.units["a"].pk).update(name_sv="Skogsvård")
    run = issued(make_run(cast.units["a"]))
    invoice = Invoice.objects.get(run=run, payer=cast.parties["maija"])
    assert {line.beneficiary for line in document_of(invoice).lines} == {"Skogsvård"}
