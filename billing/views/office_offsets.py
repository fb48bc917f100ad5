"""A payer's credit set against an open invoice, from the invoice's page, and back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from billing.models import Invoice, LedgerEntry
from billing.models.invoices import InvoiceKind
from billing.models.ledger import EntryKind
from billing.services import offsetting
from billing.wording import money
from jasenpalvelu.common import clock, feedback
from jasenpalvelu.common.forms import FinnishDecimalField, UiForm
from members.requests import ScopedRequest

PAYMENTS = "billing.payments"


class UseCreditForm(UiForm):
    amount = FinnishDecimalField(
        label=gettext_lazy("Sum, €"), min_value=Decimal("0.01"), max_digits=10, decimal_places=2
    )

    def __init__(self, *args: Any, most: Decimal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most = most
        self.initial.setdefault("amount", most)

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        if amount > self.most:
            raise forms.ValidationError(_("At most %(sum)s can be used.") % {"sum": money(self.most)})
        return amount


@require_http_methods(["GET", "HEAD", "POST"])
def use_credit(request: ScopedRequest, pk: int) -> HttpResponse:
    """How much of the payer's credit is set against the invoice."""
    invoices = Invoice.objects.filter(
        request.scope.unit_filter("creditor", PAYMENTS, "D"), kind=InvoiceKind.INVOICE
    )
    invoice = get_object_or_404(invoices.select_related("creditor"), pk=pk)
    credit = offsetting.free_credit(creditor_id=invoice.creditor_id, payer_id=invoice.payer_id)
    most = offsetting.usable(invoice=invoice)
    form = UseCreditForm(request.POST or None, most=most)
    if request.method == "POST" and form.is_valid():
        try:
            entry = offsetting.use(
                invoice=invoice, amount=form.cleaned_data["amount"], on=clock.today(), actor=request.user
            )
        except offsetting.OffsetError:
            form.add_error(
                "amount", _("The credit or the invoice has changed meanwhile. Look at the sums again.")
            )
        else:
            text = _("%(sum)s of credit used on invoice %(number)s.") % {
                "sum": money(-entry.amount),
                "number": invoice,
            }
            feedback.done(request, text, undo=reverse("office:undo_use_credit", args=[entry.pk]))
            return redirect("office:invoice", invoice.pk)
    context = {
        "invoice": invoice,
        "form": form,
        "credit": credit,
        "most": most,
        "crumbs": [
            (_("Invoicing"), reverse("office:billing")),
            (str(invoice), reverse("office:invoice", args=[invoice.pk])),
        ],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "office/billing/use_credit.html", context, status=status)


@require_POST
def undo_use_credit(request: ScopedRequest, pk: int) -> HttpResponse:
    """Give the credit back to the payer; the invoice opens again."""
    entries = LedgerEntry.objects.visible_to(request.scope, PAYMENTS)
    entry = get_object_or_404(entries, pk=pk, kind=EntryKind.CREDIT_USED, invoice__isnull=False)
    try:
        offsetting.undo(entry=entry, on=clock.today(), actor=request.user)
    except offsetting.OffsetError:
        feedback.done(request, _("There was nothing to undo any more."))
    else:
        feedback.done(request, _("The credit was given back to the payer."))
    return redirect("office:invoice", entry.invoice_id)
