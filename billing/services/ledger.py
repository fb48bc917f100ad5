"""Entries of the ledger and how they fall on invoice lines. A balance is a sum; `open_amount` follows by the ledger's trigger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from billing.allocation import allocate
from billing.models import Allocation, Invoice, InvoiceLine, LedgerEntry, PaymentRow
from billing.models.ledger import EntryKind
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import current_mutation, mutation
from jasenpalvelu.common.money import ZERO
from members.models import OrgUnit, Party


class LedgerError(Exception):
    """The entry is not possible; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def take_turn(*, creditor_id: int) -> None:
    """Wait until no other act books money of the creditor, and hold the turn until the transaction ends.

    A bank file locks many invoices in the order of its rows, a decision locks those a person chose: without turns the
    two could wait for each other for ever. What only refers to the unit (a new member, an invoice) is not kept waiting.
    """
    OrgUnit.objects.select_for_update(of=("self",), no_key=True).get(pk=creditor_id)


def outstanding(lines: Sequence[InvoiceLine], allocated: dict[int, Decimal]) -> list[Decimal]:
    """What is still unpaid of each line, euros, none below zero; the sum is the invoice's open amount.

    A negative line (discount, exemption, cap) lowers the lines of its own beneficiary in proportion, so that a part payment
    never gives a beneficiary more than its fee after discounts; what does not fit there falls on the other lines.
    """
    rest = [line.amount - allocated.get(line.pk, ZERO) for line in lines]
    for i, line in enumerate(lines):
        if rest[i] >= 0:
            continue
        same = [
            j for j, other in enumerate(lines) if other.beneficiary_id == line.beneficiary_id and rest[j] > 0
        ]
        others = [j for j in range(len(lines)) if j not in same and rest[j] > 0]
        for group in (same, others):
            share = min(-rest[i], sum((rest[j] for j in group), ZERO))
            if share > 0:
                parts = allocate(share, [rest[j] for j in group])
                for j, part in zip(group, parts, strict=True):
                    rest[j] -= part
                rest[i] += share
    return rest


def post_payment(
    *,
    invoice: Invoice,
    amount: Decimal,
    paid_on: date,
    booked_on: date,
    actor: User | None,
    row: PaymentRow | None = None,
    text: str = "",
) -> LedgerEntry:
    """Book money received on one invoice and share it over the lines by largest remainder.

    Raises LedgerError "over" when the sum is more than is open: the rest belongs to the payer's credit, by `post_credit`.
    """
    with mutation(actor=actor, kind="payment.match", summary=str(invoice), unit_id=invoice.creditor_id):
        invoice = Invoice.objects.select_for_update().get(pk=invoice.pk)
        if amount <= 0 or amount > invoice.open_amount:
            raise LedgerError("over")
        lines = list(invoice.lines.order_by("position"))
        shares = allocate(amount, outstanding(lines, allocated(invoice)))
        entry = _entry(EntryKind.PAYMENT, invoice, -amount, paid_on, booked_on, actor, row=row, text=text)
        Allocation.objects.bulk_create(
            Allocation(entry=entry, line=line, amount=share)
            for line, share in zip(lines, shares, strict=True)
            if share
        )
    return entry


def post_credit(
    *,
    creditor_id: int,
    payer: Party,
    amount: Decimal,
    paid_on: date,
    booked_on: date,
    actor: User | None,
    row: PaymentRow | None = None,
    text: str = "",
    kind: str = EntryKind.PAYMENT,
) -> LedgerEntry:
    """What belongs to the payer and to no invoice: an over- or double payment, or what a credit note gives back."""
    with mutation(actor=actor, kind="payment.credit", summary=str(payer), unit_id=creditor_id) as done:
        return LedgerEntry.objects.create(
            creditor_id=creditor_id,
            payer=payer,
            kind=kind,
            amount=-amount,
            on=paid_on,
            booked_on=booked_on,
            payment_row=row,
            text=text,
            actor=actor,
            mutation_id=done.pk,
        )


def reverse(
    *,
    entry: LedgerEntry,
    kind: str,
    on: date,
    booked_on: date,
    actor: User | None,
    row: PaymentRow | None = None,
) -> LedgerEntry:
    """Take an entry back: the same sums with the other sign; the invoice opens again. Raises LedgerError "reversed"."""
    with mutation(actor=actor, kind="payment.reverse", unit_id=entry.creditor_id) as done:
        invoice = Invoice.objects.select_for_update().get(pk=entry.invoice_id) if entry.invoice_id else None
        entry = LedgerEntry.objects.select_for_update().get(pk=entry.pk)
        if entry.reversed_by.exists() or entry.reverses_id:
            raise LedgerError("reversed")
        opposite = LedgerEntry.objects.create(
            creditor_id=entry.creditor_id,
            payer_id=entry.payer_id,
            invoice=invoice,
            kind=kind,
            amount=-entry.amount,
            on=on,
            booked_on=booked_on,
            payment_row=row,
            reverses=entry,
            actor=actor,
            mutation_id=done.pk,
        )
        Allocation.objects.bulk_create(
            Allocation(entry=opposite, line_id=share.line_id, amount=-share.amount)
            for share in entry.allocations.order_by("pk")
        )
    return opposite


def allocated(invoice: Invoice) -> dict[int, Decimal]:
    sums: dict[int, Decimal] = defaultdict(lambda: ZERO)
    # By keys: a table that has just grown a hundredfold has no statistics yet, and a join would read all of it.
    keys = list(invoice.lines.order_by("pk").values_list("pk", flat=True))
    rows = (
        Allocation.objects.filter(line_id__in=keys).order_by().values_list("line_id").annotate(Sum("amount"))
    )
    for line_id, amount in rows:
        sums[line_id] = amount
    return sums


def _entry(
    kind: str,
    invoice: Invoice,
    amount: Decimal,
    on: date,
    booked_on: date,
    actor: User | None,
    *,
    row: PaymentRow | None,
    text: str,
) -> LedgerEntry:
    done = current_mutation()
    return LedgerEntry.objects.create(
        creditor_id=invoice.creditor_id,
        payer_id=invoice.payer_id,
        invoice=invoice,
        kind=kind,
        amount=amount,
        on=on,
        booked_on=booked_on,
        payment_row=row,
        text=text,
        actor=actor,
        mutation_id=done.pk if done else None,
    )
