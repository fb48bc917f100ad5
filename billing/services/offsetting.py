"""A payer's credit set against an open invoice, and back: what was paid too much or credited after it was paid.

Credit is the sum of a payer's entries that belong to no invoice. It moves to an invoice by two entries of the same sum: one takes it
from the credit, its counterpart lowers the invoice. No money moves, so the payer's balance stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from billing.allocation import allocate
from billing.models import Allocation, Invoice, InvoiceLine, LedgerEntry
from billing.models.invoices import InvoiceKind
from billing.models.ledger import EntryKind
from billing.services import ledger
from billing.services.crediting import allocate_credit
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common.money import ZERO
from members.merged import same_as


class OffsetError(Exception):
    """The credit cannot be moved; `code`: `none` (less credit than that), `over` (less is open), `state` (undone already)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def free_credit(*, creditor_id: int, payer_id: int) -> Decimal:
    """The payer's credit with the creditor, euros; negative when more was used than there turned out to be.

    Entries of the same member that have been joined have one credit.
    """
    payers = same_as(payer_id)
    entries = LedgerEntry.objects.filter(creditor_id=creditor_id, payer_id__in=payers, invoice=None)
    return -(entries.aggregate(total=Sum("amount"))["total"] or ZERO)


def usable(*, invoice: Invoice) -> Decimal:
    """How much of the payer's credit the invoice could take, euros."""
    credit = free_credit(creditor_id=invoice.creditor_id, payer_id=invoice.payer_id)
    return max(min(credit, invoice.open_amount), ZERO)


def use(*, invoice: Invoice, amount: Decimal, on: date, actor: User | None) -> LedgerEntry:
    """Set credit of the invoice's payer against the invoice; returns the entry on the invoice. Raises OffsetError."""
    with mutation(actor=actor, kind="payment.credit_used", summary=str(invoice), unit_id=invoice.creditor_id):
        ledger.take_turn(creditor_id=invoice.creditor_id)
        invoice = Invoice.objects.select_for_update().get(pk=invoice.pk)
        if invoice.kind != InvoiceKind.INVOICE or not 0 < amount <= invoice.open_amount:
            raise OffsetError("over")
        if amount > free_credit(creditor_id=invoice.creditor_id, payer_id=invoice.payer_id):
            raise OffsetError("none")
        entry = _move(invoice, amount, EntryKind.CREDIT_USED, on, actor)
        lines = list(invoice.lines.order_by("position"))
        shares = allocate(amount, ledger.outstanding(lines, ledger.allocated(invoice)))
        Allocation.objects.bulk_create(
            Allocation(entry=entry, line=line, amount=share)
            for line, share in zip(lines, shares, strict=True)
            if share
        )
    return entry


def undo(*, entry: LedgerEntry, on: date, actor: User | None) -> None:
    """Give used credit back to the payer: the invoice opens again. Raises OffsetError `state` when that has been done."""
    summary = str(entry.invoice)
    with mutation(actor=actor, kind="payment.credit_back", summary=summary, unit_id=entry.creditor_id):
        ledger.take_turn(creditor_id=entry.creditor_id)
        entry = LedgerEntry.objects.get(pk=entry.pk)
        if entry.kind != EntryKind.CREDIT_USED or entry.counter_id is None or entry.reversed_by.exists():
            raise OffsetError("state")
        _give_back(entry, on, actor)
        settle(entries=[entry], on=on, actor=actor)


def settle(*, entries: Iterable[LedgerEntry], on: date, actor: User | None) -> None:
    """After entries were taken back: what was credited of an invoice stays credited, and no credit is used that is not there.

    A credit note of a paid invoice became the payer's credit; without the payment it lowers the invoice after all.
    """
    entries = list(entries)
    for invoice_id in sorted({entry.invoice_id for entry in entries if entry.invoice_id}):
        _credit_again(invoice_id, on, actor)
    for creditor_id, payer_id in sorted({(e.creditor_id, e.payer_id) for e in entries if e.payer_id}):
        while free_credit(creditor_id=creditor_id, payer_id=payer_id) < 0:
            used = _last_used(creditor_id, payer_id)
            if used is None:
                break
            _give_back(used, on, actor)
            assert used.invoice_id is not None
            _credit_again(used.invoice_id, on, actor)


def _credit_again(invoice_id: int, on: date, actor: User | None) -> None:
    """Move what the invoice's credit notes gave the payer as credit back on the invoice, as far as it is open."""
    invoice = Invoice.objects.select_for_update().get(pk=invoice_id)
    noted = -(invoice.credit_notes.aggregate(total=Sum("total"))["total"] or ZERO)
    entries = LedgerEntry.objects.filter(invoice=invoice, kind=EntryKind.CREDIT)
    credited = -(entries.aggregate(total=Sum("amount"))["total"] or ZERO)
    amount = min(noted - credited, invoice.open_amount)
    if amount <= 0:
        return
    entry = _move(invoice, amount, EntryKind.CREDIT, on, actor)
    notes = InvoiceLine.objects.filter(invoice__credits=invoice).values_list("data__credits", flat=True)
    taken = {int(pk) for pk in notes if pk is not None}
    lines = [line for line in invoice.lines.order_by("position") if line.pk in taken]
    allocate_credit(entry=entry, invoice=invoice, lines=lines, off=amount)


def _last_used(creditor_id: int, payer_id: int) -> LedgerEntry | None:
    used = LedgerEntry.objects.filter(
        creditor_id=creditor_id,
        payer_id__in=same_as(payer_id),
        kind=EntryKind.CREDIT_USED,
        counter__isnull=False,
    )
    return used.filter(reversed_by=None).order_by("-pk").first()


def _give_back(entry: LedgerEntry, on: date, actor: User | None) -> None:
    assert entry.counter is not None
    for half in (entry, entry.counter):
        ledger.reverse(entry=half, kind=EntryKind.UNMATCHED, on=on, booked_on=on, actor=actor)


def _move(invoice: Invoice, amount: Decimal, kind: str, on: date, actor: User | None) -> LedgerEntry:
    """The two entries that move credit to the invoice; the one on the invoice."""
    common = {
        "creditor_id": invoice.creditor_id,
        "payer_id": invoice.payer_id,
        "kind": kind,
        "on": on,
        "booked_on": on,
    }
    with mutation(actor=actor, kind="payment.credit_used", unit_id=invoice.creditor_id) as done:
        common |= {"actor": actor, "mutation_id": done.pk, "text": str(invoice)}
        taken = LedgerEntry.objects.create(**common, amount=amount)
        return LedgerEntry.objects.create(**common, invoice=invoice, amount=-amount, counter=taken)
