"""Our labels and hints on the login library's fields, and no placeholders: they vanish when one begins to write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


def dress(
    form: forms.Form, name: str, label: str | _StrPromise, hint: str | _StrPromise = "", **attrs: str
) -> None:
    field = form.fields[name]
    field.label = label
    field.help_text = hint
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs |= attrs
