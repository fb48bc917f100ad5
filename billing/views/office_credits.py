"""Making a credit note of an issued invoice, whole or by lines."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from billing import permissions
from billing.models import Invoice
from billing.models.invoices import InvoiceKind
from billing.services import crediting
from billing.services.crediting import CreditError
from billing.wording import money
from jasenpalvelu.common import clock, feedback
from jasenpalvelu.common.forms import UiForm, sized
from members.requests import ScopedRequest


class CreditForm(UiForm):
    lines = forms.MultipleChoiceField(
        label=_("What is credited"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("A discount of a chosen fee is taken back with it."),
    )
    reason = forms.CharField(
        label=_("Why"),
        max_length=200,
        help_text=_("Printed on the credit note."),
        widget=sized(forms.TextInput(), "m"),
    )


@require_http_methods(["GET", "POST"])
def credit(request: ScopedRequest, pk: int) -> HttpResponse:
    """Choose the lines, say why; the credit note gets its own number in the series."""
    invoices = Invoice.objects.filter(
        request.scope.unit_filter("creditor", permissions.RUN, "D"), kind=InvoiceKind.INVOICE
    )
    invoice = get_object_or_404(invoices.select_related("creditor"), pk=pk)
    free = crediting.creditable_lines(invoice)
    form = CreditForm(request.POST or None, initial={"lines": [str(line.pk) for line in free]})
    lines = form.fields["lines"]
    assert isinstance(lines, forms.MultipleChoiceField)
    lines.choices = [(str(line.pk), f"{line.text}, {money(line.amount)}") for line in free]
    if form.is_valid():
        try:
            note = crediting.credit(
                invoice=invoice,
                line_ids=[int(line) for line in form.cleaned_data["lines"]],
                reason=form.cleaned_data["reason"],
                on=clock.today(),
                actor=request.user,
            )
        except CreditError as error:
            form.add_error("lines", _texts(error))
        else:
            feedback.done(request, gettext("The credit note %(number)s was made.") % {"number": note})
            return redirect("office:invoice", note.pk)
    context = {
        "invoice": invoice,
        "form": form,
        "free": free,
        "trail": [
            (gettext("Invoicing"), reverse("office:billing")),
            (str(invoice), reverse("office:invoice", args=[invoice.pk])),
        ],
    }
    return render(request, "office/billing/credit.html", context)


def _texts(error: CreditError) -> str:
    texts = {
        "credited": gettext("Some of these have been credited already. Look at the invoice again."),
        "no_lines": gettext("Choose at least one fee."),
        "below_zero": gettext("What is left would be below zero. Credit the discounts as well."),
        "not_invoice": gettext("A credit note cannot be credited."),
    }
    return texts[error.code]
