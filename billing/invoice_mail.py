"""The e-mail an invoice goes with: what it says is read when it leaves, and the PDF is made then too (`billing.attachments`)."""

from __future__ import annotations

from typing import Any

from billing.formats.reference import printed
from billing.issuer import sender
from billing.models import Invoice
from billing.models.invoices import InvoiceKind
from billing.titles import titled
from communications.services.posting import Facts, loader
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.identifiers import format_iban
from jasenpalvelu.common.money import format_money

TEMPLATE, KIND = "billing/email/invoice", "billing.invoice"


def reference_of(pk: int) -> str:
    return f"invoice:{pk}"


@loader(TEMPLATE)
def _facts(facts: Facts, language: str) -> dict[str, Any] | None:
    """None when there is no such invoice any more."""
    rows = Invoice.objects.select_related("creditor", "issuer", "run")
    invoice = rows.filter(pk=facts["invoice"]).first()
    if invoice is None:
        return None
    payee = sender(invoice.issuer, language)
    owed = invoice.kind == InvoiceKind.INVOICE and invoice.open_amount > 0
    return {
        "number": str(invoice),
        "title": titled(invoice.title, language),
        "unit": invoice.creditor.name_in(language),
        "name": invoice.payer_name,
        "owed": owed,
        "credit_note": invoice.kind == InvoiceKind.CREDIT_NOTE,
        "total": format_money(abs(invoice.total), language),
        "open": format_money(invoice.open_amount, language),
        "due": format_date(invoice.due_date),
        "payee": payee.name,
        "iban": format_iban(payee.iban),
        "reference": printed(invoice.reference) if invoice.reference else "",
        "contact": invoice.creditor.email or invoice.creditor.phone,
    }
