"""Forms about one's own data: the copy, a request, its answer, an erasure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jasenpalvelu.common.forms import FinnishDateField, UiForm, sized
from members.models import OrgUnit
from members.models.data_requests import RequestKind

COPY_FORMS = [
    ("pdf", gettext_lazy("For reading: PDF")),
    ("json", gettext_lazy("For another service: JSON, with every row")),
]


class CopyForm(UiForm):
    form = forms.ChoiceField(
        label=gettext_lazy("Which file"), choices=COPY_FORMS, initial="pdf", widget=forms.RadioSelect
    )


class OfficeCopyForm(CopyForm):
    reason = forms.CharField(
        label=gettext_lazy("Why you make it, and how you know who asked"),
        max_length=300,
        help_text=gettext_lazy(
            "For example: asked at the office, identity card seen. It is kept in the log."
        ),
        widget=sized(forms.TextInput(), "wide"),
    )


class RequestForm(UiForm):
    """What the person asks; `units` are those who can answer."""

    text = forms.CharField(
        label=gettext_lazy("Tell what it is about"),
        max_length=1000,
        widget=sized(forms.Textarea({"rows": 4}), "wide"),
    )

    def __init__(self, data: Any = None, *, units: Sequence[OrgUnit], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.units = units
        if len(units) > 1:
            self.fields["unit"] = forms.TypedChoiceField(
                label=gettext_lazy("Which association answers"),
                choices=[(unit.pk, str(unit)) for unit in units],
                coerce=int,
            )

    @property
    def unit(self) -> OrgUnit:
        chosen = self.cleaned_data.get("unit")
        return next((unit for unit in self.units if unit.pk == chosen), self.units[0])


class CorrectionForm(RequestForm):
    text = forms.CharField(
        label=gettext_lazy("What is wrong, and how should it be?"),
        max_length=1000,
        widget=sized(forms.Textarea({"rows": 4}), "wide"),
        help_text=gettext_lazy("For example: my holding has 32 hectares of field, not 30."),
    )


class OfficeRequestForm(RequestForm):
    """A request that was told to the office."""

    def __init__(self, data: Any = None, *, today: date, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields = {
            "kind": forms.ChoiceField(
                label=gettext_lazy("What is asked"), choices=RequestKind.choices, widget=forms.RadioSelect
            ),
            "received_on": FinnishDateField(label=gettext_lazy("Received on"), max_value=today),
            **self.fields,
        }


class AnswerForm(UiForm):
    state = forms.ChoiceField(
        label=gettext_lazy("What was done"),
        choices=[("done", gettext_lazy("Done as asked")), ("refused", gettext_lazy("Refused, or in part"))],
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label=gettext_lazy("Answer to the person"),
        max_length=1000,
        required=False,
        help_text=gettext_lazy(
            "The person reads this. A refusal tells why, and that one may turn to the Data Protection Ombudsman."
        ),
        widget=sized(forms.Textarea({"rows": 4}), "wide"),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("state") == "refused" and not cleaned.get("answer", "").strip():
            self.add_error("answer", _("Tell the person why the request is refused."))
        return cleaned


class ExtendForm(UiForm):
    reason = forms.CharField(
        label=gettext_lazy("Why it takes longer"),
        max_length=300,
        help_text=gettext_lazy("The person reads this."),
        widget=sized(forms.TextInput(), "wide"),
    )


class EraseForm(UiForm):
    sure = forms.BooleanField(
        label=gettext_lazy("I know who asked, and I have looked at what goes and what stays"),
        error_messages={
            "required": gettext_lazy("Tick this when you have looked at it. It cannot be undone.")
        },
    )
