"""Forms of a unit: its data, its rules as a new version, its membership types. They read what people type."""

from __future__ import annotations

import re
from collections.abc import Set
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.common.forms import FinnishDateField, UiForm, UiModelForm, conditional, sized
from jasenpalvelu.common.identifiers import format_iban, normalise_finnish_iban
from jasenpalvelu.common.reference import post_office
from members.filters import PlacesField
from members.forms.fields import (
    EmailKeyField,
    MunicipalityField,
    PhoneField,
    PostalCodeField,
    YTunnusField,
    check_postal_code,
    text,
)
from members.models import MembershipType, OrgUnit, UnitRules
from members.models.memberships import FEDERATION_TYPES
from members.models.parties import LANGUAGES
from members.pictures import LARGEST, Picture, PictureError, read_picture

PICTURE_ERRORS = {
    "large": _("The picture is over %(limit)s kB. Make it smaller and try again."),
    "pixels": _("The picture has too many pixels. Two thousand by two thousand is enough."),
    "type": _("The logo must be a PNG or JPEG picture."),
    "broken": _("The picture could not be read. Save it anew and try again."),
}


class IbanField(forms.CharField):
    """A Finnish account number: the bank barcode of an invoice can carry no other."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, **kwargs)
        sized(self.widget, "m", autocomplete="off")

    def prepare_value(self, value: Any) -> Any:
        return format_iban(value) if isinstance(value, str) and re.fullmatch(r"FI\d{16}", value) else value

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value) or ""
        if not typed:
            return ""
        try:
            return normalise_finnish_iban(typed)
        except ValueError:
            pass
        if re.fullmatch(r"FI\d{16}", re.sub(r"\s", "", typed.upper())):
            raise ValidationError(_("The check digits of the account number do not match. Check the digits."))
        raise ValidationError(
            _("Write a Finnish account number, FI and 16 digits. Example: FI21 1234 5600 0007 85")
        )


class LogoField(forms.FileField):
    widget = forms.FileInput

    def clean(self, data: Any, initial: Any = None) -> Picture | None:
        sent = super().clean(data, initial)
        if not sent or not hasattr(sent, "read"):
            return None
        try:
            return read_picture(sent.read(LARGEST + 1))
        except PictureError as error:
            raise ValidationError(
                PICTURE_ERRORS[error.code], code=error.code, params={"limit": LARGEST // 1024}
            ) from None


class BillingForm(UiForm):
    """Where the unit's invoices are paid to: the treasurer's, not the secretary's."""

    iban = IbanField(label=_("Account number (IBAN)"), required=False, help_text=_("Printed on invoices."))
    einvoice_address = text(_("E-invoice address"), length=35, required=False, width="m")
    einvoice_operator = text(_("E-invoice operator"), length=35, required=False, width="m")

    @property
    def values(self) -> dict[str, Any]:
        """The unit's columns, once the form is valid."""
        return dict(self.cleaned_data)


class UnitForm(UiForm):
    """`unit` is the one edited. Its account is in `BillingForm`."""

    name_fi = text(_("Name in Finnish"), length=120)
    name_sv = text(_("Name in Swedish"), length=120, required=False)
    name_en = text(_("Name in English"), length=120, required=False)
    register_number = text(_("Number in the register of associations"), length=20, required=False, width="s")
    y_tunnus = YTunnusField(required=False)
    home_municipality = MunicipalityField(required=False)
    municipalities = PlacesField(label=_("Area, municipalities"), required=False)
    languages = forms.MultipleChoiceField(
        label=_("Languages"), choices=LANGUAGES, required=False, widget=forms.CheckboxSelectMultiple
    )
    street = text(_("Street address"), length=120, required=False, autocomplete="street-address")
    postal_code = PostalCodeField(label=_("Postal code"), required=False)
    city = text(_("Post office"), length=60, required=False, width="m")
    email = EmailKeyField(label=_("E-mail"), required=False)
    phone = PhoneField(label=_("Phone"), required=False)
    website = forms.URLField(
        label=_("Website"),
        required=False,
        assume_scheme="https",
        error_messages={"invalid": _("Write the address of the site. Example: https://yhdistys.fi")},
    )
    next_meeting = FinnishDateField(
        label=_("Next board meeting"),
        required=False,
        help_text=_("Applications that wait are decided there. Shown in the work queue."),
    )
    logo = LogoField(
        label=_("Logo"),
        required=False,
        help_text=_("PNG or JPEG, at most 512 kB. Printed on invoices."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
    )
    remove_logo = forms.BooleanField(label=_("Remove the present logo"), required=False)

    SECTIONS = (
        (_("Names"), ("name_fi", "name_sv", "name_en")),
        (_("Identifiers"), ("register_number", "y_tunnus")),
        (_("Place"), ("home_municipality", "municipalities", "languages")),
        (_("Contact details"), ("street", "postal_code", "city", "email", "phone", "website")),
        (_("Logo"), ("logo", "remove_logo")),
        (_("Board"), ("next_meeting",)),
    )

    def __init__(self, *args: Any, unit: OrgUnit, **kwargs: Any) -> None:
        own = [name for name in self.base_fields if name not in {"logo", "remove_logo"}]
        kwargs.setdefault("initial", {name: getattr(unit, name) for name in own})
        super().__init__(*args, **kwargs)
        self.fields["home_municipality"].initial = unit.home_municipality
        if not unit.logo:
            del self.fields["remove_logo"]

    def clean_postal_code(self) -> str:
        return check_postal_code(self.cleaned_data["postal_code"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        code = data.get("postal_code")
        if code and not data.get("city"):
            data["city"] = post_office(code, get_language() or "fi")
        if code and not data.get("street"):
            self.add_error("street", _("Write the street address too."))
        return data

    @property
    def sections(self) -> list[tuple[Any, list[Any]]]:
        return [
            (title, [self[name] for name in names if name in self.fields]) for title, names in self.SECTIONS
        ]

    @property
    def values(self) -> dict[str, Any]:
        """The unit's columns, once the form is valid."""
        return {k: v for k, v in self.cleaned_data.items() if k not in {"logo", "remove_logo"}}


# What every association has; left empty it stays as it is.
KEPT_WHEN_EMPTY = ("application_reminder_days", "application_lapse_days", "year_ends")


class RulesForm(UiModelForm):
    """`may`: the rules this reader may change; the others are shown and neither read nor written."""

    valid_from = FinnishDateField(
        label=_("In force from"),
        help_text=_("The rules until then stay as they are, also for what was decided under them."),
    )

    class Meta:
        model = UnitRules
        fields = (
            "admission",
            "resignation_delay_days",
            "deemed_resigned_months",
            "voting_age",
            "central_billing",
            "list_inspection",
            "card_needs_fee",
            "application_reminder_days",
            "application_lapse_days",
            "year_ends",
        )
        widgets = {"admission": forms.RadioSelect, "list_inspection": forms.RadioSelect}
        labels = {
            "resignation_delay_days": _("A resignation takes effect after, days"),
            "application_reminder_days": _("The board is reminded of an application after, days"),
            "application_lapse_days": _("An application lapses by itself after, days"),
            "deemed_resigned_months": _("Months a fee may be unpaid before the membership ends"),
        }
        help_texts = {
            "resignation_delay_days": _(
                "0 means at once. The Associations Act allows at most a year (section 13)."
            ),
            "deemed_resigned_months": _(
                "Some rules say that a member who does not pay is deemed to have resigned. Leave empty when yours do not."
                " Nobody is removed by itself: the board confirms each list."
            ),
            "central_billing": _("The union sends the invoices and settles the association's part to it."),
            "year_ends": _(
                "How long invoices and books are kept is counted from the end of the financial year."
            ),
            "list_inspection": _(
                "Every member may see the names and home municipalities of the others on request (Associations Act, section"
                " 11). Each look is written in the access log."
            ),
            "card_needs_fee": _(
                "While an invoice of the membership's fee is open after its due date, the card is not valid."
            ),
        }

    WHO: ClassVar[dict[str, Any]] = {
        "admission": _("Changed by the chair or the treasurer."),
        "central_billing": _("Changed by the treasurer."),
        "year_ends": _("Changed by the treasurer."),
    }

    def __init__(self, *args: Any, today: date, may: Set[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.may = frozenset(may)
        self.fields["valid_from"].initial = today
        for name in (
            "resignation_delay_days",
            "deemed_resigned_months",
            "voting_age",
            "application_reminder_days",
            "application_lapse_days",
        ):
            field = self.fields[name]
            field.widget = sized(forms.TextInput(), "xs", inputmode="numeric")
            field.error_messages["invalid"] = _("Write a whole number.")
            field.error_messages["max_value"] = _("At most %(limit_value)s.")
            field.error_messages["min_value"] = _("At least %(limit_value)s.")
        self.fields["resignation_delay_days"].max_value = 365  # type: ignore[attr-defined]
        for name in KEPT_WHEN_EMPTY:
            self.fields[name].required = False
        for name in set(self.Meta.fields) - self.may:
            self.fields[name].disabled = True
            self.fields[name].help_text = self.WHO.get(name, _("Changed by the membership secretary."))
        conditional(self.fields["list_inspection"])
        self.order_fields(["valid_from", *self.Meta.fields])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in KEPT_WHEN_EMPTY:
            if name in cleaned and cleaned[name] in (None, ""):
                cleaned[name] = self.initial[name]
        return cleaned

    def clean_list_inspection(self) -> str:
        return self.cleaned_data["list_inspection"] or self.instance.list_inspection

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields if name in self.may}


class TypeForm(UiModelForm):
    class Meta:
        model = MembershipType
        fields = (
            "name_fi", "name_sv", "name_en", "federation_code", "description_fi", "description_sv", "description_en",
            "voting", "min_age", "needs_holding", "covers_family", "fee_bearing", "for_kinds", "active",
        )  # fmt: skip
        labels = {
            "federation_code": _("Counted in the federation's statistics as"),
            "min_age": _("Youngest age, years"),
        }
        help_texts = {
            "federation_code": _(
                "Types have names of your own; this tells which of the common ones they are."
            ),
            "description_fi": _("One sentence on the join form."),
            "needs_holding": _("A holding must be named when a member is entered."),
            "covers_family": _("The family needs no fees of its own."),
            "active": _("Only such types are on the join form."),
        }

    for_kinds = forms.MultipleChoiceField(
        label=_("Open to"),
        choices=[("person", _("people")), ("organisation", _("organisations"))],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing chosen means both."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["federation_code"].choices = [("", "–"), *FEDERATION_TYPES]  # type: ignore[attr-defined]
        self.fields["min_age"].widget = sized(forms.TextInput(), "xs", inputmode="numeric")
        self.fields["min_age"].error_messages["invalid"] = _("Write a whole number.")

    def _get_validation_exclusions(self) -> set[str]:
        """The name's uniqueness within the association is the service's to say: the form does not know whose it is."""
        return {*super()._get_validation_exclusions(), "unit"}  # type: ignore[misc]

    def validate_constraints(self) -> None:
        """See above."""

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}
