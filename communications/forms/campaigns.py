"""Forms of campaigns: the goal, what belongs to it, a call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.forms.content import add_unit, segment_field
from communications.models import CallState, Campaign, Goal
from communications.models.campaigns import LONGEST_CODE
from communications.services.campaigning import FIELDS
from jasenpalvelu.common.forms import FinnishDateField, UiForm, sized
from jasenpalvelu.common.sorting import fold
from members.forms.fields import text
from members.models import OrgUnit
from members.scope import Scope

STEPS = (
    ("mailing", gettext_lazy("Letters"), gettext_lazy("Letter: %(name)s")),
    ("survey", gettext_lazy("Surveys"), gettext_lazy("Survey: %(name)s")),
    ("announcement", gettext_lazy("Announcements"), gettext_lazy("Announcement: %(name)s")),
    ("material", gettext_lazy("Materials"), gettext_lazy("Material: %(name)s")),
)


class CampaignForm(UiForm):
    """`campaign` is the one that is changed."""

    name = text(gettext_lazy("Name"), length=120, width="m")
    code = forms.CharField(
        label=gettext_lazy("Code in links"),
        max_length=LONGEST_CODE,
        required=False,
        help_text=gettext_lazy("Letters a–z, digits and hyphens. Empty: made of the name."),
        widget=sized(forms.TextInput({"autocomplete": "off"}), "s"),
    )
    description = forms.CharField(
        label=gettext_lazy("What it is about"),
        max_length=1000,
        required=False,
        widget=forms.Textarea({"rows": "3"}),
    )
    goal = forms.ChoiceField(
        label=gettext_lazy("Goal"), choices=Goal.choices, widget=sized(forms.Select(), "m")
    )
    target = forms.IntegerField(
        label=gettext_lazy("How many"),
        min_value=1,
        max_value=1_000_000,
        widget=sized(forms.TextInput(), "s", inputmode="numeric"),
    )
    starts_on = FinnishDateField(label=gettext_lazy("First day"))
    ends_on = FinnishDateField(label=gettext_lazy("Last day"))
    recruits = forms.BooleanField(
        label=gettext_lazy("Members get links of their own"),
        required=False,
        help_text=gettext_lazy("Each member of the unit and below finds a link to give on their own pages."),
    )

    def __init__(
        self,
        *args: Any,
        scope: Scope,
        today: date,
        units: Sequence[OrgUnit],
        campaign: Campaign | None = None,
        **kwargs: Any,
    ) -> None:
        initial: dict[str, Any] = {"starts_on": today}
        if campaign is not None:
            initial = {name: getattr(campaign, name) for name in FIELDS} | {"segment": campaign.segment_id}
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["segment"] = segment_field(scope, campaign.segment if campaign else None)
        self.fields["segment"].help_text = _("Whom it is about: the list of those to call is made of it.")
        add_unit(self, units, _("Whose campaign it is. It counts those who join this unit or one below it."))
        self.order_fields(["unit", "name", "goal", "target", "starts_on", "ends_on", "segment", "recruits"])

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        typed = data.get("code") or data.get("name") or ""
        code = slugify("-".join(fold(typed).split()))[:LONGEST_CODE].strip("-")
        if data.get("name") and not code:
            self.add_error("code", _("Write a code of letters a–z and digits."))
        data["code"] = code
        start, end = data.get("starts_on"), data.get("ends_on")
        if start and end and end < start:
            self.add_error("ends_on", _("The last day is before the first one."))
        return data

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in FIELDS if name != "segment"}


class StepForm(UiForm):
    """What is added: `things` by kind, each a list of (key, name)."""

    thing = forms.ChoiceField(label=gettext_lazy("What belongs to it"), widget=sized(forms.Select(), "m"))

    def __init__(self, *args: Any, things: dict[str, list[tuple[int, str]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["thing"].choices = [  # type: ignore[attr-defined]
            ("", "–"),
            *(
                (label, [(f"{kind}-{pk}", str(told) % {"name": name}) for pk, name in things[kind]])
                for kind, label, told in STEPS
                if things.get(kind)
            ),
        ]

    @property
    def chosen(self) -> tuple[str, int]:
        kind, _dash, pk = self.cleaned_data["thing"].partition("-")
        return kind, int(pk)


class CallForm(UiForm):
    state = forms.ChoiceField(
        label=gettext_lazy("How did it go?"),
        choices=[choice for choice in CallState.choices if choice[0] != CallState.OPEN],
        widget=forms.RadioSelect,
    )
