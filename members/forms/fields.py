"""Fields that read what Finns type: phones, e-mail addresses, postal codes, business IDs, municipalities."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.common.forms import UiForm, sized
from jasenpalvelu.common.identifiers import (
    format_phone,
    normalise_email,
    normalise_phone,
    normalise_postcode,
    normalise_y_tunnus,
    parse_member_number,
)
from jasenpalvelu.common.reference import municipality_choices

# Where members live abroad, in practice; another code already in the register is kept in the list.
COUNTRIES = [
    ("FI", _("Finland")),
    ("SE", _("Sweden")),
    ("NO", _("Norway")),
    ("EE", _("Estonia")),
    ("DK", _("Denmark")),
    ("DE", _("Germany")),
    ("GB", _("United Kingdom")),
    ("US", _("United States")),
    ("CA", _("Canada")),
]
NUMBERS = {
    1: _("one"),
    2: _("two"),
    3: _("three"),
    4: _("four"),
    6: _("six"),
    7: _("seven"),
    8: _("eight"),
}


def text(
    label: Any, *, width: str = "", length: int = 100, required: bool = True, **attrs: str
) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=length, required=required, widget=sized(forms.TextInput(), width, **attrs)
    )


class EmailKeyField(forms.CharField):
    """An e-mail address in lower case."""

    widget = forms.EmailInput

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value) or ""
        if not typed:
            return ""
        try:
            return normalise_email(typed)
        except ValueError:
            pass
        if "@" not in typed:
            raise ValidationError(_("Write an e-mail address with an @ sign. Example: maija@esimerkki.fi"))
        raise ValidationError(_("Check the e-mail address. Example: maija@esimerkki.fi"))


class PhoneField(forms.CharField):
    """A telephone number, kept in the grouped form people read."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput({"autocomplete": "off"}))
        sized(kwargs["widget"], "s", type="tel")
        super().__init__(max_length=30, **kwargs)

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value) or ""
        if not typed:
            return ""
        try:
            return format_phone(normalise_phone(typed))
        except ValueError:
            raise ValidationError(_("Write the phone number with digits. Example: 040 123 4567")) from None


class PostalCodeField(forms.CharField):
    """Checked as a Finnish code by the form, when the country is Finland; see `check_postal_code`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=10, **kwargs)
        sized(self.widget, "xs", inputmode="numeric")


def check_postal_code(typed: str, country: str = "FI") -> str:
    """The Finnish postal code typed, five digits; a foreign one as it is."""
    compact = re.sub(r"^(?i:fi-)|\s+", "", typed)
    if country != "FI" or not compact:
        return typed.strip()
    if not (compact.isascii() and compact.isdigit()):
        raise ValidationError(_("A postal code has five digits. Example: 00100"))
    if len(compact) != 5:
        raise ValidationError(
            _("A postal code has five digits. You wrote %(n)s.")
            % {"n": NUMBERS.get(len(compact), len(compact))}
        )
    return normalise_postcode(compact)


class YTunnusField(forms.CharField):
    """A Finnish business ID with its check digit verified."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=kwargs.pop("label", _("Business ID")), max_length=20, **kwargs)
        sized(self.widget, "s")

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value) or ""
        if not typed:
            return ""
        try:
            return normalise_y_tunnus(typed)
        except ValueError:
            pass
        if re.fullmatch(r"\s*(FI)?\d{6,7}[\s-]*\d\s*", typed, re.IGNORECASE):
            raise ValidationError(_("The check digit of the business ID does not match. Check the digits."))
        raise ValidationError(
            _("A business ID has seven digits, a hyphen and a check digit. Example: 1234567-1")
        )


class MunicipalityField(forms.ChoiceField):
    """A Finnish municipality chosen by name in the language of the page."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Home municipality"))
        super().__init__(choices=_municipalities, widget=sized(forms.Select(), "m"), **kwargs)

    def valid_value(self, value: Any) -> bool:
        """A code of a merged municipality that stands in the register stays valid until it is changed."""
        return super().valid_value(value) or (bool(value) and value == self.initial)


def _municipalities() -> list[tuple[str, str]]:
    return [("", "–"), *municipality_choices(get_language() or "fi")]


class MemberNumberField(forms.Field):
    """A whole member number with its check digit, as a serial."""

    def __init__(self, **kwargs: Any) -> None:
        widget = sized(forms.TextInput(), "s", inputmode="numeric", maxlength="20", autocomplete="off")
        super().__init__(widget=widget, **kwargs)

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        try:
            return parse_member_number(str(value)[:20])
        except ValueError:
            raise ValidationError(_("The member number is not whole. Example: 20479-8")) from None


# Of the matches of a name none was meant: the field is written anew.
SOMEBODY_ELSE = "?"


class _MemberInput(forms.TextInput):
    def format_value(self, value: Any) -> str | None:
        return None if value == SOMEBODY_ELSE else super().format_value(value)


class MemberField(MemberNumberField):
    """Another member by number or by name: a serial, or the name as typed (`members.views.choosing_member`)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget = sized(_MemberInput(), "m", maxlength="80", autocomplete="off")

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()[:80]
        if text == SOMEBODY_ELSE:
            raise ValidationError(_("Write the name or the member number."))
        return super().to_python(text) if not text or any(c.isdigit() for c in text) else text


class BuiltForm(UiForm):
    """A form whose fields depend on the reader or the member: built for this one instance, before Django copies them."""

    def __init__(self, fields: dict[str, forms.Field], data: Any = None, **kwargs: Any) -> None:
        self.__dict__["base_fields"] = fields
        super().__init__(data, **kwargs)


def countries(present: str) -> list[tuple[str, Any]]:
    known = dict(COUNTRIES)
    return COUNTRIES if not present or present in known else [*COUNTRIES, (present, present)]
