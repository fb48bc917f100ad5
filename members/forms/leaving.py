"""What a member may say when resigning; nothing has to be said."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from jasenpalvelu.common.forms import UiForm, sized


class ResignForm(UiForm):
    reason = forms.CharField(
        label=gettext_lazy("Why you resign"),
        max_length=200,
        required=False,
        widget=sized(forms.TextInput(), "wide"),
        help_text=gettext_lazy("You need not say. What you write is read by your association."),
    )
