"""The treasurer's desk, one invoice, one payer's account, documents in number, and the member's own pages."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from billing import reading, waiting
from billing.formats.barcode import bank_barcode
from billing.models import Invoice
from billing.services import crediting, fee_tables, ledger
from billing.views import office_desk
from jasenpalvelu.audit.models import AccessLog
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services.running import run
from members.models import Party
from members.scope import Scope
from tests.billing.factories import make_invoice
from tests.cast import TODAY, Cast


@pytest.fixture
def invoice(cast: Cast) -> Invoice:
    """A joint invoice of A: 100,00 of A's own and 13,00 of the union's, due in March."""
    a, union = cast.units["a"], cast.units["union"]
    return make_invoice(
        creditor=a, payer=cast.parties["maija"], lines=[(a, "100.00"), (union, "13.00")], reference="12344"
    )


@pytest.fixture(autouse=True)
def _today() -> object:
    with clock.frozen(TODAY):
        yield


def page(client: Client, name: str, *args: object, **query: str) -> str:
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def test_desk_tells_open_and_late_and_finds_by_what_is_typed(
    cast: Cast, client: Client, invoice: Invoice
) -> None:
    cast.sign_in(client, "olavi")
    text = page(client, "office:billing")
    assert "113,00" in text
    assert "Metsäpelto Maija" in text
    for typed in ("metsäp", invoice.number_text, "12344", "1 2344", invoice.payer_number):
        assert invoice.number_text in page(client, "office:billing", q=typed)
    assert invoice.number_text not in page(client, "office:billing", state="paid")
    assert invoice.number_text in page(client, "office:billing", age="61")
    assert invoice.number_text not in page(client, "office:billing", age="15")


def test_invoice_page_and_its_pdf(cast: Cast, client: Client, invoice: Invoice) -> None:
    cast.sign_in(client, "olavi")
    assert "12344" in page(client, "office:invoice", invoice.pk)
    response = client.get(reverse("office:invoice_pdf", args=[invoice.pk]))
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    assert response.content.startswith(b"%PDF")


def test_a_beneficiary_sees_its_own_lines_of_a_joint_invoice(
    cast: Cast, client: Client, invoice: Invoice
) -> None:
    b = cast.units["b"]
    joint = make_invoice(
        creditor=cast.units["union"],
        payer=cast.parties["lotta"],
        lines=[(b, "45.00"), (cast.units["a"], "62.00")],
        reference="1232",
    )
    cast.sign_in(client, "bo")
    text = page(client, "office:invoice", joint.pk)
    assert "45,00" in text
    assert cast.units["a"].name_sv not in text
    assert "1232" not in text
    assert client.get(reverse("office:invoice_pdf", args=[joint.pk])).status_code == 404


def test_account_runs_to_its_balance(cast: Cast, client: Client, invoice: Invoice) -> None:
    ledger.post_payment(invoice=invoice, amount=invoice.total / 2, paid_on=TODAY, booked_on=TODAY, actor=None)
    cast.sign_in(client, "olavi")
    text = page(client, "office:payer", invoice.payer_id)
    assert "56,50" in text
    assert "113,00" in text


def test_a_protected_address_goes_only_to_those_who_send_the_invoices(
    cast: Cast, client: Client, invoice: Invoice
) -> None:
    """Alone or among many: the secretary may look at invoices and print the others."""
    with mutation(actor=None, kind="test.order"):
        Party.objects.filter(pk=invoice.payer_id).update(non_disclosure=True)
    asked = {"form": "zip", "query": f"q={invoice.number_text}"}
    aino = cast.sign_in(client, "aino")
    assert aino.get(reverse("office:invoice_pdf", args=[invoice.pk])).status_code == 404
    assert aino.post(reverse("office:invoice_documents"), asked).status_code == 404
    assert not Job.objects.filter(kind="billing.documents").exists()
    olavi = cast.sign_in(Client(), "olavi")
    assert olavi.post(reverse("office:invoice_documents"), asked).status_code == 302
    assert AccessLog.objects.filter(party_id=invoice.payer_id, user=cast.users["olavi"]).exists()
    job = Job.objects.get(kind="billing.documents")
    with mutation(actor=None, kind="test.other_owner"):
        Job.objects.filter(pk=job.pk).update(owner=cast.users["aino"])
    while run(job_id=job.pk):
        pass
    job.refresh_from_db()
    assert (job.state, bool(job.result)) == ("failed", False)


@pytest.mark.parametrize("form", ["pdf", "zip"])
def test_documents_of_a_list_come_as_a_job(cast: Cast, client: Client, invoice: Invoice, form: str) -> None:
    cast.sign_in(client, "olavi")
    response = client.post(reverse("office:invoice_documents"), {"form": form, "query": "state=open"})
    assert response.status_code == 302
    job = Job.objects.get()
    while run(job_id=job.pk):
        pass
    job.refresh_from_db()
    assert job.state == "done", job.log
    with default_storage.open(job.result.name) as file:
        content = file.read()
    if form == "pdf":
        assert content.startswith(b"%PDF")
    else:
        assert len(zipfile.ZipFile(io.BytesIO(content)).namelist()) == 1


def test_outsiders_twins(cast: Cast, client: Client, invoice: Invoice) -> None:
    pages = [
        reverse("office:billing"),
        reverse("office:invoice", args=[invoice.pk]),
        reverse("office:invoice_pdf", args=[invoice.pk]),
        reverse("office:payer", args=[invoice.payer_id]),
    ]
    for name in ("ulla", "maija"):
        cast.sign_in(client, name)
        assert [client.get(url).status_code for url in pages] == [404] * 4
    cast.sign_in(client, "bo")
    assert [client.get(url).status_code for url in pages[1:]] == [404] * 3
    assert client.post(reverse("office:invoice_documents"), {"form": "pdf"}).status_code == 404


def test_member_pays_from_own_pages_and_sees_nobody_elses(
    cast: Cast, client: Client, invoice: Invoice
) -> None:
    other = make_invoice(
        creditor=cast.units["b"],
        payer=cast.parties["lotta"],
        lines=[(cast.units["b"], "25.00")],
        reference="1232",
    )
    cast.sign_in(client, "maija")
    assert "113,00" in page(client, "portal:home")
    text = page(client, "portal:invoice", invoice.pk)
    code = bank_barcode(cast.units["a"].iban, invoice.total, "12344", invoice.due_date)
    assert code in text
    assert client.get(reverse("portal:invoice_pdf", args=[invoice.pk])).status_code == 200
    assert "maija@example.fi" in page(client, "portal:details")
    for name in ("portal:invoice", "portal:invoice_pdf"):
        assert client.get(reverse(name, args=[other.pk])).status_code == 404


def test_a_login_without_a_member_is_told_what_to_do(cast: Cast, client: Client) -> None:
    cast.sign_in(client, "ulla")
    assert "/liity/" in page(client, "portal:home")
    assert client.get(reverse("portal:invoices")).status_code == 404


def test_member_page_shows_the_invoices_to_those_who_may_see_them(
    cast: Cast, client: Client, invoice: Invoice
) -> None:
    cast.sign_in(client, "olavi")
    assert invoice.number_text in page(client, "office:member", invoice.payer_id)


def test_join_form_tells_what_the_association_charges(cast: Cast, client: Client) -> None:
    table = fee_tables.create(unit=cast.units["a"], year=TODAY.year, actor=None)
    flat = {"name_fi": "Jäsenmaksu", "kind": "flat", "once_per": "membership", "amount": Decimal("45.00")}
    fee_tables.save_rule(table=table, rule=None, values=flat, brackets=[], actor=None)
    fee_tables.decide(table=table, decided_by="Kokous", decided_on=TODAY, section="8", actor=None)
    assert "45,00" in client.get(reverse("public:join", args=["a"])).content.decode()


@pytest.mark.parametrize("typed", ["²", "9" * 5000, "2026-²", "-1"])
def test_odd_keys_in_addresses_are_no_error_of_ours(
    cast: Cast, client: Client, invoice: Invoice, typed: str
) -> None:
    cast.sign_in(client, "olavi")
    assert client.get(reverse("office:billing"), {"q": typed}).status_code == 200
    assert client.get(reverse("office:matching"), {"suoritus": typed}).status_code == 404
    assert client.post(reverse("office:matching"), {"row": typed, "target": typed}).status_code == 404


def test_a_protected_address_is_not_shown_in_the_office(cast: Cast, client: Client) -> None:
    a = cast.units["a"]
    found = make_invoice(creditor=a, payer=cast.parties["siiri"], lines=[(a, "30.00")], reference="1232")
    cast.sign_in(client, "aino")
    assert "Koivulantie" not in page(client, "office:invoice", found.pk)
    assert client.get(reverse("office:invoice_pdf", args=[found.pk])).status_code == 404


def test_what_is_paid_is_counted_in_one_place_and_by_the_year_of_the_invoice(
    cast: Cast, client: Client, invoice: Invoice
) -> None:
    """A credit note of this year for last year's invoice lowers last year, not this one."""
    a = cast.units["a"]
    last = make_invoice(
        creditor=a, payer=cast.parties["siiri"], lines=[(a, "50.00")], reference="1232", due=date(2025, 3, 16)
    )
    crediting.credit(invoice=last, line_ids=None, reason="x", on=TODAY, actor=None)
    ledger.post_payment(invoice=invoice, amount=Decimal("13.00"), paid_on=TODAY, booked_on=TODAY, actor=None)
    desk = reading.desk(invoices=Invoice.objects.filter(creditor=a), year=2026, on=TODAY)
    front = waiting.year(Scope.for_user(cast.users["olavi"], on=TODAY), TODAY)
    assert (desk.year.billed, desk.year.credited, desk.year.paid) == (113, 0, 13)
    assert desk.year == front.sums
    assert (front.before.billed, front.before.paid, front.before.credited) == (0, 0, 50)
    assert desk.year.billed == desk.year.paid + desk.year.unpaid
    assert (desk.open.amount, desk.overdue.amount, front.open) == (100, 100, 100)
    assert desk.overdue.amount == sum(sums.amount for _low, _high, sums in desk.ages)


def test_nothing_is_compared_before_the_first_run_of_the_year(cast: Cast) -> None:
    a = cast.units["a"]
    make_invoice(
        creditor=a, payer=cast.parties["siiri"], lines=[(a, "50.00")], reference="1232", due=date(2025, 3, 16)
    )
    year = waiting.year(Scope.for_user(cast.users["olavi"], on=TODAY), TODAY)
    assert (year.before.billed, year.sums.billed, year.change) == (50, 0, None)


@pytest.mark.parametrize("typed", ["x", "99999", "-1", "9" * 5000, "2026.5", "²"])
def test_an_odd_year_gives_the_present_one(cast: Cast, client: Client, invoice: Invoice, typed: str) -> None:
    cast.sign_in(client, "olavi")
    assert client.get(reverse("office:billing"), {"year": typed}).context["year"] == 2026
    assert client.get(reverse("office:billing"), {"year": "2025"}).context["year"] == 2025


def test_invoices_are_listed_newest_first_and_paged(cast: Cast, client: Client, invoice: Invoice) -> None:
    a = cast.units["a"]
    for number in range(60):
        make_invoice(creditor=a, payer=cast.parties["maija"], lines=[(a, "1.00")], reference=f"9{number}")
    cast.sign_in(client, "olavi")
    newest = client.get(reverse("office:billing")).context["rows"]
    keys = [found.pk for found, _state, _late in newest]
    assert keys == sorted(keys, reverse=True)
    payer = client.get(reverse("office:payer", args=[invoice.payer_id]))
    assert len(payer.context["invoices"]) == 10
    assert f"?q={invoice.payer_number}" in payer.text


def test_an_account_is_paged_and_its_balance_runs_on(cast: Cast, client: Client, invoice: Invoice) -> None:
    a = cast.units["a"]
    for number in range(60):
        make_invoice(creditor=a, payer=cast.parties["maija"], lines=[(a, "1.00")], reference=f"9{number}")
    cast.sign_in(client, "olavi")
    address = reverse("office:payer", args=[invoice.payer_id])
    first = client.get(address).context
    second = client.get(address, {"jalkeen": first["page"].next}).context
    rows = [*first["rows"], *second["rows"]]
    assert (len(first["rows"]), len(second["rows"])) == (50, 11)
    assert [row.balance for row in rows] == [Decimal(173 - place) for place in range(61)]
    assert rows[-1].entry.invoice == invoice


def test_a_file_of_too_many_invoices_says_what_it_leaves_out(
    cast: Cast, client: Client, invoice: Invoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office_desk, "MOST_DOCUMENTS", 1)
    make_invoice(
        creditor=cast.units["a"],
        payer=cast.parties["siiri"],
        lines=[(cast.units["a"], "1.00")],
        reference="1232",
    )
    cast.sign_in(client, "olavi")
    client.post(reverse("office:invoice_documents"), {"form": "pdf"})
    job = Job.objects.get()
    assert job.total == 1
    assert "1" in job.detail
