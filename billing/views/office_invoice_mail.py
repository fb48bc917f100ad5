"""Sending one invoice by e-mail."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from billing import permissions
from billing.models import Invoice
from billing.services import mailing_invoices
from billing.services.mailing_invoices import MailError
from communications.models import State
from jasenpalvelu.common import clock, feedback
from jasenpalvelu.common.forms import UiForm, sized
from members.forms.fields import EmailKeyField
from members.models import ContactPoint
from members.models.parties import ContactKind
from members.requests import ScopedRequest

CHIPS = {
    State.ACCEPTED: "done",
    State.UNCERTAIN: "warn",
    State.REJECTED: "danger",
    State.CANCELLED: "plain",
}


class MailForm(UiForm):
    email = EmailKeyField(
        label=_("E-mail"),
        max_length=254,
        help_text=_(
            "The payer's own address is offered. Another one is used this once and not kept with the payer."
        ),
        widget=sized(EmailKeyField.widget(), "m"),
    )


@require_http_methods(["GET", "POST"])
def mail(request: ScopedRequest, pk: int) -> HttpResponse:
    """To the payer's address or another one; the PDF goes along."""
    invoices = Invoice.objects.filter(request.scope.unit_filter("creditor", permissions.RUN, "D"))
    invoice = get_object_or_404(invoices.select_related("creditor", "payer"), pk=pk)
    form = MailForm(request.POST or None, initial={"email": _address(invoice)})
    if form.is_valid():
        try:
            mailing_invoices.send(
                actor=request.user, invoice=invoice, email=form.cleaned_data["email"], now=clock.now()
            )
        except MailError as error:
            form.add_error("email", _texts(error))
        else:
            told = gettext("%(invoice)s is on its way to %(address)s.")
            feedback.done(request, told % {"invoice": invoice, "address": form.cleaned_data["email"]})
            return redirect("office:invoice", invoice.pk)
    context = {
        "invoice": invoice,
        "form": form,
        "sent": lines(invoice, hidden=invoice.payer.non_disclosure),
        "trail": [
            (gettext("Invoicing"), reverse("office:billing")),
            (str(invoice), reverse("office:invoice", args=[invoice.pk])),
        ],
    }
    return render(request, "office/billing/mail.html", context)


def lines(invoice: Invoice, *, hidden: bool) -> list[dict[str, Any]]:
    """When and where the invoice has been sent, and what became of it."""
    return [
        {
            "when": row.done_at or row.created_at,
            "to": "" if hidden else row.address,
            "chip": CHIPS.get(State(row.state), "info"),
            "state": State(row.state).label,
        }
        for row in mailing_invoices.sent(invoice)[:5]
    ]


def _address(invoice: Invoice) -> str:
    """The payer's e-mail; one under a non-disclosure order is not told."""
    if invoice.payer.non_disclosure:
        return ""
    points = ContactPoint.objects.on(clock.today()).filter(party=invoice.payer_id, kind=ContactKind.EMAIL)
    found = points.order_by("-primary", "pk").first()
    return found.value if found else ""


def _texts(error: MailError) -> str:
    texts = {
        "address": gettext("No mail server takes an address like this. Look at it again."),
        "stopped": gettext(
            "Messages to this address have come back. Correct the address, or try it again under Sent mail."
        ),
        "again": gettext("The invoice was sent to this address just now."),
    }
    return texts[error.code]
