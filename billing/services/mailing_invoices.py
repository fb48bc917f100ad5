"""Sending an invoice by e-mail: one message of the outbox with the PDF by reference (BIL-5, COM-2)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet

from billing.attachments import INVOICE
from billing.invoice_mail import KIND, TEMPLATE, reference_of
from billing.models import Invoice
from communications.models import AddressState, Delivery
from communications.services.posting import post
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common.identifiers import normalise_email

# A second press within this is the same press.
ONCE = timedelta(minutes=2)


class MailError(ValueError):
    """`code`: address (no mail server takes it) · again (it has just been sent there) ·
    stopped (messages to it have come back)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def send(*, actor: User, invoice: Invoice, email: str, now: datetime) -> Delivery:
    """The invoice or credit note to an address; what is owed is told as it is when the message leaves. Raises MailError."""
    with mutation(actor=actor, kind="invoice.mail", summary=str(invoice), unit_id=invoice.creditor_id):
        locked = Invoice.objects.select_for_update(of=("self",)).select_related("creditor").get(pk=invoice.pk)
        address = normalise_email(email)
        if AddressState.objects.filter(address=address, stopped_at__isnull=False).exists():
            raise MailError("stopped")
        if sent(locked).filter(address_key=address, created_at__gt=now - ONCE).exists():
            raise MailError("again")
        try:
            return post(
                template=TEMPLATE,
                email=email,
                language=locked.language,
                facts={"invoice": locked.pk},
                unit_id=locked.creditor_id,
                party_id=locked.payer_id,
                name=locked.payer_name,
                kind=KIND,
                reply_to=locked.creditor.email,
                reference=reference_of(locked.pk),
                on_behalf=locked.creditor.name_in(locked.language),
                attachment={"name": INVOICE, "id": locked.pk},
            )
        except ValueError as error:
            raise MailError("address") from error


def sent(invoice: Invoice) -> QuerySet[Delivery]:
    """Messages the invoice has been sent in, newest first."""
    rows = Delivery.objects.filter(unit=invoice.creditor_id, mailing=None, reference=reference_of(invoice.pk))
    return rows.filter(kind=KIND).order_by("-pk")
