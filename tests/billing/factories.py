"""Issued invoices for tests that start where a run has ended."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction

from billing.issuer import snapshot
from billing.models import DueRow, Invoice, InvoiceLine, LedgerEntry, NumberSeries
from billing.models.ledger import EntryKind
from jasenpalvelu.common.sorting import sort_key
from members.models import OrgUnit, Party


@transaction.atomic
def make_invoice(
    *,
    creditor: OrgUnit,
    payer: Party,
    lines: list[tuple[OrgUnit, str]],
    reference: str,
    due: date = date(2026, 3, 16),
    title: str = "Jäsenmaksu",
) -> Invoice:
    """An issued invoice with a line per (beneficiary, amount), as issuing writes it."""
    issuer = snapshot(creditor)
    series, _ = NumberSeries.objects.get_or_create(creditor=creditor, year=due.year)
    series.last += 1
    series.save()
    total = sum((Decimal(amount) for _unit, amount in lines), Decimal(0))
    invoice = Invoice.objects.create(
        creditor=creditor,
        year=due.year,
        number=series.last,
        issuer=issuer,
        payer=payer,
        payer_name=payer.display_name,
        payer_sort_key=sort_key(payer.display_name),
        payer_address=["Koivulantie 148", "00100 Helsinki"],
        payer_number=payer.number,
        title=title,
        invoice_date=due.replace(day=1),
        due_date=due,
        reference=reference,
        total=total,
        open_amount=total,
    )
    InvoiceLine.objects.bulk_create(
        InvoiceLine(
            invoice=invoice,
            position=position,
            unit=unit,
            beneficiary=unit,
            component=f"osa{position}",
            text="Jäsenmaksu",
            amount=Decimal(amount),
            data={"beneficiary_name": unit.name_fi},
        )
        for position, (unit, amount) in enumerate(lines, 1)
    )
    DueRow.objects.create(invoice=invoice, position=1, due_date=due, amount=total)
    LedgerEntry.objects.create(
        creditor=creditor,
        payer=payer,
        invoice=invoice,
        kind=EntryKind.INVOICE,
        amount=total,
        on=due,
        booked_on=due,
    )
    return invoice
