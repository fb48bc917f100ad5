"""A payer's credit and open invoices: what was credited stays credited, and credit pays another invoice until it is undone."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db.models import Sum
from django.test import Client
from django.urls import reverse

from billing.models import Invoice, LedgerEntry, PaymentRow
from billing.services import crediting, matching, offsetting
from billing.services.booking_files import book_file
from billing.services.booking_payments import book_manually
from billing.services.reading_payments import read
from jasenpalvelu.audit.models import Mutation
from jasenpalvelu.common import clock
from tests.bankfiles import Paid, ktl
from tests.billing.factories import make_invoice
from tests.billing.test_payments import balances_agree
from tests.cast import TODAY, Cast

D = Decimal


@pytest.fixture
def invoices(cast: Cast) -> list[Invoice]:
    """Two of Maija's, 100,00 in two parts and 45,00."""
    union, a = cast.units["union"], cast.units["a"]
    made = [([(union, "60.00"), (a, "40.00")], "1232"), ([(union, "45.00")], "1245")]
    return [
        make_invoice(creditor=union, payer=cast.parties["maija"], lines=lines, reference=reference)
        for lines, reference in made
    ]


def pay(cast: Cast, amount: str, reference: str = "1232") -> PaymentRow:
    return book_manually(
        unit=cast.units["union"], key=str(uuid4()), amount=D(amount), paid_on=TODAY, reference=reference,
        payer_name="METSÄPELTO M", message="", actor=cast.users["riitta"],
    )  # fmt: skip


def open_of(invoice: Invoice) -> Decimal:
    return Invoice.objects.get(pk=invoice.pk).open_amount


def credit_of(invoice: Invoice) -> Decimal:
    return offsetting.free_credit(creditor_id=invoice.creditor_id, payer_id=invoice.payer_id)


def balance(invoice: Invoice) -> Decimal:
    entries = LedgerEntry.objects.filter(payer=invoice.payer_id, creditor=invoice.creditor_id)
    return entries.aggregate(n=Sum("amount"))["n"]


def credit(invoice: Invoice, lines: list[int] | None = None) -> None:
    crediting.credit(invoice=invoice, line_ids=lines, reason="Virhe", on=TODAY, actor=None)


@pytest.mark.parametrize("whole", [True, False])
def test_a_credited_invoice_stays_credited_when_its_payment_is_taken_back(
    cast: Cast, invoices: list[Invoice], *, whole: bool
) -> None:
    first = invoices[0]
    row = pay(cast, "100.00")
    credit(first, None if whole else [first.lines.order_by("position")[0].pk])
    credited = D("100.00") if whole else D("60.00")
    assert credit_of(first) == credited
    matching.undo(row=row, actor=None)
    assert (open_of(first), credit_of(first)) == (D(100) - credited, 0)
    assert balance(first) == D("145.00") - credited
    assert Invoice.objects.get(pk=first.pk).state_on(TODAY) == ("credited" if whole else "overdue")
    balances_agree()


def test_a_correction_of_the_bank_leaves_it_credited_too(cast: Cast, invoices: list[Invoice]) -> None:
    union = cast.units["union"]

    def file(paid: Paid, first_id: int) -> None:
        data = ktl(union.iban, [paid], first_id=first_id)
        book_file(unit=union, file_name="x", data=data, read=read(data), actor=None, at=clock.now())

    file(Paid("1232", D(100), TODAY), 1)
    credit(invoices[0])
    file(Paid("1232", D(-100), TODAY), 2)
    assert not PaymentRow.objects.exclude(state__in=("matched", "reversed")).exists()
    assert (open_of(invoices[0]), credit_of(invoices[0])) == (0, 0)
    balances_agree()


def test_credit_pays_another_invoice_and_comes_back(cast: Cast, invoices: list[Invoice]) -> None:
    first, second = invoices
    pay(cast, "100.00")
    credit(first)
    before = balance(first)
    entry = offsetting.use(invoice=second, amount=D("45.00"), on=TODAY, actor=None)
    assert (open_of(second), credit_of(first), balance(first)) == (0, D("55.00"), before)
    offsetting.undo(entry=entry, on=TODAY, actor=None)
    assert (open_of(second), credit_of(first), balance(first)) == (D("45.00"), D("100.00"), before)
    with pytest.raises(offsetting.OffsetError, match="state"):
        offsetting.undo(entry=entry, on=TODAY, actor=None)
    balances_agree()


def test_no_more_than_there_is_and_no_more_than_is_open(cast: Cast, invoices: list[Invoice]) -> None:
    first, second = invoices
    pay(cast, "100.00")
    credit(first, [first.lines.order_by("position")[1].pk])
    for amount, why in (("40.01", "none"), ("45.01", "over"), ("0.00", "over"), ("-1.00", "over")):
        with pytest.raises(offsetting.OffsetError, match=why):
            offsetting.use(invoice=second, amount=D(amount), on=TODAY, actor=None)
    assert open_of(second) == D("45.00")


def test_credit_that_turns_out_not_to_be_there_is_not_used(cast: Cast, invoices: list[Invoice]) -> None:
    """The payment of a credited invoice is taken back after its credit paid another one."""
    first, second = invoices
    row = pay(cast, "100.00")
    credit(first)
    offsetting.use(invoice=second, amount=D("45.00"), on=TODAY, actor=None)
    matching.undo(row=row, actor=None)
    assert (open_of(first), open_of(second), credit_of(first)) == (0, D("45.00"), 0)
    balances_agree()


def test_another_payer_s_and_another_creditor_s_credit_is_not_one_s_own(
    cast: Cast, invoices: list[Invoice]
) -> None:
    pay(cast, "100.00")
    credit(invoices[0])
    a, lotta = cast.units["a"], cast.parties["lotta"]
    others = [
        make_invoice(creditor=a, payer=cast.parties["maija"], lines=[(a, "20.00")], reference="1258"),
        make_invoice(creditor=cast.units["union"], payer=lotta, lines=[(a, "20.00")], reference="1261"),
    ]
    for invoice in others:
        with pytest.raises(offsetting.OffsetError, match="none"):
            offsetting.use(invoice=invoice, amount=D("20.00"), on=TODAY, actor=None)


def test_the_treasurer_uses_credit_and_undoes_it(cast: Cast, client: Client, invoices: list[Invoice]) -> None:
    first, second = invoices
    pay(cast, "100.00")
    credit(first)
    cast.sign_in(client, "riitta")
    assert "100,00" in client.get(reverse("office:payer", args=[first.payer_id])).text
    page = reverse("office:invoice", args=[second.pk])
    address = reverse("office:use_credit", args=[second.pk])
    assert address in client.get(page).text
    assert client.post(address, {"amount": "99"}).status_code == 422
    assert open_of(second) == D("45.00")
    assert client.post(address, {"amount": "45,00"}).url == page
    assert open_of(second) == 0
    entry = LedgerEntry.objects.get(invoice=second, kind="used")
    undo = reverse("office:undo_use_credit", args=[entry.pk])
    assert undo in client.get(page).text
    assert Mutation.objects.filter(kind="payment.credit_used", actor=cast.users["riitta"]).exists()
    cast.sign_in(client, "olavi")
    assert client.post(undo).status_code == 404
    assert client.post(address, {"amount": "1"}).status_code == 404
    cast.sign_in(client, "riitta")
    assert client.post(undo).url == page
    assert open_of(second) == D("45.00")
    assert undo not in client.get(page).text
