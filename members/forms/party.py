"""The person's or organisation's own data and contacts, as one form: when a member is added and when one is edited.

Fields stand in it by the editor's field classes. What a non-disclosure order hides is shown empty: left empty it stays as
it is, written it replaces the hidden value.
"""

from __future__ import annotations

from collections.abc import Set
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from jasenpalvelu.common.forms import FinnishDateField, sized
from jasenpalvelu.common.identifiers import normalise_email, normalise_phone
from jasenpalvelu.common.reference import post_office
from members.forms.fields import (
    BuiltForm,
    EmailKeyField,
    MunicipalityField,
    PhoneField,
    PostalCodeField,
    YTunnusField,
    check_postal_code,
    countries,
    text,
)
from members.masking import HIDDEN_BY_ORDER
from members.models.parties import LANGUAGES, LegalForm, PartyKind

CHANNELS = [
    ("auto", gettext_lazy("By e-mail when there is an address, otherwise by post")),
    ("email", gettext_lazy("Always by e-mail")),
    ("post", gettext_lazy("Always on paper by post")),
    ("einvoice", gettext_lazy("As an e-invoice to the bank")),
]
KEPT_HIDDEN = gettext_lazy("Not shown. Write here only if it changes.")
Row = BoundField | tuple[BoundField, BoundField]


class PartyForm(BuiltForm):
    """`kind` person or organisation; `classes` what the editor may write; `protected` when an order hides data."""

    def __init__(
        self,
        data: Any = None,
        *,
        kind: str,
        classes: Set[str],
        values: dict[str, Any] | None = None,
        protected: bool = False,
        may_protect: bool = True,
        today: date,
        **kwargs: Any,
    ) -> None:
        self.kind, self.protected, self.today = kind, protected, today
        self.values = values or {}
        shown = {k: v for k, v in self.values.items() if not (protected and k in HIDDEN_BY_ORDER)}
        kwargs["initial"] = {
            "country": "FI",
            "language": get_language() or "fi",
            **shown,
            **kwargs.get("initial", {}),
        }
        fields = {**self._all_fields(kind, classes, may_protect=may_protect), **self.extra_fields()}
        super().__init__(fields, data, **kwargs)
        for name in HIDDEN_BY_ORDER & set(self.fields) if protected else ():
            self.fields[name].required = False
            if name != "country":
                self.fields[name].help_text = KEPT_HIDDEN

    def extra_fields(self) -> dict[str, forms.Field]:
        """What a form built on this one asks besides."""
        return {}

    # --- fields -------------------------------------------------------------------------------------------------
    def _all_fields(self, kind: str, classes: Set[str], *, may_protect: bool) -> dict[str, forms.Field]:
        fields = _person_fields() if kind == PartyKind.PERSON else _organisation_fields()
        present = "" if self.protected else self.values.get("home_municipality", "")
        fields["home_municipality"] = MunicipalityField(required=False, initial=present)
        if "B" in classes:
            fields |= _contact_fields(str(self.values.get("country", "")))
        if "C" in classes and kind == PartyKind.PERSON:
            fields |= _birth_fields(self.today)
        if "B" in classes and kind == PartyKind.PERSON and may_protect:
            fields |= _protection_fields()
        return fields

    # --- arrangement --------------------------------------------------------------------------------------------
    @property
    def sections(self) -> list[tuple[str, list[Row]]]:
        """Headings with their fields, pairs side by side; only what is in the form."""
        person = self.kind == PartyKind.PERSON
        plan: list[tuple[str, list[str | tuple[str, str]]]] = [
            (
                _("Person") if person else _("Organisation"),
                [("first_names", "last_name"), "name", "legal_form", "y_tunnus", "language"],
            ),
            (_("Contact details"), ["email", "phone", "invoice_channel"]),
            (
                _("Address and home municipality"),
                ["street", "co_line", "postal_code", "city", "country", "home_municipality"],
            ),
            (_("Age"), ["birth_date", "birth_date_purpose"]),
            (_("Non-disclosure order"), ["non_disclosure", "non_disclosure_until"]),
        ]
        return [(title, rows) for title, names in plan if (rows := self._rows(names))]

    def _rows(self, names: list[str | tuple[str, str]]) -> list[Row]:
        rows: list[Row] = []
        for name in names:
            wanted = (name,) if isinstance(name, str) else name
            present = [self[field] for field in wanted if field in self.fields]
            if len(present) == 2:
                rows.append((present[0], present[1]))
            else:
                rows += present
        return rows

    # --- checks -------------------------------------------------------------------------------------------------
    def clean_postal_code(self) -> str:
        country = self.data.get(self.add_prefix("country")) or "FI"
        return check_postal_code(self.cleaned_data["postal_code"], str(country))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self._fill_post_office(cleaned)
        if cleaned.get("birth_date") and not cleaned.get("birth_date_purpose"):
            self.add_error("birth_date_purpose", _("Tell why the date of birth is kept."))
        if (
            cleaned.get("street")
            and not cleaned.get("postal_code")
            and "postal_code" not in self.errors
            and not self.protected
        ):
            self.add_error("postal_code", _("Write the postal code too, so that a letter finds its way."))
        if (
            self.fields.get("non_disclosure_until")
            and cleaned.get("non_disclosure_until")
            and not cleaned.get("non_disclosure")
        ):
            self.add_error("non_disclosure", _("Tick this as well, or leave the review date empty."))
        if (
            not cleaned.get("birth_date")
            and "birth_date_purpose" in self.fields
            and "birth_date" not in self.errors
        ):
            cleaned["birth_date_purpose"] = ""
        return cleaned

    def _fill_post_office(self, cleaned: dict[str, Any]) -> None:
        code = cleaned.get("postal_code")
        if not code or cleaned.get("country", "FI") not in {"FI", ""}:
            return
        moved = code != self.initial.get("postal_code") and cleaned.get("city") == self.initial.get("city")
        if cleaned.get("city") and not moved:
            return
        cleaned["city"] = post_office(code, cleaned.get("language") or get_language() or "fi")
        if not cleaned["city"]:
            self.add_error("city", _("The postal code is not known. Write the post office."))

    # --- results ------------------------------------------------------------------------------------------------
    def party_values(self) -> dict[str, Any]:
        """Every understood value of the party itself, for a new one."""
        own = set(self._all_fields(self.kind, frozenset("ABC"), may_protect=True))
        return {name: value for name, value in self.cleaned_data.items() if name in own}

    @property
    def seen_fields(self) -> list[str]:
        """Fields whose present value the form shows."""
        return [n for n in self.fields if not (self.protected and n in HIDDEN_BY_ORDER)]

    def changes(self) -> dict[str, Any]:
        """Values that differ from what was shown, for an edit. Hidden ones only when written."""
        values = {k: v for k, v in self.party_values().items() if k in self.fields}
        changed = {
            k: v for k, v in values.items() if _comparable(k, v) != _comparable(k, self.initial.get(k))
        }
        if self.protected:
            changed = {k: v for k, v in changed.items() if k not in HIDDEN_BY_ORDER or v not in ("", None)}
            if changed.get("country") == "FI":
                del changed["country"]
        return changed


def _comparable(name: str, value: Any) -> Any:
    """Values that mean the same are the same: a phone number in another grouping is no change."""
    if value in (None, ""):
        return ""
    try:
        return (
            normalise_phone(value)
            if name == "phone"
            else normalise_email(value)
            if name == "email"
            else value
        )
    except ValueError:
        return value


def party_fields(kind: str, today: date) -> list[str]:
    """Names of the fields only this kind of party has."""
    own = _person_fields() | _birth_fields(today) | _protection_fields()
    return list(own if kind == PartyKind.PERSON else _organisation_fields())


def _person_fields() -> dict[str, forms.Field]:
    return {
        "first_names": text(gettext_lazy("First names"), autocomplete="off"),
        "last_name": text(gettext_lazy("Last name"), autocomplete="off"),
        "language": _language(),
    }


def _organisation_fields() -> dict[str, forms.Field]:
    return {
        "name": text(gettext_lazy("Name"), length=200, autocomplete="off"),
        "legal_form": forms.ChoiceField(
            label=gettext_lazy("Legal form"), choices=LegalForm.choices, widget=sized(forms.Select(), "m")
        ),
        "y_tunnus": YTunnusField(required=False),
        "language": _language(),
    }


def _language() -> forms.Field:
    return forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=LANGUAGES,
        widget=sized(forms.Select(), "s"),
        help_text=gettext_lazy("Letters and invoices are written in this language."),
    )


def _contact_fields(country: str) -> dict[str, forms.Field]:
    return {
        "email": EmailKeyField(
            label=gettext_lazy("E-mail"),
            max_length=254,
            required=False,
            widget=sized(forms.EmailInput(), "m", autocomplete="off"),
        ),
        "phone": PhoneField(label=gettext_lazy("Phone"), required=False),
        "street": text(gettext_lazy("Street address"), length=120, required=False, autocomplete="off"),
        "co_line": text(gettext_lazy("c/o"), length=80, required=False, autocomplete="off"),
        "postal_code": PostalCodeField(label=gettext_lazy("Postal code"), required=False),
        "city": forms.CharField(
            label=gettext_lazy("Post office"),
            max_length=60,
            required=False,
            help_text=gettext_lazy("Empty: from the postal code."),
            widget=sized(forms.TextInput(), "m", autocomplete="off"),
        ),
        "country": forms.ChoiceField(
            label=gettext_lazy("Country"), choices=countries(country), widget=sized(forms.Select(), "m")
        ),
        "invoice_channel": forms.ChoiceField(
            label=gettext_lazy("How invoices are sent"),
            choices=CHANNELS,
            widget=forms.Select(),
            required=False,
        ),
    }


def _birth_fields(today: date) -> dict[str, forms.Field]:
    return {
        "birth_date": FinnishDateField(
            label=gettext_lazy("Date of birth"),
            required=False,
            max_value=today,
            min_value=date(1890, 1, 1),
            help_text=gettext_lazy("Only when it is needed for something."),
        ),
        "birth_date_purpose": forms.CharField(
            label=gettext_lazy("Why the date of birth is kept"),
            max_length=120,
            required=False,
            help_text=gettext_lazy("For example: the fee of a student, the age limit of the type."),
        ),
    }


def _protection_fields() -> dict[str, forms.Field]:
    return {
        "non_disclosure": forms.BooleanField(
            label=gettext_lazy("The person has a non-disclosure order"),
            required=False,
            help_text=gettext_lazy(
                "The home municipality, the address and the contact details are hidden from everyone at once."
                " Only a custodian can lift the order."
            ),
        ),
        "non_disclosure_until": FinnishDateField(
            label=gettext_lazy("Review on"),
            required=False,
            help_text=gettext_lazy("The order stays in force after this day until somebody has checked it."),
        ),
    }


def refuse_stale(form: PartyForm) -> None:
    """Stop the form with a word of what happened; the fields that changed are told by the view."""
    form.add_error(
        None,
        ValidationError(
            _("Somebody else has changed the data meanwhile. Check the fields below and save again.")
        ),
    )


def refuse_old(form: PartyForm) -> None:
    """Stop a form that has been open too long to be saved unseen."""
    form.add_error(
        None, ValidationError(_("The form had been open for long. Check the fields below and save again."))
    )


def without_hidden(data: QueryDict) -> QueryDict:
    """What was sent, without what an order hides: it was typed or shown before the order came into force."""
    kept = data.copy()
    for name in HIDDEN_BY_ORDER & kept.keys():
        del kept[name]
    return kept
