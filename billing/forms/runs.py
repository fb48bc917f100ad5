"""Forms of invoice runs: what is billed and when, approval, leaving a payer out, the filter of the list of payers."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.models import InvoiceRun
from billing.services.preparing import RunPlan
from jasenpalvelu.common.dates import format_date, payable_on
from jasenpalvelu.common.forms import FilterForm, FinnishDateField, UiForm, sized

MESSAGE: dict[str, Any] = {"required": False, "max_length": 400}
SHOW = [
    ("", _("All")),
    ("virheet", _("No invoice is made")),
    ("huomautukset", _("Something to check")),
    ("nousut", _("Rises more than 50 €")),
    ("jatetyt", _("Left out")),
    ("ei-laskutettavaa", _("Nothing to charge")),
    ("no_address", _("No address at all")),
    ("two_associations", _("In two associations")),
    ("same_y_tunnus", _("Business ID shared with another")),
    ("no_y_tunnus", _("Business ID missing, several associations")),
    ("holding_without_id", _("Business ID missing")),
    ("area_missing", _("Area missing")),
    ("amount_differs", _("Two sums for the same part")),
    ("already_charged", _("A part charged already")),
]


class RunForm(UiForm):
    """A run before it is calculated. Dates are asked as they are meant; a due date on a holiday is moved and told."""

    title = forms.CharField(
        label=_("Title"),
        max_length=120,
        help_text=_("Printed on the invoice, for example: Membership fees 2026"),
        widget=sized(forms.TextInput(), "m"),
    )
    year = forms.IntegerField(
        label=_("Fee year"),
        min_value=2000,
        max_value=2100,
        help_text=_("The decided fee tables of this year are used."),
        widget=sized(forms.TextInput(), "xs", inputmode="numeric"),
    )
    units = forms.MultipleChoiceField(label=_("Associations billed"), widget=forms.CheckboxSelectMultiple)
    basis_date = FinnishDateField(
        label=_("Members and hectares as of"), help_text=_("Who is a member on this day is billed.")
    )
    invoice_date = FinnishDateField(label=_("Invoice date"))
    due_date = FinnishDateField(
        label=_("Due date"),
        help_text=_("If it falls on a weekend or a holiday, it moves to the next weekday."),
    )
    second_due_date = FinnishDateField(
        label=_("Due date of the second part"),
        required=False,
        help_text=_("Only for invoices large enough to be paid in two parts."),
    )
    message_fi = forms.CharField(
        label=_("Message in Finnish"), widget=sized(forms.Textarea(attrs={"rows": 2}), "wide"), **MESSAGE
    )
    message_sv = forms.CharField(
        label=_("Message in Swedish"), widget=sized(forms.Textarea(attrs={"rows": 2}), "wide"), **MESSAGE
    )
    message_en = forms.CharField(
        label=_("Message in English"), widget=sized(forms.Textarea(attrs={"rows": 2}), "wide"), **MESSAGE
    )

    def __init__(self, *args: Any, units: list[tuple[int, str]], instalments: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.only_unit = units[0][0] if len(units) == 1 else None
        if self.only_unit is not None:
            del self.fields["units"]
        else:
            field = self.fields["units"]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = [(str(pk), name) for pk, name in units]
        if not instalments:
            del self.fields["second_due_date"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if year := data.get("year"):
            self._near(year, "basis_date", "invoice_date", "due_date", "second_due_date")
        invoiced, due, second = data.get("invoice_date"), data.get("due_date"), data.get("second_due_date")
        if invoiced and due and payable_on(due) <= invoiced:
            self.add_error("due_date", gettext("The due date must be after the invoice date."))
        if due and second and payable_on(second) <= payable_on(due):
            self.add_error("second_due_date", gettext("The second part must be due after the first."))
        return data

    def _near(self, year: int, *names: str) -> None:
        """A mistyped year is told here: the number and the reference of an issued invoice are made of its date."""
        for name in names:
            day = self.cleaned_data.get(name)
            if day and abs(day.year - year) > 1:
                text = gettext("The date is far from the fee year %(year)s. Check the year.")
                self.add_error(name, text % {"year": year})

    @property
    def messages(self) -> list[forms.BoundField]:
        """The sender's words on the invoice, folded away until needed."""
        return [self[name] for name in ("message_fi", "message_sv", "message_en")]

    @property
    def messages_open(self) -> bool:
        return any(bound.errors or bound.value() for bound in self.messages)

    @property
    def plan(self) -> RunPlan:
        data = dict(self.cleaned_data)
        units = [self.only_unit] if self.only_unit is not None else [int(pk) for pk in data["units"]]
        return RunPlan(**{**data, "units": units})


def initial_of(run: InvoiceRun) -> dict[str, Any]:
    """What the form shows of a stored run."""
    names = ("title", "year", "basis_date", "invoice_date", "due_date", "second_due_date")
    messages = ("message_fi", "message_sv", "message_en")
    return {name: getattr(run, name) for name in (*names, *messages)} | {
        "units": [str(pk) for pk in run.units]
    }


def moved_text(asked: date | None, kept: date | None) -> str:
    """Tells that a due date was moved to a banking day; "" when it was not."""
    if asked is None or kept is None or asked == kept:
        return ""
    return gettext("%(asked)s is not a banking day, so the due date is %(kept)s.") % {
        "asked": format_date(asked),
        "kept": format_date(kept),
    }


class ApproveForm(UiForm):
    """The reader's tick and the hash of the preview that was read."""

    hash = forms.CharField(widget=forms.HiddenInput, required=False)
    checked = forms.BooleanField(
        label=_("I have checked the sums and the remarks"),
        error_messages={"required": _("Tick this when you have checked the sums and the remarks.")},
    )


class ExcludeForm(UiForm):
    reason = forms.CharField(
        label=_("Why"),
        max_length=200,
        help_text=_("Kept with the run, for the auditor too."),
        widget=sized(forms.TextInput(), "m"),
    )


class ItemFilter(FilterForm):
    q = forms.CharField(label=_("Name, number or holding"), widget=forms.TextInput(attrs={"type": "search"}))
    nayta = forms.ChoiceField(label=_("Show"), choices=SHOW)
