"""Form base and fields that understand what Finns type.

`UiForm` and `UiModelForm`: no native "required" bubbles (our own messages stand beside the field), plain-language errors,
what was typed is always kept. A widget says its width and look: `FinnishDateField(...)` is short, `widget.ui_width = "s"`.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.utils.functional import Promise
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.common.dates import parse_date
from jasenpalvelu.common.money import parse_number

REQUIRED = _("Fill this in.")
CHOOSE = _("Choose one.")


class UiFormMixin:
    """What every form of the service shares. Mix into a Form or a ModelForm, before it."""

    use_required_attribute = False
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            speak_plainly(field)


class UiForm(UiFormMixin, forms.Form):
    pass


class UiModelForm(UiFormMixin, forms.ModelForm):
    pass


class FilterForm(UiForm):
    """A GET form over a list: nothing is required, and what cannot be understood narrows nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = False

    @property
    def wanted(self) -> dict[str, Any]:
        """The filters in use: understood and not empty."""
        self.full_clean()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "", [])}


def speak_plainly(field: forms.Field) -> None:
    """What is said of an empty field; asked for by name of one that a form makes after its beginning."""
    chooses = isinstance(field, forms.ChoiceField | forms.ModelChoiceField)
    own = getattr(field, "default_error_messages", {}).get("required")
    if own is None or field.error_messages.get("required") == forms.Field.default_error_messages["required"]:
        field.error_messages["required"] = CHOOSE if chooses else REQUIRED


def sized(widget: forms.Widget, width: str = "", look: str = "", **attrs: str) -> forms.Widget:
    """A widget with its width (xs, s, m, wide), look ("options") and attributes (autocomplete, inputmode)."""
    widget.ui_width, widget.ui_look = width, look  # type: ignore[attr-defined]
    widget.attrs.update(attrs)
    return widget


def conditional(field: forms.Field) -> forms.Field:
    """A field that another choice on the form makes necessary: not required by itself, and not called optional."""
    field.required = False
    field.widget.ui_optional = False
    return field


class OptionLabel:
    """A choice that needs a sentence or a price beside it: shown as a box by `{% field form.x look="options" %}`."""

    def __init__(self, text: str | Promise, help: str | Promise = "", side: str | Promise = "") -> None:
        self.text, self.help, self.side = text, help, side

    def __str__(self) -> str:
        return str(self.text)


class QuickSelect(forms.Select):
    """A select drawn without a template for each option: four hundred associations in a millisecond."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        given = self.build_attrs(self.attrs, {"name": name} | (attrs or {}))
        chosen = "" if value is None else str(value)
        options = "".join(
            f'<option value="{escape(key)}"{" selected" if str(key) == chosen else ""}>{escape(text)}</option>'
            for key, text in self.choices
        )
        return format_html("<select{}>{}</select>", flatatt(given), mark_safe(options))


class FinnishDateInput(forms.TextInput):
    """Shows 1.2.2026; what the person typed is shown back as it was."""

    ui_width = "s"
    ui_look = ""

    def __init__(self, attrs: dict[str, str] | None = None) -> None:
        super().__init__({"autocomplete": "off", **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        return f"{value.day}.{value.month}.{value.year}" if isinstance(value, date) else value


class FinnishDateField(forms.Field):
    """A day. Accepts 1.2.2026, 01.02.2026 and 2026-02-01."""

    widget = FinnishDateInput
    default_error_messages = {
        "required": _("Write the date, for example 1.2.2026."),
        "invalid": _("Write the date as day, month and year, for example 1.2.2026."),
        "min": _("The date must be %(limit)s or later."),
        "max": _("The date must be %(limit)s or earlier."),
    }

    def __init__(
        self, *, min_value: date | None = None, max_value: date | None = None, **kwargs: Any
    ) -> None:
        self.min_value, self.max_value = min_value, max_value
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values:
            return None
        if isinstance(value, date):
            return value
        try:
            return parse_date(str(value).strip())
        except ValueError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None

    def validate(self, value: date | None) -> None:
        super().validate(value)
        if value is None:
            return
        for limit, code in ((self.min_value, "min"), (self.max_value, "max")):
            if limit and (value < limit if code == "min" else value > limit):
                shown = f"{limit.day}.{limit.month}.{limit.year}"
                raise ValidationError(self.error_messages[code], code=code, params={"limit": shown})

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(initial) != self.to_python(data)
        except ValidationError:
            return True


class FinnishDecimalInput(forms.TextInput):
    """Shows 1234,50: a decimal comma and no thousands mark, so that it is easy to edit."""

    ui_width = "s"
    ui_look = ""

    def __init__(self, attrs: dict[str, str] | None = None) -> None:
        super().__init__(
            {"inputmode": "decimal", "autocomplete": "off", "class": "input--num", **(attrs or {})}
        )

    def format_value(self, value: Any) -> str | None:
        return f"{value:f}".replace(".", ",").replace("-", "−") if isinstance(value, Decimal) else value


class FinnishDecimalField(forms.Field):
    """An exact number. Accepts 1 234,50 and 1234.50, a true minus and a trailing euro sign. Limits are inclusive."""

    widget = FinnishDecimalInput
    default_error_messages = {
        "required": _("Write the number, for example 124,50."),
        "invalid": _("Write the number with digits, for example 124,50."),
        "decimals": _("Write at most %(limit)s decimals."),
        "digits": _("The number is too large."),
        "min": _("The number must be at least %(limit)s."),
        "max": _("The number must be at most %(limit)s."),
    }

    def __init__(
        self,
        *,
        max_digits: int = 12,
        decimal_places: int = 2,
        min_value: Decimal | int | None = None,
        max_value: Decimal | int | None = None,
        **kwargs: Any,
    ) -> None:
        self.max_digits, self.decimal_places = max_digits, decimal_places
        self.min_value, self.max_value = min_value, max_value
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Decimal | None:
        if value in self.empty_values:
            return None
        if isinstance(value, Decimal):
            return value
        try:
            return parse_number(str(value).strip().removesuffix("€"))
        except ValueError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None

    def clean(self, value: Any) -> Decimal | None:
        number = super().clean(value)
        return None if number is None else number.quantize(Decimal(1).scaleb(-self.decimal_places))

    def validate(self, value: Decimal | None) -> None:
        super().validate(value)
        if value is None:
            return
        exponent = value.normalize().as_tuple().exponent
        if isinstance(exponent, int) and -exponent > self.decimal_places:
            raise ValidationError(
                self.error_messages["decimals"], code="decimals", params={"limit": self.decimal_places}
            )
        if abs(value) >= Decimal(10) ** (self.max_digits - self.decimal_places):
            raise ValidationError(self.error_messages["digits"], code="digits")
        for limit, code in ((self.min_value, "min"), (self.max_value, "max")):
            if limit is not None and (value < limit if code == "min" else value > limit):
                raise ValidationError(
                    self.error_messages[code], code=code, params={"limit": str(limit).replace(".", ",")}
                )

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(initial) != self.to_python(data)
        except ValidationError:
            return True
