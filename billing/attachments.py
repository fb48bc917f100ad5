"""Invoices as files of a message, made when it leaves: {"name": "billing.invoice", "id": 7}."""

from __future__ import annotations

from billing.documents.render import pdf
from billing.models import Invoice
from billing.services.documents import document_of, with_documents_data
from communications.sending import attaching
from communications.sending.building import Attached

INVOICE = "billing.invoice"


@attaching.register(INVOICE)
def invoice(number: int) -> Attached | None:
    """None when there is no such invoice."""
    found = with_documents_data(Invoice.objects.filter(pk=number)).first()
    if found is None:
        return None
    return Attached(f"lasku-{found.year}-{found.number}.pdf", "application/pdf", pdf(document_of(found)))
