"""Forms of the payments' pages: the bank's file, a payment by hand, and where a waiting payment belongs."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.formats import reference as references
from billing.formats.errors import BankFileError
from billing.models import Invoice, PaymentRow
from billing.services import matching
from billing.services.reading_payments import ReadFile, read
from jasenpalvelu.common import clock
from jasenpalvelu.common.forms import FinnishDateField, FinnishDecimalField, UiForm
from jasenpalvelu.common.keys import key_of
from members.models import OrgUnit

OLDEST_PAYMENT = timedelta(days=3653)
LARGEST_FILE = 64 * 1024 * 1024
FILE_ERRORS = {
    "empty_file": _("The file is empty."),
    "file_too_large": _("The file is too large to be a payment file."),
    "missing_summary": _(
        "The file ends in the middle: its summary row is missing. Fetch it from the bank again."
    ),
    "no_statement": _("This is not a bank statement or a list of reference payments."),
}


class PaymentFileForm(UiForm):
    """The file as the bank gave it: KTL, camt.053 or camt.054. Reading it is part of checking it."""

    file = forms.FileField(
        label=_("File from the bank"),
        help_text=_("Reference payments (KTL, .txt) or an account statement (camt.053 or camt.054, .xml)."),
    )
    content: bytes = b""
    read: ReadFile

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > LARGEST_FILE:
            raise forms.ValidationError(FILE_ERRORS["file_too_large"])
        self.content = upload.read()
        try:
            self.read = read(self.content)
        except BankFileError as error:
            raise forms.ValidationError(_file_error(error)) from error
        return upload


def _file_error(error: BankFileError) -> str:
    line = re.fullmatch(r"line (\d+)", error.where)
    where = f" ({gettext('row %(line)s') % {'line': line[1]}})" if line else ""
    if error.expected is not None and error.found is not None:
        sums = gettext(
            "The file's own sums do not agree with its rows: the summary says %(expected)s, the rows make %(found)s."
            " Nothing was booked."
        ) % {"expected": error.expected, "found": error.found}
        return sums + where
    text = FILE_ERRORS.get(error.code)
    return (
        str(text or gettext("This is not a file of payments this service knows. Nothing was booked.")) + where
    )


class ManualPaymentForm(UiForm):
    """Money that comes in no file: cash, or a transfer from abroad."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    unit = forms.ModelChoiceField(OrgUnit.objects.none(), label=_("Account of"))
    paid_on = FinnishDateField(label=_("Day of payment"))
    amount = FinnishDecimalField(
        label=_("Sum, €"), min_value=Decimal("0.01"), max_digits=10, decimal_places=2
    )
    reference = forms.CharField(
        label=_("Reference or invoice number"),
        required=False,
        max_length=40,
        help_text=_("Leave empty when not known."),
    )
    payer_name = forms.CharField(label=_("Payer"), max_length=140)
    message = forms.CharField(label=_("Note"), required=False, max_length=280)

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        self.initial.setdefault("key", uuid4())
        if len(units) == 1:
            self.initial.setdefault("unit", units[0])

    def clean_paid_on(self) -> date:
        paid_on: date = self.cleaned_data["paid_on"]
        if paid_on > clock.today():
            raise forms.ValidationError(_("The day is in the future. Write the day the money came."))
        if paid_on < clock.today() - OLDEST_PAYMENT:
            raise forms.ValidationError(_("The day is more than ten years ago. Check the year."))
        return paid_on

    def clean_reference(self) -> str:
        typed = self.cleaned_data["reference"].strip()
        if not typed:
            return ""
        if reference := references.normalise(typed):
            return reference
        year, _dash, number = typed.partition("-")
        unit = self.cleaned_data.get("unit")
        if unit and len(year) == 4 and 0 < key_of(number) < 10_000_000 and key_of(year):
            found = Invoice.objects.filter(
                year=int(year), number=int(number), creditor=unit, kind="invoice"
            ).first()
            if found:
                return found.reference
        raise forms.ValidationError(
            _("There is no such reference or invoice. Check the digits or leave it empty.")
        )


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
        self.found = matching.find_invoices(row=self.row, text=text)
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
        for name in self.data:
            if not name.startswith("part_") or not key_of(name[5:]):
                continue
            try:
                amount = field.clean(self.data[name])
            except forms.ValidationError as error:
                self.add_error("target", error)
                return
            invoice = Invoice.objects.filter(pk=key_of(name[5:]), creditor_id=self.row.unit_id).first()
            if amount and invoice:
                if amount > invoice.open_amount:
                    text = _("Invoice %(number)s has less open than that.") % {"number": invoice}
                    self.add_error("target", text)
                    return
                self.parts.append((invoice, amount))
        total = sum((amount for _invoice, amount in self.parts), Decimal(0))
        if total > self.row.amount or not self.parts:
            self.add_error(
                "target", _("The parts must make up at most the payment, and at least one must be given.")
            )
