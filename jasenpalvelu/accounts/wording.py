"""Our labels and hints on the login library's fields, and no placeholders: they vanish when one begins to write."""

from django import forms
from django.utils.functional import Promise


def dress(form: forms.Form, name: str, label: str | Promise, hint: str | Promise = "", **attrs: str) -> None:
    field = form.fields[name]
    field.label = label
    field.help_text = hint
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs |= attrs
