"""What the pages of payments say and let one do: reasons, names, what was given back, a payment over many invoices."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from billing.models import Invoice, PaymentRow
from billing.models.payments import RowState
from billing.services import crediting, matching, suggesting
from billing.views import office_matching
from jasenpalvelu.common import clock
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.jobs.models import Job
from tests.bankfiles import Paid, ktl
from tests.billing.factories import make_invoice
from tests.billing.runs import work_off
from tests.billing.test_payments import book, manual, upload
from tests.cast import TODAY, Cast


@pytest.fixture(autouse=True)
def _today() -> object:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def invoice(cast: Cast) -> Invoice:
    union = cast.units["union"]
    return make_invoice(
        creditor=union, payer=cast.parties["maija"], lines=[(union, "100.00")], reference="100420000000124"
    )


@pytest.fixture
def riitta(cast: Cast, client: Client) -> Client:
    cast.sign_in(client, "riitta")
    return client


def page(client: Client, row: PaymentRow | None = None, **query: str) -> str:
    asked = query | ({"suoritus": str(row.pk)} if row else {})
    return client.get(reverse("office:matching"), asked).text


def test_an_exact_reference_with_another_sum_is_said_to_be_the_same(cast: Cast, invoice: Invoice) -> None:
    row = manual(cast, "150.00")
    best = suggesting.suggest(row=row)[0]
    assert (best.invoice, "same_reference" in best.reasons, "reference" in best.reasons) == (
        invoice,
        True,
        False,
    )
    row.reference_key = row.reference_raw = "100420000000142"
    assert "reference" in suggesting.suggest(row=row)[0].reasons


def test_a_double_payment_names_the_invoice_that_is_paid(
    cast: Cast, riitta: Client, invoice: Invoice
) -> None:
    manual(cast, "100.00")
    row = manual(cast, "100.00")
    text = page(riitta, row)
    assert f"Maksettu kahdesti: {invoice.number_text}" in text
    assert f"Lasku {invoice.number_text} on jo maksettu" in text
    assert reverse("office:invoice", args=[invoice.pk]) in text


def test_a_payment_of_a_credited_invoice_says_so(cast: Cast, riitta: Client, invoice: Invoice) -> None:
    crediting.credit(invoice=invoice, line_ids=None, reason="Virhe", on=TODAY, actor=None)
    assert f"Lasku {invoice.number_text} on hyvitetty" in page(riitta, manual(cast, "100.00"))


def test_money_given_back_is_done_with_its_day_and_can_be_undone(
    cast: Cast, riitta: Client, invoice: Invoice
) -> None:
    row = manual(cast, "12.00", reference="")
    address = reverse("office:matching")
    given = {"row": row.pk, "deed": "returned"}
    assert riitta.post(address, {**given, "returned_on": format_date(TODAY)}).status_code == 409
    riitta.post(address, {"row": row.pk, "deed": "return"})
    for wrong in ("", "huomenna", format_date(TODAY + timedelta(1)), format_date(TODAY - timedelta(1))):
        response = riitta.post(address, {**given, "returned_on": wrong})
        assert (response.status_code, list(response.context["form"].errors)) == (422, ["returned_on"])
    assert riitta.post(address, {**given, "returned_on": format_date(TODAY)}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.returned_on, row.returned_by) == (RowState.RETURNED, TODAY, cast.users["riitta"])
    assert f"Palautettu maksajalle {format_date(TODAY)}" in page(riitta, row)
    assert "METSÄPELTO M" in page(riitta, lista="palautetut")
    with pytest.raises(matching.MatchError, match="state"):
        matching.assign(row=row, parts=[(invoice, Decimal("12.00"))], actor=None)
    riitta.post(reverse("office:unmatch", args=[row.pk]))
    row.refresh_from_db()
    assert (row.state, row.returned_on, row.returned_by) == (RowState.RETURN, None, None)


def test_the_list_of_files_tells_what_waits_now(cast: Cast, riitta: Client, invoice: Invoice) -> None:
    union = cast.units["union"]
    file = book(cast, ktl(union.iban, [Paid("13", Decimal(25), TODAY)]))
    address = reverse("office:payments")
    assert riitta.get(address).context["files"] == [(file, 1)]
    matching.assign(row=file.rows.get(), parts=[(invoice, Decimal(25))], actor=None)
    assert riitta.get(address).context["files"] == [(file, 0)]
    shown = riitta.get(reverse("office:payment_file", args=[file.pk])).context
    assert (shown["waiting"], shown["matched"]) == (0, 1)


def test_the_same_file_again_leads_calmly_to_the_first_one(
    cast: Cast, riitta: Client, invoice: Invoice
) -> None:
    data = ktl(cast.units["union"].iban, [Paid("13", Decimal(25), TODAY)])
    first = upload(riitta, data, "maanantai.txt")
    work_off(Job.objects.get(kind="billing.book"))
    again = upload(riitta, data, "tiistai.txt")
    assert (again.status_code, again.url) == (302, first.url)
    text = riitta.get(again.url).text
    assert "on tuotu jo aiemmin" in text
    assert PaymentRow.objects.count() == Job.objects.filter(kind="billing.book").count() == 1


def test_one_payment_over_more_invoices_than_are_shown(
    cast: Cast, riitta: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office_matching, "SEVERAL", 3)
    union, maija, siiri = cast.units["union"], cast.parties["maija"], cast.parties["siiri"]
    made = [
        make_invoice(creditor=union, payer=maija, lines=[(union, "10.00")], reference=f"77000{n}")
        for n in range(5)
    ]
    other = make_invoice(creditor=union, payer=siiri, lines=[(union, "20.00")], reference="88001")
    row = manual(cast, "60.00", reference="")
    shown = riitta.get(reverse("office:matching"), {"suoritus": row.pk}).context
    assert ([invoice for invoice, _typed in shown["several"]], shown["several_more"]) == (made[:3], True)
    typed = {f"part_{invoice.pk}": "10,00" for invoice in made[:3]}
    asked = {
        "row": row.pk,
        "target": "several",
        "deed": "search",
        **typed,
        "search_several": other.number_text,
    }
    found = riitta.post(reverse("office:matching"), asked)
    assert found.status_code == 200
    assert found.context["several"] == [*((invoice, "10,00") for invoice in made[:3]), (other, "")]
    parts = {**typed, f"part_{other.pk}": "20"}
    assert riitta.post(reverse("office:matching"), {**asked, **parts, "deed": "match"}).status_code == 302
    other.refresh_from_db()
    assert other.open_amount == 0


def test_a_credit_is_seen_on_the_invoice_and_on_the_desk(
    cast: Cast, riitta: Client, invoice: Invoice
) -> None:
    note = crediting.credit(invoice=invoice, line_ids=None, reason="Virhe", on=TODAY, actor=None)
    text = riitta.get(reverse("office:invoice", args=[invoice.pk])).text
    assert note.number_text in text
    assert "Hyvitetty" in text
    assert "Maksettu" not in text
    assert "hyvitetty 100,00" in riitta.get(reverse("office:billing")).text
