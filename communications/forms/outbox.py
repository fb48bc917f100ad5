"""The filters of sent mail."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.models import Channel
from communications.outbox_reading import STATES, kinds
from jasenpalvelu.common.forms import FilterForm, sized


class OutboxFilter(FilterForm):
    q = forms.CharField(
        label=gettext_lazy("Name, member number or whole e-mail address"),
        max_length=254,
        widget=sized(forms.TextInput({"type": "search"}), "m"),
    )
    tila = forms.ChoiceField(label=gettext_lazy("State"))
    laji = forms.ChoiceField(label=gettext_lazy("Kind"))
    kanava = forms.ChoiceField(label=gettext_lazy("Channel"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = [(key, _capital(str(label))) for key, (label, _q) in STATES.items()]
        self._choose("tila", told)
        self._choose("laji", kinds())
        self._choose("kanava", [(str(int(one)), _capital(str(one.label))) for one in Channel])

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("All")), *choices]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
