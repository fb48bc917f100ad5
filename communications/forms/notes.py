"""A call, a visit or an agreement written down by hand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.models import ContactDirection, ContactNote
from jasenpalvelu.common.clock import HELSINKI
from jasenpalvelu.common.forms import FinnishDateField, UiForm, sized
from members.models import OrgUnit

_TIME = re.compile(r"([01]?\d|2[0-3])[.:]?([0-5]\d)?")


class NoteForm(UiForm):
    """The member reads the words as well, and is told so beside the field."""

    channel = forms.ChoiceField(
        label=gettext_lazy("How"),
        choices=[(c.value, c.label) for c in ContactNote.CHANNELS],
        widget=sized(forms.Select(), "m"),
    )
    direction = forms.ChoiceField(
        label=gettext_lazy("Who was in touch"),
        choices=[
            (ContactDirection.IN, gettext_lazy("the member")),
            (ContactDirection.OUT, gettext_lazy("we")),
        ],
        widget=forms.RadioSelect,
    )
    day = FinnishDateField(label=gettext_lazy("Day"))
    hour = forms.CharField(
        label=gettext_lazy("Time"),
        max_length=5,
        help_text=gettext_lazy("For example 14.30"),
        widget=sized(forms.TextInput({"inputmode": "decimal"}), "xs"),
    )
    text = forms.CharField(
        label=gettext_lazy("What was said or agreed"),
        max_length=2000,
        help_text=gettext_lazy(
            "The member sees this on their own pages. Write what you would say to the member; nothing about health, beliefs or opinions."
        ),
        widget=forms.Textarea({"rows": "5"}),
    )

    def __init__(self, *args: Any, units: Sequence[OrgUnit] = (), now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._now = now
        self._units = list(units)
        if len(self._units) > 1:
            self.fields["unit"] = forms.TypedChoiceField(
                label=_("In whose name"),
                choices=[(unit.pk, unit.name) for unit in units],
                coerce=int,
                widget=sized(forms.Select(), "m"),
            )
            self.order_fields(["unit"])

    def clean_hour(self) -> time:
        found = _TIME.fullmatch(self.cleaned_data["hour"].strip())
        if not found:
            raise ValidationError(_("Write the time as hours and minutes, for example 14.30."))
        return time(int(found[1]), int(found[2] or 0))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("day") and data.get("hour") is not None:
            at = datetime.combine(data["day"], data["hour"], tzinfo=HELSINKI)
            if at > self._now:
                self.add_error("day", _("The time has not come yet."))
            elif at.year < self._now.year - 3:
                self.add_error(
                    "day", _("Older than three years is not written down: it would be forgotten at once.")
                )
            data["at"] = at
        return data

    @property
    def unit(self) -> OrgUnit:
        wanted = self.cleaned_data.get("unit")
        return next((unit for unit in self._units if unit.pk == wanted), self._units[0])

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("channel", "direction", "at", "text")}
