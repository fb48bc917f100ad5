"""Forms of retention: the months of a rule, why a jump is right, why somebody is taken out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jasenpalvelu.common.forms import UiForm, sized
from members.personal.terms import Kind, RowKind


class MonthsForm(UiForm):
    """Within the bounds of the kind; empty where another's months hold again."""

    months = forms.IntegerField(
        label=gettext_lazy("Months"), required=False, widget=sized(forms.NumberInput(), "s")
    )

    def __init__(self, data: Any = None, *, kind: Kind | RowKind, inherited: str, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.kind = kind
        field = self.fields["months"]
        field.help_text = _(
            "From %(shortest)s to %(longest)s months. Leave it empty to follow %(other)s."
        ) % {
            "shortest": kind.shortest,
            "longest": kind.longest,
            "other": inherited,
        }

    def clean_months(self) -> int | None:
        months: int | None = self.cleaned_data["months"]
        if months is not None and not self.kind.shortest <= months <= self.kind.longest:
            raise forms.ValidationError(
                _("Give a number from %(shortest)s to %(longest)s.")
                % {"shortest": self.kind.shortest, "longest": self.kind.longest}
            )
        return months


class ReleaseForm(UiForm):
    reason = forms.CharField(
        label=gettext_lazy("Why so many is right"),
        max_length=300,
        help_text=gettext_lazy(
            "For example: the rule was shortened, or an old list was imported. It is kept with the erasure."
        ),
        widget=sized(forms.TextInput(), "wide"),
    )


class SpareForm(UiForm):
    reason = forms.CharField(
        label=gettext_lazy("Why the person is taken out"),
        max_length=300,
        help_text=gettext_lazy("For example: a dispute about a fee is open."),
        widget=sized(forms.TextInput(), "wide"),
    )
