"""Forms of consents: one's choices in one association, what was told to the office, a new version of the words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jasenpalvelu.common.forms import FinnishDateField, UiForm, sized
from members.consents import Asked
from members.models.consents import TEXT
from members.services.consenting import Said

SEEN, WAS = "seen_", "was_"


def choice_fields(asked: Iterable[Asked]) -> dict[str, forms.Field]:
    """A group of unticked or ticked boxes for each purpose, with the words as its help."""
    return {
        one.purpose.pk: forms.MultipleChoiceField(
            label=str(one.purpose),
            choices=[(choice.channel, choice.label[:1].upper() + choice.label[1:]) for choice in one.choices],
            help_text=_help(one),
            required=False,
            initial=[choice.channel for choice in one.choices if choice.allowed],
            widget=_boxes(),
        )
        for one in asked
    }


def _boxes() -> forms.Widget:
    widget = sized(forms.CheckboxSelectMultiple(), "wide")
    widget.ui_optional = False  # type: ignore[attr-defined]
    return widget


def _help(one: Asked) -> str:
    """The words, and why something that was allowed is not any more."""
    if any(choice.outdated for choice in one.choices):
        return one.text.text + " " + _("What you chose earlier does not count any more: choose again.")
    return one.text.text


def seen(asked: Iterable[Asked], prefix: str = "") -> list[tuple[str, str]]:
    """Hidden fields: which version is on the page, and what held when it was opened."""
    found = []
    for one in asked:
        found.append((prefix + SEEN + one.purpose.pk, str(one.text.pk)))
        held = ",".join(choice.channel for choice in one.choices if choice.allowed)
        found.append((prefix + WAS + one.purpose.pk, held))
    return found


def refuse_changed_words(form: forms.Form, asked: Iterable[Asked]) -> None:
    """Somebody has said yes to words that have been replaced while the page was open."""
    for one in asked:
        shown = form.data.get(form.add_prefix(SEEN + one.purpose.pk))
        if form.cleaned_data.get(one.purpose.pk) and shown != str(one.text.pk):
            form.add_error(
                one.purpose.pk, _("The words have changed while the page was open. Read them and choose.")
            )


class ConsentForm(UiForm):
    """The choices in one association. What the person changed is told, not what the page happened to show."""

    def __init__(self, data: Any = None, *, asked: Sequence[Asked], prefix: str = "", **kwargs: Any) -> None:
        super().__init__(data, prefix=prefix or None, **kwargs)
        self.asked = asked
        self.fields |= choice_fields(asked)

    @property
    def seen(self) -> list[tuple[str, str]]:
        return seen(self.asked, f"{self.prefix}-" if self.prefix else "")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        refuse_changed_words(self, self.asked)
        return cleaned

    @property
    def said(self) -> list[Said]:
        return [
            Said(one.purpose.pk, choice.channel, choice.channel in chosen, one.text.pk)
            for one in self.asked
            if (chosen := self.cleaned_data.get(one.purpose.pk)) is not None
            for choice in one.choices
            if (choice.channel in chosen) != (choice.channel in self._was(one))
        ]

    def _was(self, one: Asked) -> list[str]:
        return str(self.data.get(self.add_prefix(WAS + one.purpose.pk), "")).split(",")


class OfficeConsentForm(ConsentForm):
    """What a person told the office: also when, and how it was told."""

    told_on = FinnishDateField(label=gettext_lazy("Told on"), min_value=date(2000, 1, 1))
    note = forms.CharField(
        label=gettext_lazy("How it was told"),
        max_length=300,
        help_text=gettext_lazy(
            "For example: by telephone to Aino, the words were read out. It is the proof of the consent."
        ),
        widget=sized(forms.TextInput(), "wide"),
    )
    guardian = forms.CharField(
        label=gettext_lazy("Guardian who said it"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Only for a child. One under 13 needs it."),
        widget=sized(forms.TextInput(), "wide"),
    )

    def __init__(self, data: Any = None, *, asked: Sequence[Asked], today: date, **kwargs: Any) -> None:
        super().__init__(data, asked=asked, initial={"told_on": today}, **kwargs)
        told_on = self.fields["told_on"]
        assert isinstance(told_on, FinnishDateField)
        told_on.max_value = today
        self.order_fields([one.purpose.pk for one in asked])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and not self.said:
            self.add_error(None, _("Nothing has changed. Tick or untick what the person told."))
        return cleaned


class TextForm(UiForm):
    """A new version in all languages."""

    text_fi = forms.CharField(label=gettext_lazy("In Finnish"), max_length=TEXT, widget=forms.Textarea)
    text_sv = forms.CharField(label=gettext_lazy("In Swedish"), max_length=TEXT, widget=forms.Textarea)
    text_en = forms.CharField(label=gettext_lazy("In English"), max_length=TEXT, widget=forms.Textarea)
    valid_from = FinnishDateField(label=gettext_lazy("In use from"))
    asks_again = forms.BooleanField(
        label=gettext_lazy("The use changes: everybody is asked again"),
        required=False,
        help_text=gettext_lazy(
            "Earlier consents lapse on the first day. Leave it empty when only the wording gets better."
        ),
    )

    def __init__(self, data: Any = None, *, earliest: date, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        for code in ("fi", "sv", "en"):
            widget = forms.Textarea({"rows": 4, "lang": code, "maxlength": str(TEXT)})
            self.fields[f"text_{code}"].widget = sized(widget, "wide")
        valid_from = self.fields["valid_from"]
        assert isinstance(valid_from, FinnishDateField)
        valid_from.min_value = earliest

    @property
    def words(self) -> dict[str, str]:
        return {code: self.cleaned_data[f"text_{code}"] for code in ("fi", "sv", "en")}
