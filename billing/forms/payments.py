"""Forms of the payments' pages: the bank's file, and a payment by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.formats import reference as references
from billing.formats.errors import BankFileError
from billing.models import Invoice
from billing.refusals import ERRORS, explain, refusal_of
from billing.services.reading_payments import first_account, read
from jasenpalvelu.common import clock
from jasenpalvelu.common.forms import FinnishDateField, FinnishDecimalField, UiForm
from jasenpalvelu.common.keys import key_of
from members.models import OrgUnit

OLDEST_PAYMENT = timedelta(days=3653)
LARGEST_FILE = 64 * 1024 * 1024
# A file of a few thousand rows is read at once, so that whatever is wrong is told beside the field; of a larger one the beginning.
READ_AT_ONCE = 256 * 1024


class PaymentFileForm(UiForm):
    """The file as the bank gave it: KTL, camt.053 or camt.054. Its beginning is read; the whole by the work that books it."""

    file = forms.FileField(
        label=_("File from the bank"),
        help_text=_("Reference payments (KTL, .txt) or an account statement (camt.053 or camt.054, .xml)."),
        error_messages={"empty": ERRORS["empty_file"]},
    )
    account = ""

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > LARGEST_FILE:
            raise forms.ValidationError(ERRORS["file_too_large"])
        head = upload.read(READ_AT_ONCE)
        try:
            self.account = first_account(head)
            if upload.size <= READ_AT_ONCE:
                read(head)
        except BankFileError as error:
            raise forms.ValidationError(explain(refusal_of(error))) from error
        upload.seek(0)
        return upload


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
