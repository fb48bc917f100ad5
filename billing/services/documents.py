"""Documents of issued invoices: the frozen rows turned into what is printed. Nothing is calculated again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Prefetch, QuerySet
from django.db.models.fields.json import KT

from billing.documents.model import (
    DueRow,
    InvoiceDocument,
    Kind,
    Line,
    Original,
    Payer,
    Sender,
    VatRow,
)
from billing.issuer import LANGUAGES, sender
from billing.models import DueRow as InvoiceDueRow
from billing.models import Invoice, InvoiceLine, InvoiceRun
from billing.models.invoices import InvoiceKind
from billing.titles import titled
from jasenpalvelu.common.money import ZERO, round_cents

OUTSIDE = "O"
# Invoices read at once when there are many.
READ = 500


def with_documents_data(invoices: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """The rows a document needs, read at once."""
    related = invoices.select_related("issuer", "credits", "run")
    return related.prefetch_related("lines__beneficiary", "due_rows")


def documents_of(keys: Sequence[int]) -> Iterator[tuple[Invoice, InvoiceDocument]]:
    """Invoices and their documents in the order of the keys, read by the hundred; what does not exist is left out."""
    senders: dict[tuple[int, str], Sender] = {}
    runs = Prefetch("run", InvoiceRun.objects.only("year"))
    for start in range(0, len(keys), READ):
        chunk = keys[start : start + READ]
        found = Invoice.objects.prefetch_related("issuer", "credits", runs).in_bulk(chunk)
        lines, dues = _lines(chunk), _dues(chunk)
        for key in chunk:
            if key in found:
                invoice = found[key]
                name = invoice.issuer_id, _language(invoice)
                if name not in senders:
                    senders[name] = sender(invoice.issuer, name[1])
                yield invoice, _document(invoice, lines[key], dues[key], senders[name])


def _lines(keys: Sequence[int]) -> dict[int, list[PrintedLine]]:
    """What is printed of the lines of many invoices: rows of a million are read without making models of them."""
    found: dict[int, list[PrintedLine]] = defaultdict(list)
    rows = InvoiceLine.objects.filter(invoice__in=keys).order_by("invoice_id", "position")
    named = rows.annotate(named=KT("data__beneficiary_name"))
    for row in named.values_list("invoice_id", *PrintedLine._fields[:-1], "named"):
        found[row[0]].append(PrintedLine._make(row[1:]))
    return found


def _dues(keys: Sequence[int]) -> dict[int, list[DueRow]]:
    found: dict[int, list[DueRow]] = defaultdict(list)
    rows = InvoiceDueRow.objects.filter(invoice__in=keys).order_by("invoice_id", "position")
    for key, day, amount in rows.values_list("invoice_id", "due_date", "amount"):
        found[key].append(DueRow(due_date=day, amount=amount))
    return found


class PrintedLine(NamedTuple):
    """What a document takes of an invoice's line."""

    text: str
    basis_text: str
    amount: Decimal
    vat_code: str
    vat_rate: Decimal
    beneficiary_name: str | None


def _language(invoice: Invoice) -> str:
    return invoice.language if invoice.language in LANGUAGES else "fi"


def document_of(invoice: Invoice) -> InvoiceDocument:
    """The printed document of an issued invoice or credit note, in its payer's language."""
    lines = sorted(invoice.lines.all(), key=lambda line: line.position)
    dues = sorted(invoice.due_rows.all(), key=lambda row: row.position)
    rows = [DueRow(due_date=row.due_date, amount=row.amount) for row in dues]
    return _document(invoice, lines, rows, sender(invoice.issuer, _language(invoice)))


def _document(
    invoice: Invoice,
    lines: Sequence[InvoiceLine] | Sequence[PrintedLine],
    dues: Sequence[DueRow],
    creditor: Sender,
) -> InvoiceDocument:
    language, credit = _language(invoice), invoice.kind == InvoiceKind.CREDIT_NOTE
    if not all(line.beneficiary_name for line in lines):
        # A line of before names were kept tells the present one.
        lines = list(invoice.lines.select_related("beneficiary").order_by("position"))
    return InvoiceDocument(
        kind=Kind.CREDIT_NOTE if credit else Kind.INVOICE,
        language=language,
        title="" if credit else titled(invoice.title, language),
        creditor=creditor,
        payer=Payer(name=invoice.payer_name, address=tuple(invoice.payer_address)),
        number=invoice.number_text,
        invoice_date=invoice.invoice_date,
        due_date=None if credit else invoice.due_date,
        due_rows=() if credit else tuple(dues),
        reference="" if credit else invoice.reference,
        member_number=invoice.payer_number,
        y_tunnus=invoice.payer_y_tunnus,
        period=_period(invoice),
        lines=tuple(
            [
                Line(
                    component=line.text,
                    basis=line.basis_text,
                    beneficiary=line.beneficiary_name or "",
                    amount=line.amount,
                    vat_rate=None if line.vat_code == OUTSIDE else line.vat_rate,
                )
                for line in lines
            ]
        ),
        vat_rows=_vat(invoice, lines),
        total=invoice.total,
        message=invoice.message,
        original=_original(invoice),
    )


def _period(invoice: Invoice) -> str:
    year = invoice.run.year if invoice.run else invoice.year
    return f"1.1.–31.12.{year}" if invoice.kind == InvoiceKind.INVOICE and invoice.run_id else ""


def _vat(invoice: Invoice, lines: Iterable[InvoiceLine | PrintedLine]) -> tuple[VatRow, ...]:
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
