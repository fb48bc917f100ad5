"""One form field as the page shows it: label, help, error, widget, in that order and tied together for screen readers."""

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

LOOKS = {
    forms.Select: "select",
    forms.Textarea: "textarea",
    forms.CheckboxInput: "",
    forms.RadioSelect: "",
    forms.CheckboxSelectMultiple: "",
}
SIZES = {"xs", "s", "m"}


def look_of(widget: forms.Widget) -> str:
    """The base class of a widget. Radio lists are Selects to Django, so the closest class wins."""
    for kind in type(widget).__mro__:
        if kind in LOOKS:
            return LOOKS[kind]
    return "input"


def widget_classes(widget: forms.Widget, width: str) -> str:
    base = look_of(widget)
    own = str(widget.attrs.get("class", ""))
    size = f"input--{width}" if width in SIZES and base else ""
    return " ".join(part for part in (base, size, own) if part)


def render_field(bound: BoundField, **options: Any) -> SafeString:
    """Options: label, help, width (xs, s, m, wide), look ("options" for boxes, "filter" for a filter bar), optional."""
    widget = bound.field.widget
    if bound.is_hidden:
        return bound.as_widget()
    help_text = options.get("help") if options.get("help") is not None else bound.help_text
    context = {
        "field": bound,
        "id": bound.auto_id,
        "label": options.get("label") or bound.label,
        "help": help_text,
        "width": options.get("width") or getattr(widget, "ui_width", ""),
        "look": options.get("look") or getattr(widget, "ui_look", ""),
        "optional": options.get(
            "optional", not bound.field.required and getattr(widget, "ui_optional", True)
        ),
        "errors": bound.errors,
    }
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return _render_choices(bound, context)
    template = "ui/field_check.html" if isinstance(widget, forms.CheckboxInput) else "ui/field.html"
    return render_to_string(template, context | {"widget": _widget(bound, context)})


def _widget(bound: BoundField, context: dict[str, Any]) -> SafeString:
    attrs: dict[str, str | bool] = {"class": widget_classes(bound.field.widget, context["width"])}
    if not attrs["class"]:
        del attrs["class"]
    described = described_by(context)
    if described:
        attrs["aria-describedby"] = described
    return bound.as_widget(attrs=attrs)


def described_by(context: dict[str, Any]) -> str:
    ids = [f"{context['id']}_helptext"] if context["help"] else []
    if context["errors"]:
        ids.append(f"{context['id']}_error")
    return " ".join(ids)


def _render_choices(bound: BoundField, context: dict[str, Any]) -> SafeString:
    choices = [
        {
            "id": option.id_for_label,
            "label": option.choice_label,
            "help": getattr(option.choice_label, "help", ""),
            "side": getattr(option.choice_label, "side", ""),
            "tag": option.tag(),
        }
        for option in bound.subwidgets
    ]
    return render_to_string(
        "ui/field_choices.html", context | {"choices": choices, "described": described_by(context)}
    )


def anchor(bound: BoundField) -> str:
    """The id an error summary points at: the first choice of a list of choices, else the field itself."""
    if isinstance(bound.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return bound.subwidgets[0].id_for_label if bound.subwidgets else bound.auto_id
    return bound.id_for_label or bound.auto_id
