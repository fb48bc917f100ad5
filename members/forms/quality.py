"""The form of the data quality list."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.common.forms import UiForm


class DismissForm(UiForm):
    reason = forms.CharField(
        label=_("Why is it right as it is?"),
        max_length=200,
        help_text=_("For example: A private forest owner, no business ID."),
    )
