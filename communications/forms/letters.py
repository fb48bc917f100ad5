"""Forms of a letter: its facts, its head, when it is sent, to whom a test goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.letters import fields
from communications.models import Archive, LetterTemplate, Mailing, Topic
from communications.permissions import SEND
from jasenpalvelu.common import clock
from jasenpalvelu.common.forms import FinnishDateField, OptionLabel, UiForm, conditional, sized
from members.models import OrgUnit, Segment
from members.scope import Scope

MOST_TESTS = 5
FIELD_ERRORS = {
    "unknown": gettext_lazy("There is no field called %(text)s."),
    "fallback": gettext_lazy(
        "In %(text)s the words after the line may hold letters, numbers and full stops only."
    ),
    "braces": gettext_lazy("A field begins with two braces and ends with two."),
}


def no_faults(text: str) -> None:
    """ValidationError that tells the fields that are not in order."""
    errors = [
        ValidationError(FIELD_ERRORS[fault.code], code=fault.code, params={"text": fault.text.strip("{} ")})
        for fault in fields.faults(text)
    ]
    if errors:
        raise ValidationError(errors)


class FieldText(forms.CharField):
    """One line or text in which merge fields may stand."""

    def validate(self, value: str) -> None:
        super().validate(value)
        no_faults(value)


class DetailsForm(UiForm):
    """What the letter is about and to whom. Chosen by key among what this person may use; nothing else is understood."""

    title = forms.CharField(
        label=gettext_lazy("Name of the letter"),
        max_length=120,
        help_text=gettext_lazy("For you in the office and for the archive, such as Member letter 5/2026."),
    )
    topic = forms.TypedChoiceField(
        label=gettext_lazy("What it is about"),
        coerce=int,
        help_text=gettext_lazy("Members choose by topic which letters they get."),
        widget=sized(forms.Select(), "m"),
    )
    segment = forms.TypedChoiceField(
        label=gettext_lazy("To whom"),
        coerce=int,
        empty_value=None,
        required=False,
        widget=sized(forms.Select(), "m"),
    )
    archive = forms.ChoiceField(
        label=gettext_lazy("Afterwards"), choices=Archive.choices, widget=forms.RadioSelect
    )
    paper = forms.BooleanField(
        label=gettext_lazy("Make a letter on paper for those without a working e-mail address"),
        required=False,
    )
    reply_to = forms.EmailField(label=gettext_lazy("Replies come to"), required=False)

    def __init__(
        self, *args: Any, scope: Scope, unit: OrgUnit, kept: Segment | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.topics = {
            topic.pk: topic for topic in Topic.objects.offered_in(unit.pk).order_by("position", "pk")
        }
        self.segments = {one.pk: one for one in Segment.objects.visible_to(scope).order_by("name", "pk")}
        if kept is not None:
            self.segments.setdefault(kept.pk, kept)
        self._choices(
            "topic", [(pk, f"{topic} ({topic.get_klass_display()})") for pk, topic in self.topics.items()]
        )
        everybody = _("All members of %(unit)s") % {"unit": unit}
        self._choices("segment", [("", everybody), *((pk, one.name) for pk, one in self.segments.items())])
        self.fields["segment"].widget.ui_optional = False
        self.fields["reply_to"].help_text = _("Empty: %(address)s") % {
            "address": unit.email or _("the service's address")
        }

    def _choices(self, name: str, found: Sequence[tuple[Any, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = found

    @property
    def values(self) -> dict[str, Any]:
        told = dict(self.cleaned_data)
        told["topic"] = self.topics[told["topic"]]
        told["segment"] = self.segments[told["segment"]] if told["segment"] else None
        return told


class NewForm(DetailsForm):
    """A letter's beginning: the same, and from what."""

    field_order = ["title", "start", "topic", "segment"]
    start = forms.ChoiceField(
        label=gettext_lazy("Begin with"), widget=sized(forms.Select(), "m"), required=False
    )

    def __init__(self, *args: Any, scope: Scope, unit: OrgUnit, **kwargs: Any) -> None:
        super().__init__(*args, scope=scope, unit=unit, **kwargs)
        templates = list(LetterTemplate.objects.offered_in(unit.pk).order_by("name", "pk"))
        letters = list(
            Mailing.objects.visible_to(scope, SEND).filter(unit=unit).order_by("-changed_at", "-pk")[:20]
        )
        self.sources: dict[str, LetterTemplate | Mailing] = {f"pohja-{one.pk}": one for one in templates}
        self.sources |= {f"kirje-{one.pk}": one for one in letters}
        choices = [
            ("", _("An empty letter")),
            *((f"pohja-{one.pk}", _("Template: %(name)s") % {"name": one.name}) for one in templates),
            *((f"kirje-{one.pk}", _("Copy: %(name)s") % {"name": one.title}) for one in letters),
        ]
        self._choices("start", choices)
        self.fields["start"].widget.ui_optional = False

    @property
    def source(self) -> LetterTemplate | Mailing | None:
        return self.sources.get(self.cleaned_data["start"])


class HeadForm(UiForm):
    subject = FieldText(
        label=gettext_lazy("Subject"),
        max_length=150,
        required=False,
        help_text=gettext_lazy("The first thing one sees. Tell what the letter is about."),
    )
    preheader = FieldText(
        label=gettext_lazy("Preview text"),
        max_length=150,
        required=False,
        help_text=gettext_lazy("Shown after the subject in the list of messages."),
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["subject"].widget.ui_optional = False

    @property
    def values(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("subject", "preheader")}


class TemplateForm(UiForm):
    name = forms.CharField(label=gettext_lazy("Name of the template"), max_length=80)


class TestForm(UiForm):
    """Where a test goes: the writer, and at most five addresses of people with a post in the units one works in."""

    addresses = forms.CharField(
        label=gettext_lazy("E-mail addresses"),
        help_text=gettext_lazy(
            "Your own, and others with a post in your association; at most five, one on a line."
        ),
        widget=forms.Textarea({"rows": "3"}),
    )

    def __init__(self, *args: Any, allowed: frozenset[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.allowed = allowed

    def clean_addresses(self) -> list[str]:
        typed = list(
            dict.fromkeys(self.cleaned_data["addresses"].replace(",", " ").replace(";", " ").split())
        )
        if len(typed) > MOST_TESTS:
            raise ValidationError(_("Write at most five addresses. You wrote %(n)s.") % {"n": len(typed)})
        for address in typed:
            try:
                validate_email(address)
            except ValidationError:
                raise ValidationError(_("%(text)s is not an e-mail address.") % {"text": address}) from None
            if address.casefold() not in self.allowed:
                text = _(
                    "A test is sent only to people with a post in your association. %(text)s is not the address of one."
                )
                raise ValidationError(text % {"text": address})
        return typed


class SendForm(UiForm):
    """Now or at a time of Finland. `version` is what was looked at: another one is not sent."""

    when = forms.ChoiceField(label=gettext_lazy("When"), initial="now", widget=forms.RadioSelect)
    day = conditional(
        FinnishDateField(label=gettext_lazy("Day"), help_text=gettext_lazy("For example 24.12.2026."))
    )
    at = conditional(
        forms.CharField(
            label=gettext_lazy("Time"),
            max_length=5,
            help_text=gettext_lazy("For example 9.30. Finnish time."),
            widget=sized(forms.TextInput(), "xs"),
        )
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
    sure = forms.BooleanField(
        label=gettext_lazy("I have looked at the warnings, and I send the letter as it is"), required=False
    )

    def __init__(self, *args: Any, people: int, asks: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        when = self.fields["when"]
        assert isinstance(when, forms.ChoiceField)
        when.choices = [
            ("now", OptionLabel(_("Now"), _("You have five minutes to take it back."))),
            ("later", OptionLabel(_("Later"), _("Until then the letter can be taken back to be edited."))),
        ]
        if not asks:
            del self.fields["sure"]
        self.asks = asks

    def clean_at(self) -> time | None:
        typed = self.cleaned_data["at"].replace(":", ".").strip()
        if not typed:
            return None
        hours, _dot, minutes = typed.partition(".")
        if not (
            hours.isascii()
            and hours.isdigit()
            and (minutes or "00").isascii()
            and (minutes or "00").isdigit()
        ):
            raise ValidationError(_("Write the time as hours and minutes, for example 9.30."))
        if int(hours) > 23 or int(minutes or 0) > 59:
            raise ValidationError(_("Write the time as hours and minutes, for example 9.30."))
        return time(int(hours), int(minutes or 0))

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if self.asks and not told.get("sure"):
            self.add_error("sure", _("Tick this when you have looked at the warnings."))
        if told.get("when") == "later" and "at" in told and "day" in told:
            self._clean_moment(told)
        return told

    def _clean_moment(self, told: dict[str, Any]) -> None:
        missing = [
            (name, text)
            for name, text in (("day", _("Write the day.")), ("at", _("Write the time.")))
            if told[name] is None
        ]
        for name, text in missing:
            self.add_error(name, text)
        if missing:
            return
        moment = moment_of(told["day"], told["at"])
        now = clock.now()
        if moment is None:
            self.add_error("at", _("There is no such time: the clocks are put forward that night."))
        elif moment < now + timedelta(minutes=5):
            self.add_error("at", _("Choose a time at least five minutes from now."))
        elif moment > now + timedelta(days=366):
            self.add_error("day", _("Choose a day within a year."))
        told["moment"] = moment

    @property
    def moment(self) -> datetime | None:
        """None: now."""
        return self.cleaned_data.get("moment") if self.cleaned_data["when"] == "later" else None


def moment_of(day: Any, at: time) -> datetime | None:
    """The moment of Finnish wall clock, the first of two where the clocks are put back; None in the hour that is left out."""
    moment = datetime.combine(day, at, tzinfo=clock.HELSINKI)
    there_and_back = datetime.fromtimestamp(moment.timestamp(), clock.HELSINKI)
    return moment if there_and_back.replace(tzinfo=None) == moment.replace(tzinfo=None) else None
