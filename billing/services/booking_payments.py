"""Booking one payment: an exact reference finds its invoice, a correction takes its payment back, the rest waits for a person."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from billing.models import Invoice, LedgerEntry, PayerAccount, PaymentRow
from billing.models.invoices import InvoiceKind
from billing.models.ledger import EntryKind
from billing.models.payments import TWIN, RowState
from billing.services import ledger, offsetting
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.models import OrgUnit


def book_manually(
    *,
    unit: OrgUnit,
    key: str,
    amount: Decimal,
    paid_on: date,
    reference: str,
    payer_name: str,
    message: str,
    actor: User | None,
) -> PaymentRow:
    """A payment entered by hand (cash, foreign transfer); `key` is the form's token, so a double click books once."""
    with mutation(actor=actor, kind="payment.manual", unit_id=unit.pk):
        ledger.take_turn(creditor_id=unit.pk)
        row, created = PaymentRow.objects.get_or_create(
            unit=unit,
            manual_key=key,
            defaults={
                "account": unit.iban or "KASSA",
                "booked_on": paid_on,
                "paid_on": paid_on,
                "reference": reference,
                "reference_raw": reference,
                "payer_name": payer_name,
                "message": message,
                "amount": amount,
            },
        )
        if created:
            match_row(row=row, actor=actor)
    return row


def match_row(*, row: PaymentRow, actor: User | None) -> PaymentRow:
    """Match one row by its exact reference; what does not fit exactly goes to the work list with the reason.

    Raises nothing for odd money: over-, double and unknown payments wait, a part payment is booked at once.
    """
    with mutation(actor=actor, kind="payment.match", unit_id=row.unit_id):
        if row.correction or row.amount < 0:
            return _take_back(row, actor)
        invoice = _invoice_of(row)
        if invoice is None:
            return _wait(row, "no_reference" if not row.reference_raw else "unknown_reference")
        if invoice.open_amount <= 0:
            return _wait(row, "paid_already")
        if row.amount > invoice.open_amount:
            return _wait(row, "too_much")
        _settle(row, invoice, row.amount, actor)
    return row


def _settle(row: PaymentRow, invoice: Invoice, amount: Decimal, actor: User | None) -> None:
    ledger.post_payment(
        invoice=invoice, amount=amount, paid_on=row.paid_on, booked_on=row.booked_on, actor=actor, row=row
    )
    remember_account(row, invoice.payer_id)
    _set_state(row, RowState.MATCHED, "")


def remember_account(row: PaymentRow, payer_id: int) -> None:
    """Whose invoice was paid from the account: a hint the next time a reference is missing."""
    if row.payer_iban:
        PayerAccount.objects.get_or_create(payer_iban=row.payer_iban, party_id=payer_id)


def _invoice_of(row: PaymentRow) -> Invoice | None:
    if not row.reference:
        return None
    return Invoice.objects.filter(
        reference=row.reference, kind=InvoiceKind.INVOICE, creditor_id=row.unit_id
    ).first()


def _wait(row: PaymentRow, reason: str) -> PaymentRow:
    _set_state(row, RowState.WAITING, reason)
    return row


def _set_state(row: PaymentRow, state: str, reason: str) -> None:
    row.state, row.reason = state, reason
    row.save(update_fields=["state", "reason"])


def _take_back(row: PaymentRow, actor: User | None) -> PaymentRow:
    """A correction (KTL position 88) takes the earlier payment back; the invoice opens.

    The earlier one is known by the bank's UETR, else by sum and reference, and without a reference by the payer's account.
    """
    earlier = PaymentRow.objects.select_for_update().filter(
        unit_id=row.unit_id,
        account=row.account,
        amount=-row.amount,
        correction=False,
        booked_on__lte=row.booked_on,
    )
    if row.uetr and earlier.filter(uetr=row.uetr).exists():
        earlier = earlier.filter(uetr=row.uetr)
    elif row.reference_key:
        earlier = earlier.filter(reference_key=row.reference_key)
    else:
        earlier = earlier.filter(payer_iban=row.payer_iban).exclude(payer_iban="")
    known = earlier.exclude(state__in=(RowState.NEW, RowState.REVERSED, RowState.SAME)).exclude(reason=TWIN)
    original = known.order_by("-booked_on", "-pk").first()
    if original is None:
        return _wait(row, "correction")
    entries = list(
        LedgerEntry.objects.filter(payment_row=original, reversed_by=None, reverses=None).order_by("pk")
    )
    for entry in entries:
        ledger.reverse(
            entry=entry,
            kind=EntryKind.CORRECTION,
            on=row.paid_on,
            booked_on=row.booked_on,
            actor=actor,
            row=row,
        )
    offsetting.settle(entries=entries, on=row.booked_on, actor=actor)
    _set_state(original, RowState.REVERSED, "")
    _set_state(row, RowState.MATCHED, "")
    return row
