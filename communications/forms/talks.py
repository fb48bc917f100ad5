"""Forms of conversations: a new question, the next message, handing over, and how a unit answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications import office_hours
from communications.forms.files import FilesField
from communications.models import CannedAnswer, TalkState, TalkTopic
from communications.talk_desks import Place
from jasenpalvelu.accounts.models import User
from jasenpalvelu.common.forms import FilterForm, OptionLabel, UiForm, conditional, sized
from jasenpalvelu.common.plain import plain_line
from members.forms.fields import text
from members.models import OrgUnit

DAYS = (
    ("mon", gettext_lazy("Monday")),
    ("tue", gettext_lazy("Tuesday")),
    ("wed", gettext_lazy("Wednesday")),
    ("thu", gettext_lazy("Thursday")),
    ("fri", gettext_lazy("Friday")),
    ("sat", gettext_lazy("Saturday")),
    ("sun", gettext_lazy("Sunday")),
)


class _Saying(UiForm):
    """Words with attachments; `once` tells one sending of the form from the next."""

    text = forms.CharField(
        label=gettext_lazy("Message"),
        max_length=10_000,
        required=False,
        widget=forms.Textarea({"rows": "5"}),
    )
    files = FilesField()  # type: ignore[assignment] # the form takes it out of the class
    once = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].widget.ui_optional = False

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not data.get("text", "").strip() and not data.get("files") and "files" not in self.errors:
            self.add_error("text", _("Write the message or attach a file."))
        return data


class _Subject(_Saying):
    """With what it is about."""

    subject = text(gettext_lazy("What it is about, in a few words"), length=120)

    def clean_subject(self) -> str:
        found = plain_line(str(self.cleaned_data["subject"]))
        if not found:
            raise ValidationError(self.fields["subject"].error_messages["required"], code="required")
        return found


class MessageForm(_Saying):
    """What the member says next."""


class StartForm(_Subject):
    """A new question: to whom, what about."""

    place = forms.ChoiceField(label=gettext_lazy("Whom do you ask"), widget=forms.RadioSelect())
    field_order = ("place", "subject", "text", "files")

    def __init__(self, *args: Any, places: Sequence[Place], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._targets: dict[str, tuple[OrgUnit, TalkTopic | None]] = {}
        choices = []
        for place in places:
            for key, unit, topic in _keys(place):
                self._targets[key] = unit, topic
                told = f"{unit}. {place.promise}" if topic else place.promise
                choices.append((key, OptionLabel(str(topic or unit), told)))
        self.fields["place"].choices = choices  # type: ignore[attr-defined]
        self.fields["place"].widget.ui_look = "options"
        if len(choices) == 1:
            self.initial["place"] = choices[0][0]

    @property
    def target(self) -> tuple[OrgUnit, TalkTopic | None]:
        return self._targets[self.cleaned_data["place"]]


def _keys(place: Place) -> list[tuple[str, OrgUnit, TalkTopic | None]]:
    topics: list[tuple[str, OrgUnit, TalkTopic | None]] = [(f"a{t.pk}", place.unit, t) for t in place.topics]
    return [*topics, (f"y{place.unit.pk}", place.unit, None)]


class AnswerForm(_Saying):
    """An answer of staff, or a note for colleagues. `seen` is the last message the page showed."""

    canned = forms.ModelChoiceField(
        CannedAnswer.objects.none(),
        label=gettext_lazy("Canned answer"),
        required=False,
        empty_label=gettext_lazy("None"),
        widget=sized(forms.Select(), "m"),
    )
    waits = forms.BooleanField(label=gettext_lazy("I ask the member for more"), required=False)
    seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    field_order = ("canned", "text", "files", "waits")

    def __init__(self, *args: Any, canned: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["canned"].queryset = canned  # type: ignore[attr-defined]


class BeginForm(_Subject):
    """Staff write first."""

    waits = forms.BooleanField(label=gettext_lazy("I ask the member for more"), required=False)
    field_order = ("unit", "subject", "text", "files", "waits")

    def __init__(self, *args: Any, units: Sequence[OrgUnit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._units = list(units)
        if len(self._units) > 1:
            self.fields["unit"] = forms.TypedChoiceField(
                label=_("In whose name"),
                choices=[(unit.pk, unit.name) for unit in units],
                coerce=int,
                widget=sized(forms.Select(), "m"),
            )
            self.order_fields(self.field_order)

    @property
    def unit(self) -> OrgUnit:
        wanted = self.cleaned_data.get("unit")
        return next((unit for unit in self._units if unit.pk == wanted), self._units[0])


class MoveForm(UiForm):
    """Another unit answers; the member reads the reason."""

    unit = forms.ModelChoiceField(
        OrgUnit.objects.none(),
        label=gettext_lazy("Who answers from now on"),
        widget=forms.RadioSelect(),
        empty_label=None,
    )
    reason = forms.CharField(
        label=gettext_lazy("Why, for the member to read"),
        max_length=400,
        widget=forms.Textarea({"rows": "3"}),
    )

    def __init__(self, *args: Any, units: Sequence[OrgUnit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pks = [unit.pk for unit in units]
        self.fields["unit"].queryset = OrgUnit.objects.filter(pk__in=pks).order_by("sort_key", "pk")  # type: ignore[attr-defined]


class AssignForm(UiForm):
    """Who of the colleagues answers."""

    to = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("Answered by"),
        required=False,
        empty_label=gettext_lazy("Nobody yet"),
        widget=sized(forms.Select(), "m"),
    )

    def __init__(self, *args: Any, users: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pks = [user.pk for user in users]
        field = self.fields["to"]
        field.queryset = User.objects.filter(pk__in=pks).order_by("full_name", "pk")  # type: ignore[attr-defined]
        field.label_from_instance = lambda user: user.full_name or user.email  # type: ignore[attr-defined]
        field.widget.ui_optional = False


class TalkFilter(FilterForm):
    """Over the list of the office."""

    q = forms.CharField(
        label=gettext_lazy("Subject or name"), max_length=60, widget=forms.TextInput({"type": "search"})
    )
    tila = forms.ChoiceField(
        label=gettext_lazy("State"), choices=[("", gettext_lazy("All states")), *TalkState.choices]
    )


# --- how a unit answers -----------------------------------------------------------------------------------------------
class DeskForm(UiForm):
    """Hours of each day of the week, and the promise counted in them."""

    takes = forms.BooleanField(label=gettext_lazy("Members may ask this unit"), required=False)
    promise = forms.IntegerField(
        label=gettext_lazy("We answer within, in office hours"),
        help_text=gettext_lazy(
            "Counted in the hours below; holidays do not count. Twelve hours are two days of six hours."
        ),
        min_value=1,
        max_value=200,
        widget=sized(forms.TextInput({"inputmode": "numeric"}), "xs"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key, label in DAYS:
            self.fields[key] = conditional(
                forms.CharField(
                    label=label, max_length=20, required=False, widget=sized(forms.TextInput(), "s")
                )
            )
        self.fields["mon"].help_text = _("For example 9.00–15.30. Empty when nobody is there.")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for key, _label in DAYS:
            try:
                span = office_hours.parse_span(data.get(key, ""))
            except ValueError:
                self.add_error(key, ValidationError(_("Write the hours as 9.00–15.30, or leave this empty.")))
            else:
                data[key] = span.text if span else ""
        if not self.errors and not any(data[key] for key, _label in DAYS):
            self.add_error("mon", _("Write the hours of one day at least: the promise is counted in them."))
        return data

    @property
    def hours(self) -> list[str]:
        return [self.cleaned_data[key] for key, _label in DAYS]


class TopicForm(UiForm):
    """A subject the unit answers on."""

    name_fi = text(gettext_lazy("Name in Finnish"), width="m", length=60)
    name_sv = text(gettext_lazy("Name in Swedish"), width="m", length=60, required=False)
    name_en = text(gettext_lazy("Name in English"), width="m", length=60, required=False)
    expert = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("Who answers"),
        required=False,
        empty_label=gettext_lazy("Whoever takes it"),
        widget=sized(forms.Select(), "m"),
    )
    active = forms.BooleanField(label=gettext_lazy("Offered to members"), required=False, initial=True)

    def __init__(self, *args: Any, users: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["expert"]
        pks = [user.pk for user in users]
        field.queryset = User.objects.filter(pk__in=pks).order_by("full_name", "pk")  # type: ignore[attr-defined]
        field.label_from_instance = lambda user: user.full_name or user.email  # type: ignore[attr-defined]


class CannedForm(UiForm):
    """A canned answer in the members' languages."""

    title = text(gettext_lazy("Title, for you to find it by"), width="m", length=80)
    text_fi = forms.CharField(
        label=gettext_lazy("In Finnish"), max_length=4000, widget=forms.Textarea({"rows": "5"})
    )
    text_sv = forms.CharField(
        label=gettext_lazy("In Swedish"),
        max_length=4000,
        required=False,
        widget=forms.Textarea({"rows": "4"}),
    )
    text_en = forms.CharField(
        label=gettext_lazy("In English"),
        max_length=4000,
        required=False,
        widget=forms.Textarea({"rows": "4"}),
    )
