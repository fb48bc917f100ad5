"""Forms of the work list: where a waiting payment belongs, and when money went back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.formats import reference as references
from billing.models import Invoice, PaymentRow
from billing.services import suggesting
from jasenpalvelu.common import clock
from jasenpalvelu.common.forms import FinnishDateField, FinnishDecimalField, UiForm
from jasenpalvelu.common.keys import key_of


def _names(invoice: Invoice, text: str) -> bool:
    """Whether exactly this invoice was written: its number or its reference, not a name that happens to fit."""
    typed = "".join(text.split())
    return typed == invoice.number_text or references.normalise(typed) == invoice.reference


class MatchForm(UiForm):
    """Where a waiting payment belongs: a suggested invoice, another one, several, or the payer's credit."""

    target = forms.CharField(label=_("Invoice"), required=False)
    search = forms.CharField(label=_("Another invoice"), required=False, max_length=100)

    def __init__(self, *args: Any, row: PaymentRow, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row
        self.parts: list[tuple[Invoice, Decimal]] = []
        self.found: list[Invoice] = []
        # What was typed beside each invoice of several, kept whatever is wrong with it.
        self.typed = {
            key_of(name[5:]): str(text).strip()
            for name, text in self.data.items()
            if name.startswith("part_") and key_of(name[5:]) and str(text).strip()
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        target = data.get("target", "")
        if target == "several":
            self._several()
        elif target == "other":
            self._other(data.get("search", ""))
        elif key_of(target):
            invoice = Invoice.objects.filter(pk=key_of(target), creditor_id=self.row.unit_id).first()
            if invoice is None:
                self.add_error("target", _("Choose an invoice."))
            else:
                self.parts = [(invoice, min(self.row.amount, invoice.open_amount))]
        else:
            self.add_error("target", _("Choose where the payment belongs."))
        return data

    def _other(self, text: str) -> None:
        self.found = suggesting.find_invoices(row=self.row, text=text)
        if not text.strip():
            self.add_error("search", _("Write an invoice number, a reference, a member number or a name."))
        elif not self.found:
            self.add_error("search", _("No open invoice was found with that. Check the number or the name."))
        elif len(self.found) == 1 and _names(self.found[0], text):
            self.parts = [(self.found[0], min(self.row.amount, self.found[0].open_amount))]
        elif len(self.found) == 1:
            self.add_error("search", _("This invoice was found. Look at it, choose it and match then."))
        else:
            self.add_error("search", _("Several invoices fit. Choose one of them."))

    def _several(self) -> None:
        field = FinnishDecimalField(
            min_value=Decimal("0.01"), max_digits=10, decimal_places=2, required=False
        )
        invoices = Invoice.objects.filter(creditor_id=self.row.unit_id).in_bulk(list(self.typed))
        for pk, text in self.typed.items():
            try:
                amount = field.clean(text)
            except forms.ValidationError as error:
                self.add_error("target", error)
                return
            invoice = invoices.get(pk)
            if amount and invoice:
                if amount > invoice.open_amount:
                    told = _("Invoice %(number)s has less open than that.") % {"number": invoice}
                    self.add_error("target", told)
                    return
                self.parts.append((invoice, amount))
        total = sum((amount for _invoice, amount in self.parts), Decimal(0))
        if total > self.row.amount or not self.parts:
            self.add_error(
                "target", _("The parts must make up at most the payment, and at least one must be given.")
            )


class ReturnedForm(UiForm):
    """The day the money went back to its payer."""

    returned_on = FinnishDateField(label=_("Returned on"))

    def __init__(self, *args: Any, row: PaymentRow, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row
        self.initial.setdefault("returned_on", clock.today())

    def clean_returned_on(self) -> date:
        returned_on: date = self.cleaned_data["returned_on"]
        if returned_on > clock.today():
            raise forms.ValidationError(_("The day is in the future. Write the day the money went."))
        if returned_on < self.row.booked_on:
            raise forms.ValidationError(_("The money came later than that. Check the day."))
        return returned_on
