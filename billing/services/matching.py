"""A person's decision on a waiting payment: where the money belongs, whether it is money at all; everything can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from billing.models import Invoice, LedgerEntry, PaymentRow
from billing.models.ledger import EntryKind
from billing.models.payments import TWIN, RowState
from billing.services import ledger, offsetting
from billing.services.booking_payments import match_row, remember_account
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common.money import ZERO
from members.models import Party


class MatchError(Exception):
    """The decision cannot be carried out; `code`: `sum`, `over`, `state`, `foreign`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def assign(
    *,
    row: PaymentRow,
    parts: Sequence[tuple[Invoice, Decimal]],
    actor: User | None,
    credit_to: Party | None = None,
) -> PaymentRow:
    """Book a waiting payment on the chosen invoices; what is left over becomes `credit_to`'s credit.

    Raises MatchError: `state` when another has handled it meanwhile, `foreign` for another creditor's invoice, `twin` for a row that may be
    money booked already, `over` when a part is more than is open, `sum` when the parts do not make up the payment.
    """
    with mutation(actor=actor, kind="payment.match", summary=row.payer_name, unit_id=row.unit_id):
        ledger.take_turn(creditor_id=row.unit_id)
        row = _claim(row)
        rest = row.amount - sum((amount for _invoice, amount in parts), ZERO)
        if rest < 0 or (rest > 0 and credit_to is None) or not (parts or credit_to):
            raise MatchError("sum")
        for invoice, amount in sorted(parts, key=lambda part: part[0].pk):
            _book_part(row, invoice, amount, actor)
        if rest > 0 and credit_to is not None:
            ledger.post_credit(
                creditor_id=row.unit_id,
                payer=credit_to,
                amount=rest,
                paid_on=row.paid_on,
                booked_on=row.booked_on,
                actor=actor,
                row=row,
            )
        return _set(row, RowState.MATCHED, "")


def _book_part(row: PaymentRow, invoice: Invoice, amount: Decimal, actor: User | None) -> None:
    if invoice.creditor_id != row.unit_id:
        raise MatchError("foreign")
    try:
        ledger.post_payment(
            invoice=invoice,
            amount=amount,
            paid_on=row.paid_on,
            booked_on=row.booked_on,
            actor=actor,
            row=row,
        )
    except ledger.LedgerError as error:
        raise MatchError(error.code) from error
    remember_account(row, invoice.payer_id)


def set_aside(*, row: PaymentRow, state: str, actor: User | None) -> PaymentRow:
    """Leave a payment waiting out of the way, or mark it to be returned to its payer.

    A correction of which no payment was found can only be left: the payment it takes back is undone by hand.
    """
    if state not in (RowState.LEFT, RowState.RETURN):
        raise ValueError(state)
    with mutation(actor=actor, kind=f"payment.{state}", summary=row.payer_name, unit_id=row.unit_id):
        return _set(_claim(row, corrections=state == RowState.LEFT), state, row.reason)


def returned(*, row: PaymentRow, on: date, actor: User | None) -> PaymentRow:
    """Say that the money has gone back to its payer, on the day it went. Raises MatchError `state`."""
    with mutation(actor=actor, kind="payment.returned", summary=row.payer_name, unit_id=row.unit_id):
        row = PaymentRow.objects.select_for_update().get(pk=row.pk)
        if row.state != RowState.RETURN:
            raise MatchError("state")
        row.state, row.returned_on, row.returned_by = RowState.RETURNED, on, actor
        row.save(update_fields=["state", "returned_on", "returned_by"])
        return row


def same_money(*, row: PaymentRow, actor: User | None) -> PaymentRow:
    """The doubtful row is the money of its twin: it is kept and never booked. Raises MatchError `state`."""
    with mutation(actor=actor, kind="payment.same", summary=row.payer_name, unit_id=row.unit_id):
        return _set(_doubtful(row), RowState.SAME, TWIN)


def another_payment(*, row: PaymentRow, actor: User | None) -> PaymentRow:
    """The doubtful row is money of its own: it is matched like any other. Raises MatchError `state`."""
    with mutation(actor=actor, kind="payment.another", summary=row.payer_name, unit_id=row.unit_id):
        ledger.take_turn(creditor_id=row.unit_id)
        return match_row(row=_doubtful(row), actor=actor)


def undo(*, row: PaymentRow, actor: User | None) -> PaymentRow:
    """Take a decision back: the entries are reversed and the payment waits again. Raises MatchError `state`.

    Money said to be returned is to be returned again. A row with a twin waits for the first question again.
    """
    with mutation(actor=actor, kind="payment.unmatch", summary=row.payer_name, unit_id=row.unit_id):
        ledger.take_turn(creditor_id=row.unit_id)
        row = PaymentRow.objects.select_for_update().get(pk=row.pk)
        handled = row.correction and row.state not in (RowState.LEFT, RowState.SAME)
        if row.state in (RowState.WAITING, RowState.REVERSED) or handled:
            raise MatchError("state")
        if row.state == RowState.RETURNED:
            row.state, row.returned_on, row.returned_by = RowState.RETURN, None, None
            row.save(update_fields=["state", "returned_on", "returned_by"])
            return row
        entries = list(
            LedgerEntry.objects.filter(payment_row=row, reversed_by=None, reverses=None).order_by(
                "invoice_id", "pk"
            )
        )
        for entry in entries:
            ledger.reverse(
                entry=entry, kind=EntryKind.UNMATCHED, on=row.paid_on, booked_on=row.booked_on, actor=actor
            )
        offsetting.settle(entries=entries, on=row.booked_on, actor=actor)
        return _set(row, RowState.WAITING, TWIN if row.twin_id else "undone")


def _doubtful(row: PaymentRow) -> PaymentRow:
    """The row, locked, if nobody has said yet whether it is its twin's money."""
    row = PaymentRow.objects.select_for_update().get(pk=row.pk)
    if row.state != RowState.WAITING or row.reason != TWIN:
        raise MatchError("state")
    return row


def _claim(row: PaymentRow, *, corrections: bool = False) -> PaymentRow:
    """The row, locked, if it still waits for a decision; money taken back only where `corrections` are meant too."""
    row = PaymentRow.objects.select_for_update().get(pk=row.pk)
    waits = row.state in (RowState.WAITING, RowState.LEFT, RowState.RETURN)
    if not waits or (row.amount <= 0 and not corrections):
        raise MatchError("state")
    if row.state == RowState.WAITING and row.reason == TWIN:
        raise MatchError("twin")
    return row


def _set(row: PaymentRow, state: str, reason: str) -> PaymentRow:
    row.state, row.reason = state, reason
    row.save(update_fields=["state", "reason"])
    return row
