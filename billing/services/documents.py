"""Documents of issued invoices: the frozen rows turned into what is printed. Nothing is calculated again."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import QuerySet

from billing.documents.model import DueRow, InvoiceDocument, Kind, Line, Original, Payer, VatRow
from billing.issuer import LANGUAGES, sender
from billing.models import Invoice, InvoiceLine
from billing.models.invoices import InvoiceKind
from billing.titles import titled
from jasenpalvelu.common.money import ZERO, round_cents

OUTSIDE = "O"


def with_documents_data(invoices: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """The rows a document needs, read at once."""
    related = invoices.select_related("issuer", "credits", "run")
    return related.prefetch_related("lines__beneficiary", "due_rows")


def document_of(invoice: Invoice) -> InvoiceDocument:
    """The printed document of an issued invoice or credit note, in its payer's language."""
    language = invoice.language if invoice.language in LANGUAGES else "fi"
    lines = sorted(invoice.lines.all(), key=lambda line: line.position)
    dues = sorted(invoice.due_rows.all(), key=lambda row: row.position)
    credit = invoice.kind == InvoiceKind.CREDIT_NOTE
    return InvoiceDocument(
        kind=Kind.CREDIT_NOTE if credit else Kind.INVOICE,
        language=language,
        title="" if credit else titled(invoice.title, language),
        creditor=sender(invoice.issuer, language),
        payer=Payer(name=invoice.payer_name, address=tuple(invoice.payer_address)),
        number=invoice.number_text,
        invoice_date=invoice.invoice_date,
        due_date=None if credit else invoice.due_date,
        due_rows=() if credit else tuple(DueRow(due_date=row.due_date, amount=row.amount) for row in dues),
        reference="" if credit else invoice.reference,
        member_number=invoice.payer_number,
        y_tunnus=invoice.payer_y_tunnus,
        period=_period(invoice),
        lines=tuple(
            Line(
                component=line.text,
                basis=line.basis_text,
                beneficiary=line.beneficiary_name,
                amount=line.amount,
                vat_rate=None if line.vat_code == OUTSIDE else line.vat_rate,
            )
            for line in lines
        ),
        vat_rows=_vat(invoice, lines),
        total=invoice.total,
        message=invoice.message,
        original=_original(invoice),
    )


def _period(invoice: Invoice) -> str:
    year = invoice.run.year if invoice.run else invoice.year
    return f"1.1.–31.12.{year}" if invoice.kind == InvoiceKind.INVOICE and invoice.run_id else ""


def _vat(invoice: Invoice, lines: Iterable[InvoiceLine]) -> tuple[VatRow, ...]:
    """The VAT table of an invoice with taxed lines: gross per rate, of which the tax (VAT Act 1501/1993, section 209 e)."""
    gross: dict[Decimal, Decimal] = {}
    for line in lines:
        if line.vat_code != OUTSIDE:
            gross[line.vat_rate] = gross.get(line.vat_rate, ZERO) + line.amount
    number = invoice.issuer.data.get("y_tunnus", "")
    vat_number = f"FI{number.replace('-', '')}" if number else ""
    rows = []
    for rate, total in sorted(gross.items()):
        net = round_cents(total / (1 + rate / 100))
        rows.append(VatRow(rate=rate, net=net, tax=total - net, gross=total, vat_number=vat_number))
    return tuple(rows)


def _original(invoice: Invoice) -> Original | None:
    credited = invoice.credits
    if credited is None:
        return None
    return Original(
        number=credited.number_text,
        invoice_date=credited.invoice_date,
        due_date=credited.due_date,
        fully=-invoice.total == credited.total,
    )
