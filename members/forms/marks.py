"""Forms of marks on the use of a person's data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from jasenpalvelu.common.forms import FinnishDateField, OptionLabel, UiForm, sized
from members.models import OrgUnit
from members.models.marks import MarkKind

KINDS = [
    (
        MarkKind.RESTRICTION.value,
        OptionLabel(
            gettext_lazy("The use is restricted"),
            gettext_lazy(
                "The data is only kept: no letters but those of the membership, no erasure. GDPR article 18."
            ),
        ),
    ),
    (
        MarkKind.OBJECTION.value,
        OptionLabel(
            gettext_lazy("Objects to the use"),
            gettext_lazy(
                "Nothing is sent but what the membership demands and what the person has consented to. GDPR article 21."
            ),
        ),
    ),
    (
        MarkKind.HOLD.value,
        OptionLabel(
            gettext_lazy("Keep for a dispute"),
            gettext_lazy(
                "Nothing is erased until the matter is over, by no rule either. GDPR article 17(3)(e)."
            ),
        ),
    ),
]


class MarkForm(UiForm):
    """`units`: the associations that may set it."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Mark"), choices=KINDS, widget=sized(forms.RadioSelect(), look="options")
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=300,
        help_text=gettext_lazy("The person gets to know it. Write what the matter is, and not more."),
        widget=sized(forms.TextInput(), "wide"),
    )
    until = FinnishDateField(
        label=gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy("Leave it empty when it is not known. Then it is ended by hand."),
    )

    def __init__(self, data: Any = None, *, units: Sequence[OrgUnit], today: date, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.units = units
        until = self.fields["until"]
        assert isinstance(until, FinnishDateField)
        until.min_value = today
        if len(units) > 1:
            self.fields["unit"] = forms.TypedChoiceField(
                label=gettext_lazy("Association"),
                choices=[(unit.pk, str(unit)) for unit in units],
                coerce=int,
            )

    @property
    def unit(self) -> OrgUnit:
        chosen = self.cleaned_data.get("unit")
        return next((unit for unit in self.units if unit.pk == chosen), self.units[0])


class EndMarkForm(UiForm):
    reason = forms.CharField(
        label=gettext_lazy("Why it ends"),
        max_length=300,
        help_text=gettext_lazy(
            "Of a restriction the person is told before it ends. For example: the address was checked, told by letter 20.11."
        ),
        widget=sized(forms.TextInput(), "wide"),
    )
