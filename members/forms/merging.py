"""Forms about joining two entries of the same member."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from jasenpalvelu.common.forms import OptionLabel, UiForm, sized
from members.forms.fields import BuiltForm, MemberField
from members.services.merge_fields import MERGED, SURVIVOR


class OtherEntryForm(UiForm):
    """Which entry is the same member."""

    other = MemberField(
        label=gettext_lazy("Name or member number of the other entry"),
        help_text=gettext_lazy("Of a name you choose from those found in your associations."),
    )


class MergeForm(BuiltForm):
    """One choice for each thing in which the two differ: (name, label, the survivor's value, the other's), as people read them."""

    def __init__(
        self, open_fields: Sequence[tuple[str, str, str, str]], numbers: tuple[str, str], data: Any = None
    ) -> None:
        fields: dict[str, forms.Field] = {
            name: forms.ChoiceField(
                label=label,
                choices=[(SURVIVOR, OptionLabel(mine, numbers[0])), (MERGED, OptionLabel(other, numbers[1]))],
                initial=SURVIVOR,
                widget=sized(forms.RadioSelect(), look="options"),
            )
            for name, label, mine, other in open_fields
        }
        super().__init__(fields, data)

    def chosen(self) -> dict[str, str]:
        return {name: str(value) for name, value in self.cleaned_data.items()}
