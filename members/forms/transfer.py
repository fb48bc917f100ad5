"""The form of a move to another association."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from jasenpalvelu.common.forms import FinnishDateField, sized
from members.forms.fields import BuiltForm
from members.forms.membership import type_choices
from members.models import MembershipType


class TransferForm(BuiltForm):
    """As what kind of member and from which day."""

    def __init__(
        self,
        data: Any = None,
        *,
        types: Sequence[MembershipType],
        today: date,
        current: MembershipType,
        **kwargs: Any,
    ) -> None:
        self.types = types
        same = next((t.pk for t in types if t.federation_code == current.federation_code), None)
        fields: dict[str, forms.Field] = {
            "type": forms.TypedChoiceField(
                label=gettext_lazy("Type of membership there"),
                choices=type_choices(types),
                coerce=int,
                initial=same,
                widget=sized(forms.RadioSelect(), look="options"),
                error_messages={"required": gettext_lazy("Choose the type of membership.")},
            ),
            "day": FinnishDateField(
                label=gettext_lazy("First day there"),
                initial=today,
                max_value=today,
                help_text=gettext_lazy("The present membership ends on the day before."),
            ),
            "reason": forms.CharField(
                label=gettext_lazy("Reason"),
                max_length=200,
                required=False,
                widget=sized(forms.TextInput(), "m"),
            ),
        }
        super().__init__(fields, data, **kwargs)

    @property
    def chosen_type(self) -> MembershipType:
        return next(t for t in self.types if t.pk == self.cleaned_data["type"])
