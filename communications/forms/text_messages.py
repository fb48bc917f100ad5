"""A text message to many: whose, in what name, about what, to whom, and the words."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.models import SmsSender, Topic
from communications.services import texting
from communications.services.texting import LONGEST_SEGMENTS, Draft
from communications.sms.segments import length_of
from jasenpalvelu.common.forms import UiForm, sized
from members.models import Segment
from members.scope import Scope

TEXT = 765  # five messages of 153


class TextMessageForm(UiForm):
    sender = forms.ModelChoiceField(
        label=gettext_lazy("Comes from"),
        queryset=SmsSender.objects.none(),
        empty_label=None,
        widget=sized(forms.Select(), "m"),
    )
    topic = forms.ModelChoiceField(
        label=gettext_lazy("Topic"),
        queryset=Topic.objects.none(),
        help_text=gettext_lazy("Those who have refused the topic, or not consented to it, are left out."),
        empty_label=gettext_lazy("Choose"),
        widget=sized(forms.Select(), "m"),
    )
    segment = forms.ModelChoiceField(
        label=gettext_lazy("To whom"),
        queryset=Segment.objects.none(),
        required=False,
        empty_label=gettext_lazy("All members"),
        widget=sized(forms.Select(), "m"),
    )
    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=TEXT,
        help_text=gettext_lazy(
            "160 letters make one message. Tell in it which association writes; one cannot answer it."
        ),
        widget=sized(forms.Textarea({"rows": 5}), "wide"),
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, scope: Scope, units: list[int], **kwargs: Any) -> None:
        super().__init__(data, initial={"once": uuid.uuid4()}, **kwargs)
        self._of("sender", texting.senders(units))
        self._of("segment", Segment.objects.visible_to(scope).order_by("name", "pk"))
        offered = Topic.objects.none()
        for unit in sorted({one.unit_id for one in texting.senders(units)}):
            offered = offered | texting.topics(unit)
        self._of("topic", offered.distinct())

    def _of(self, name: str, rows: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = rows

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n").replace("\x00", "").strip()
        if length_of(text).count > LONGEST_SEGMENTS:
            raise forms.ValidationError(
                _(
                    "The text is too long: at most %(n)s messages. Letters that text messages do not have make it longer."
                )
                % {"n": LONGEST_SEGMENTS}
            )
        return text

    @property
    def draft(self) -> Draft:
        told = self.cleaned_data
        sender = told["sender"]
        return Draft(sender.unit, sender, told["topic"], told["segment"], told["text"], told["once"])
