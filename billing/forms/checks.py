"""Forms of data checks: beginning a round, typing a code, correcting one's data, deciding on a proposal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.asking import Facts
from billing.services.answering import Correction, NewBasis
from jasenpalvelu.common.forms import (
    FinnishDateField,
    FinnishDecimalField,
    FinnishDecimalInput,
    UiForm,
    sized,
)
from jasenpalvelu.common.reference import post_office
from members.forms.fields import EmailKeyField, PhoneField, PostalCodeField, check_postal_code, text
from members.forms.party import CHANNELS
from members.models import FeeBasisKind, OrgUnit, Segment
from members.models.memberships import FEDERATION_TYPES
from members.models.parties import ContactKind
from members.services.registering import Address

NO_AREA = Decimal(0)
# Links lie in mail boxes as long as they work.
LONGEST = timedelta(days=90)


class RoundForm(UiForm):
    """Whose data is checked: a unit with the associations below it, narrowed by type or by a segment."""

    title = text(gettext_lazy("Title"), length=120)
    year = forms.TypedChoiceField(label=gettext_lazy("Fee year"), coerce=int)
    answer_by = FinnishDateField(
        label=gettext_lazy("Answers by"),
        help_text=gettext_lazy("Links and codes work until this day."),
    )
    token = forms.UUIDField(widget=forms.HiddenInput)
    types = forms.MultipleChoiceField(
        label=gettext_lazy("Only members of these types"),
        choices=FEDERATION_TYPES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(
        self, *args: Any, units: Sequence[OrgUnit], segments: Sequence[Segment], today: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.units, self.segments = {str(u.pk): u for u in units}, {str(s.pk): s for s in segments}
        years = (today.year, today.year + 1)
        self.fields["year"].choices = [(year, str(year)) for year in years]  # type: ignore[attr-defined]
        answer_by = self.fields["answer_by"]
        answer_by.min_value, answer_by.max_value = today, today + LONGEST  # type: ignore[attr-defined]
        if len(self.units) > 1:
            pairs = [("", _("Choose")), *((pk, unit.name) for pk, unit in self.units.items())]
            self.fields["unit"] = forms.ChoiceField(
                label=_("Whose members"),
                choices=pairs,
                help_text=_("The associations below it are included."),
            )
            self.order_fields(["unit", "title"])
        if self.segments:
            told = [("", _("No segment")), *((pk, segment.name) for pk, segment in self.segments.items())]
            self.fields["segment"] = forms.ChoiceField(
                label=_("Only members of a segment"), choices=told, required=False
            )

    @property
    def unit(self) -> OrgUnit:
        return self.units[self.cleaned_data.get("unit") or next(iter(self.units))]

    @property
    def segment(self) -> Segment | None:
        return self.segments.get(self.cleaned_data.get("segment", ""))


class CodeForm(UiForm):
    """The code of a letter."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=20,
        help_text=gettext_lazy("The ten letters and numbers in the letter. Small letters will do."),
        widget=sized(
            forms.TextInput(), "s", autocomplete="off", autocapitalize="characters", spellcheck="false"
        ),
    )


class CorrectionForm(UiForm):
    """What is otherwise. `hidden`: the contact details are not shown, and so not asked either."""

    street = text(gettext_lazy("Street address"), length=120, required=False, autocomplete="street-address")
    postal_code = PostalCodeField(
        label=gettext_lazy("Postal code"),
        required=False,
        widget=forms.TextInput({"autocomplete": "postal-code"}),
    )
    city = text(
        gettext_lazy("Post office"), width="m", length=60, required=False, autocomplete="address-level2"
    )
    email = EmailKeyField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        required=False,
        widget=sized(forms.EmailInput(), autocomplete="email"),
    )
    phone = PhoneField(
        label=gettext_lazy("Phone"), required=False, widget=forms.TextInput({"autocomplete": "tel"})
    )
    invoice_channel = forms.ChoiceField(
        label=gettext_lazy("Invoices come by"),
        choices=CHANNELS,
        required=False,
    )
    text = forms.CharField(
        label=gettext_lazy("Something else is wrong"),
        max_length=400,
        required=False,
        help_text=gettext_lazy("For example: the payer has changed, somebody has left the farm."),
        widget=forms.Textarea({"rows": "3"}),
    )

    def __init__(self, *args: Any, facts: Facts, hidden: bool, by_link: bool, **kwargs: Any) -> None:
        self.facts, self.hidden, self.by_link = facts, hidden, by_link
        kwargs["initial"] = _initial(facts) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.values: dict[str, NewBasis] = {}
        if hidden:
            for name in ("street", "postal_code", "city", "email", "phone"):
                del self.fields[name]
        elif by_link:
            self.fields["email"].help_text = _(
                "Your association enters a new e-mail address after checking it."
            )
        for holding in facts.holdings:
            known = list(holding.fee_bases.all())
            for value in known:
                self._ask(NewBasis(holding, value.kind, value.unit, value.value, value.value))
            for kind in FeeBasisKind.objects.order_by("position", "code") if not known else ():
                self._ask(NewBasis(holding, kind, None, None, NO_AREA))

    def _ask(self, now: NewBasis) -> None:
        """One number; `now` is how it stands, an unknown one is asked empty."""
        name = f"basis_{now.holding.pk}_{now.kind.pk}_{now.unit.pk if now.unit else 0}"
        self.values[name] = now
        where = f", {now.unit}" if now.unit else ""
        several = f"{now.holding}: " if len(self.facts.holdings) > 1 else ""
        self.fields[name] = FinnishDecimalField(
            label=f"{several}{now.kind}{where}, {now.kind.unit}",
            min_value=0,
            required=False,
            widget=sized(FinnishDecimalInput(), "xs"),
        )
        self.initial[name] = now.before

    @property
    def bases(self) -> list[Any]:
        return [self[name] for name in self.values]

    @property
    def shown(self) -> dict[str, str]:
        """What the fields showed before anything was typed, to be sealed into the page."""
        return {name: self._as_typed(name) for name in self.fields}

    def renewed(self, shown: Mapping[str, str]) -> CorrectionForm:
        """The form once more after the data changed: what was typed stays, what was left alone shows the data of now."""
        data = {
            name: self._as_typed(name)
            if self.data.get(name, "") == shown.get(name)
            else self.data.get(name, "")
            for name in self.fields
        }
        return CorrectionForm(data, facts=self.facts, hidden=self.hidden, by_link=self.by_link)

    def _as_typed(self, name: str) -> str:
        value = self.get_initial_for_field(self.fields[name], name)
        return (
            str(self.fields[name].widget.format_value(value) or "") if not isinstance(value, str) else value
        )

    def clean_postal_code(self) -> str:
        country = self._address_now().country if self._address_now() else "FI"
        return check_postal_code(self.cleaned_data["postal_code"], country)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("postal_code") and not data.get("city"):
            data["city"] = post_office(data["postal_code"], "fi") or ""
        if not self.errors and not self.correction:
            raise ValidationError(_("Nothing was changed. Write what is otherwise, or confirm the data."))
        return data

    def _address_now(self) -> Any:
        return self.facts.contacts.get(ContactKind.ADDRESS)

    @property
    def correction(self) -> Correction:
        """What differs from what was shown."""
        data, before = self.cleaned_data, _initial(self.facts)
        changed = {name for name in before if name in data and data[name] != before[name]}
        return Correction(
            phone=data["phone"] if "phone" in changed else None,
            email=data["email"] if "email" in changed and data["email"] else None,
            invoice_channel=data["invoice_channel"]
            if "invoice_channel" in changed and data["invoice_channel"]
            else None,
            address=self._address() if changed & {"street", "postal_code", "city"} else None,
            bases=[
                replace(now, value=data[name])
                for name, now in self.values.items()
                if data.get(name) is not None and data[name] != now.before
            ],
            text=data.get("text", "").strip(),
        )

    def _address(self) -> Address | None:
        """The whole address anew; one that was emptied is left as it is: an invoice has to be sent somewhere."""
        data, now = self.cleaned_data, self._address_now()
        if not (data.get("street") or data.get("postal_code")):
            return None
        country, co_line = (now.country, now.co_line) if now else ("FI", "")
        return Address(data["street"], data["postal_code"], data["city"], co_line, country)


def _initial(facts: Facts) -> dict[str, Any]:
    address = facts.contacts.get(ContactKind.ADDRESS)
    email, phone = facts.contacts.get(ContactKind.EMAIL), facts.contacts.get(ContactKind.PHONE)
    return {
        "street": address.value if address else "",
        "postal_code": address.postal_code if address else "",
        "city": address.city if address else "",
        "email": email.value if email else "",
        "phone": phone.value if phone else "",
        "invoice_channel": facts.payer.invoice_channel,
    }


class RefuseForm(UiForm):
    """Why a proposal is not taken in; the payer reads it."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        min_length=3,
        max_length=200,
        help_text=gettext_lazy("The member reads this on the page of the check."),
        widget=sized(forms.TextInput()),
    )
