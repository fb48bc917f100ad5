"""Credit notes: the only way to correct an issued invoice, whole or by lines. What is credited may be charged again (BIL-7).

A credit note has a number of its own in the same series and says which invoice it takes back (VAT Act 1501/1993, section
209 e; Accounting Act 1336/1997, chapter 2, section 5). Charges are freed only when their line is credited in full.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from billing.allocation import allocate
from billing.issuer import snapshot
from billing.models import Allocation, Invoice, InvoiceLine, LedgerEntry, NumberSeries
from billing.models.invoices import InvoiceKind
from billing.models.ledger import EntryKind
from billing.services.ledger import allocated, outstanding, post_credit, take_turn
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common.money import ZERO


class CreditError(Exception):
    """The credit note is not possible; `code` says why: not_invoice, credited, no_lines, below_zero."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def credit(
    *, invoice: Invoice, line_ids: Sequence[int] | None, reason: str, on: date, actor: User | None
) -> Invoice:
    """Credit the whole invoice (`line_ids` None) or the chosen lines; returns the credit note.

    What the credit note takes off an invoice that has been paid already becomes the payer's credit.
    """
    with mutation(
        actor=actor, kind="invoice.credit", summary=f"{invoice}: {reason}", unit_id=invoice.creditor_id
    ):
        take_turn(creditor_id=invoice.creditor_id)
        series = _locked_series(invoice, on)
        invoice = (
            Invoice.objects.select_for_update(of=("self",))
            .select_related("creditor", "payer")
            .get(pk=invoice.pk)
        )
        lines = _creditable(invoice, line_ids)
        total = sum((line.amount for line in lines), ZERO)
        if total <= 0:
            raise CreditError("no_lines")
        note = _note(invoice, total, reason, on, series)
        _copy_lines(note, lines)
        _release(lines)
        _post(invoice, lines, total, on, actor, text=note.number_text)
    return note


def creditable_lines(invoice: Invoice) -> list[InvoiceLine]:
    """Lines of the invoice that no credit note has taken back yet."""
    credited = InvoiceLine.objects.filter(invoice__credits=invoice).values_list("data__credits", flat=True)
    taken = {int(pk) for pk in credited if pk is not None}
    return [line for line in invoice.lines.order_by("position") if line.pk not in taken]


def _locked_series(invoice: Invoice, on: date) -> NumberSeries:
    series, _created = NumberSeries.objects.get_or_create(creditor_id=invoice.creditor_id, year=on.year)
    return NumberSeries.objects.select_for_update().get(pk=series.pk)


def _creditable(invoice: Invoice, line_ids: Sequence[int] | None) -> list[InvoiceLine]:
    """The lines to take back. What was taken off a chosen charge (a discount, an exemption) goes with it."""
    if invoice.kind != InvoiceKind.INVOICE:
        raise CreditError("not_invoice")
    free = creditable_lines(invoice)
    if not free:
        raise CreditError("credited")
    if line_ids is None:
        return free
    wanted = set(line_ids)
    subjects = {_subject(line) for line in free if line.pk in wanted and line.amount > 0}
    chosen = [line for line in free if line.pk in wanted or (line.amount < 0 and _subject(line) in subjects)]
    if not wanted <= {line.pk for line in chosen}:
        raise CreditError("credited")
    if sum((line.amount for line in free if line not in chosen), ZERO) < 0:
        raise CreditError("below_zero")
    return chosen


def _subject(line: InvoiceLine) -> tuple[int, str]:
    return line.unit_id, str(line.data.get("subject", ""))


def _note(invoice: Invoice, total: Decimal, reason: str, on: date, series: NumberSeries) -> Invoice:
    series.last += 1
    series.save(update_fields=["last"])
    copied = (
        "creditor_id", "payer_id", "payer_name", "payer_sort_key", "payer_address", "payer_number", "payer_y_tunnus",
        "language", "title", "reference",
    )  # fmt: skip
    return Invoice.objects.create(
        **{name: getattr(invoice, name) for name in copied},
        year=series.year,
        number=series.last,
        kind=InvoiceKind.CREDIT_NOTE,
        credits=invoice,
        issuer=snapshot(invoice.creditor),
        message=reason,
        invoice_date=on,
        due_date=on,
        total=-total,
        open_amount=ZERO,
    )


def _copy_lines(note: Invoice, lines: Sequence[InvoiceLine]) -> None:
    InvoiceLine.objects.bulk_create(
        InvoiceLine(
            invoice=note,
            position=position,
            unit_id=line.unit_id,
            beneficiary_id=line.beneficiary_id,
            component=line.component,
            text=line.text,
            basis_text=line.basis_text,
            amount=-line.amount,
            account=line.account,
            vat_code=line.vat_code,
            vat_rate=line.vat_rate,
            data={**line.data, "credits": line.pk},
        )
        for position, line in enumerate(lines, start=1)
    )


def _release(lines: Sequence[InvoiceLine]) -> None:
    """Free the charges: a later run may charge them again."""
    keyed = [line.pk for line in lines if line.charge_key]
    InvoiceLine.objects.filter(pk__in=keyed).update(released=True)


def _post(
    invoice: Invoice, lines: Sequence[InvoiceLine], total: Decimal, on: date, actor: User | None, *, text: str
) -> None:
    """Lower the invoice in the ledger, at most to nothing; what was paid of it already becomes the payer's credit."""
    off = min(total, invoice.open_amount)
    if off > 0:
        entry = _entry(invoice, -off, on, actor, text)
        allocate_credit(entry=entry, invoice=invoice, lines=lines, off=off)
    if total > off:
        post_credit(
            creditor_id=invoice.creditor_id,
            payer=invoice.payer,
            amount=total - off,
            paid_on=on,
            booked_on=on,
            actor=actor,
            text=text,
            kind=EntryKind.CREDIT,
        )


def allocate_credit(
    *, entry: LedgerEntry, invoice: Invoice, lines: Sequence[InvoiceLine], off: Decimal
) -> None:
    """The credited lines first; what had been paid of them frees the payer from the others."""
    every = list(invoice.lines.order_by("position"))
    rest = outstanding(every, allocated(invoice))
    credited = {line.pk for line in lines}
    for chosen in (True, False):
        group = [
            place for place, line in enumerate(every) if (line.pk in credited) == chosen and rest[place] > 0
        ]
        share = min(off, sum((rest[place] for place in group), ZERO))
        shares = allocate(share, [rest[place] for place in group]) if group else []
        Allocation.objects.bulk_create(
            Allocation(entry=entry, line=every[place], amount=part)
            for place, part in zip(group, shares, strict=True)
            if part
        )
        off -= share


def _entry(invoice: Invoice, amount: Decimal, on: date, actor: User | None, text: str) -> LedgerEntry:
    with mutation(actor=actor, kind="invoice.credit", unit_id=invoice.creditor_id) as done:
        return LedgerEntry.objects.create(
            creditor_id=invoice.creditor_id,
            payer_id=invoice.payer_id,
            invoice=invoice,
            kind=EntryKind.CREDIT,
            amount=amount,
            on=on,
            booked_on=on,
            text=text,
            actor=actor,
            mutation_id=done.pk,
        )
