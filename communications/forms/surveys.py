"""Making a survey: the quick poll on one page, a new survey, its settings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from communications.models import Grade, ResultsShown, Survey, SurveyAudience, SurveyState
from communications.surveying.questions import LANGUAGES, LONGEST_TEXT, MOST_OPTIONS, Text
from jasenpalvelu.common.forms import (
    FinnishDateField,
    OptionLabel,
    UiForm,
    conditional,
    sized,
)
from members.models import OrgUnit, Segment

LANGUAGE_NAMES = {
    "fi": gettext_lazy("Finnish"),
    "sv": gettext_lazy("Swedish"),
    "en": gettext_lazy("English"),
}
GRADES = [
    (
        Grade.OPEN,
        OptionLabel(
            pgettext_lazy("grade of a survey", "Open"),
            gettext_lazy("You see who answered what. The respondents are told so."),
        ),
    ),
    (
        Grade.PSEUDONYMOUS,
        OptionLabel(
            gettext_lazy("Without names"),
            gettext_lazy(
                "You see only results, and groups of fewer than five are hidden. The service can still tie an answer to its link, so it is not anonymous."
            ),
        ),
    ),
    (
        Grade.SECRET,
        OptionLabel(
            gettext_lazy("Secret"),
            gettext_lazy(
                "Nothing ties an answer to a person. It cannot be changed, and the results are shown when the survey has closed."
            ),
        ),
    ),
]
AUDIENCES = [
    (
        SurveyAudience.MEMBERS,
        OptionLabel(gettext_lazy("All members"), gettext_lazy("Of the unit and of those below it.")),
    ),
    (
        SurveyAudience.SEGMENT,
        OptionLabel(gettext_lazy("A segment"), gettext_lazy("Members who fit a saved segment today.")),
    ),
    (
        SurveyAudience.LETTER,
        OptionLabel(
            gettext_lazy("Those who get the letter it is in"),
            gettext_lazy("The poll is put into a newsletter and answered from there."),
        ),
    ),
    (
        SurveyAudience.LINK,
        OptionLabel(
            gettext_lazy("Anybody with the link"),
            gettext_lazy("Nobody is known, so the answers are secret. A browser answers once."),
        ),
    ),
]
SHOWN = [
    (ResultsShown.NEVER, gettext_lazy("Not shown to respondents")),
    (ResultsShown.ANSWERED, gettext_lazy("Shown to those who have answered")),
    (ResultsShown.CLOSED, gettext_lazy("Shown when the survey has closed")),
]
NO_SEGMENT = gettext_lazy("Choose a segment")


def lines(text: str) -> list[str]:
    """What was written, one choice on each line."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def _area(label: Any, *, rows: int = 4, required: bool = False, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=LONGEST_TEXT * 2,
        required=required,
        help_text=help_text,
        widget=forms.Textarea({"rows": str(rows)}),
    )


class _Asked(UiForm):
    """Whom it is asked and what is known of them: the same on the quick poll and among the settings."""

    audience = forms.ChoiceField(
        label=gettext_lazy("Who is asked"),
        choices=AUDIENCES,
        initial=SurveyAudience.MEMBERS,
        widget=sized(forms.RadioSelect(), look="options"),
    )
    segment = conditional(
        forms.ModelChoiceField(
            label=gettext_lazy("Segment"),
            queryset=Segment.objects.none(),
            empty_label=NO_SEGMENT,
            widget=sized(forms.Select(), "m"),
        )
    )
    grade = forms.ChoiceField(
        label=gettext_lazy("What is known of the respondent"),
        choices=GRADES,
        initial=Grade.PSEUDONYMOUS,
        help_text=gettext_lazy("Told to respondents before they answer. Cannot be changed after opening."),
        widget=sized(forms.RadioSelect(), look="options"),
    )
    closes_on = conditional(
        FinnishDateField(
            label=gettext_lazy("Last day to answer"),
            help_text=gettext_lazy("Empty: it is closed by hand. A public link needs a day."),
        )
    )
    shown = forms.ChoiceField(
        label=gettext_lazy("Results"),
        choices=SHOWN,
        initial=ResultsShown.ANSWERED,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Respondents see numbers, no texts, from five answers on."),
    )

    def __init__(
        self, *args: Any, segments: Any = None, units: Sequence[OrgUnit] = (), today: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["segment"].queryset = segments if segments is not None else Segment.objects.none()  # type: ignore[attr-defined]
        add_unit(self, units)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        audience, closes = data.get("audience"), data.get("closes_on")
        if audience == SurveyAudience.LINK:
            data["grade"] = Grade.SECRET
            if closes is None and "closes_on" not in self.errors:
                self.add_error("closes_on", _("A public link needs a last day."))
        if audience == SurveyAudience.SEGMENT and not data.get("segment"):
            self.add_error("segment", NO_SEGMENT)
        if audience != SurveyAudience.SEGMENT:
            data["segment"] = None
        if closes is not None and closes < self.today:
            self.add_error("closes_on", _("The day has passed."))
        if data.get("grade") == Grade.SECRET:
            data["changeable"] = False
        return data


def add_unit(form: UiForm, units: Sequence[OrgUnit]) -> None:
    """In whose name, where there are several to choose from."""
    if len(units) > 1:
        form.fields["unit"] = forms.TypedChoiceField(
            label=_("In whose name"),
            choices=[(unit.pk, unit.name) for unit in units],
            coerce=int,
            widget=sized(forms.Select(), "m"),
        )
        form.order_fields(["unit"])


class PollForm(_Asked):
    """The whole of a quick poll."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    question_fi = forms.CharField(label=gettext_lazy("Question"), max_length=120)
    options_fi = _area(
        gettext_lazy("Choices"),
        required=True,
        help_text=gettext_lazy("One on each line, two at least."),
    )
    several = forms.BooleanField(label=gettext_lazy("Several may be chosen"), required=False)
    question_sv = forms.CharField(label=gettext_lazy("Question in Swedish"), max_length=120, required=False)
    options_sv = _area(
        gettext_lazy("Choices in Swedish"), help_text=gettext_lazy("In the same order as in Finnish.")
    )
    question_en = forms.CharField(label=gettext_lazy("Question in English"), max_length=120, required=False)
    options_en = _area(
        gettext_lazy("Choices in English"), help_text=gettext_lazy("In the same order as in Finnish.")
    )
    field_order = (
        "unit", "token", "question_fi", "options_fi", "several", "audience", "segment", "grade", "closes_on", "shown",
    )  # fmt: skip

    def clean_options_fi(self) -> list[str]:
        found = lines(self.cleaned_data["options_fi"])
        if len(found) < 2:
            raise ValidationError(_("Write two choices at least, one on each line."))
        if len(found) > MOST_OPTIONS:
            raise ValidationError(_("Write at most %(n)s choices.") % {"n": MOST_OPTIONS})
        if len(set(found)) < len(found):
            raise ValidationError(_("The same choice stands there twice."))
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for code in ("sv", "en"):
            told, options = data.get(f"question_{code}"), lines(data.get(f"options_{code}") or "")
            wanted = len(data.get("options_fi") or [])
            if bool(told) != bool(options):
                name = f"options_{code}" if told else f"question_{code}"
                self.add_error(name, _("Write both the question and the choices, or neither."))
            elif told and wanted and len(options) != wanted:
                self.add_error(
                    f"options_{code}", _("There are %(n)s choices in Finnish: write as many.") % {"n": wanted}
                )
            data[f"options_{code}"] = options
        return data

    @property
    def languages(self) -> list[str]:
        return [code for code in LANGUAGES if self.cleaned_data.get(f"question_{code}")]

    @property
    def text(self) -> Text:
        return {code: self.cleaned_data[f"question_{code}"] for code in self.languages}

    @property
    def options(self) -> list[Text]:
        rows = zip(*(self.cleaned_data[f"options_{code}"] for code in self.languages), strict=True)
        return [dict(zip(self.languages, row, strict=True)) for row in rows]


class LetterPollForm(PollForm):
    """A quick poll that is asked of those who get a letter: nothing is chosen of whom."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["audience"], self.fields["segment"]

    def clean(self) -> dict[str, Any]:
        return super().clean() | {"audience": SurveyAudience.LETTER, "segment": None}


class NewForm(UiForm):
    """What a survey begins from."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    title_fi = forms.CharField(label=gettext_lazy("Title"), max_length=120)
    start = forms.ChoiceField(
        label=gettext_lazy("Begin from"), widget=sized(forms.RadioSelect(), look="options"), initial="blank"
    )

    def __init__(self, *args: Any, starts: Any, units: Sequence[OrgUnit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["start"].choices = starts  # type: ignore[attr-defined]
        add_unit(self, units)


class SettingsForm(_Asked):
    """Of a draft everything; `later`, of one that takes answers, only its end and who sees the results."""

    title_fi = forms.CharField(label=gettext_lazy("Title in Finnish"), max_length=120)
    title_sv = forms.CharField(label=gettext_lazy("Title in Swedish"), max_length=120, required=False)
    title_en = forms.CharField(label=gettext_lazy("Title in English"), max_length=120, required=False)
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Asked in"),
        choices=list(LANGUAGE_NAMES.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Every text has to be written in each of them before the survey opens."),
    )
    changeable = forms.BooleanField(
        label=gettext_lazy("The answer may be changed until the survey closes"), required=False
    )
    kept_months = forms.IntegerField(
        label=gettext_lazy("Who answered is forgotten after, months"),
        min_value=1,
        max_value=60,
        help_text=gettext_lazy("Counted from the day the survey closes. The answers stay without names."),
        widget=sized(forms.NumberInput(), "xs"),
    )
    field_order = (
        "title_fi", "title_sv", "title_en", "languages", "audience", "segment", "grade", "closes_on", "shown", "changeable",
        "kept_months",
    )  # fmt: skip

    def __init__(self, *args: Any, survey: Survey, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.survey = survey
        form = survey.form
        for name, label in (("intro", _("Introduction")), ("thanks", _("Thanks at the end"))):
            for code in LANGUAGES:
                told = f"{label} ({LANGUAGE_NAMES[code]})"
                self.fields[f"{name}_{code}"] = _area(told, rows=3)
                self.initial.setdefault(f"{name}_{code}", getattr(form, name).get(code, ""))
        self._narrow()

    def _narrow(self) -> None:
        gone: set[str] = set()
        if self.survey.state == SurveyState.OPEN:
            gone = set(self.fields) - {"closes_on", "shown"}
        elif self.survey.of_units:
            gone = {"audience", "segment", "grade", "shown"}
        for name in gone:
            del self.fields[name]

    def clean_languages(self) -> list[str]:
        """Finnish is what everything falls back to."""
        found = self.cleaned_data["languages"]
        if "fi" not in found:
            raise ValidationError(_("Finnish is always among the languages."))
        return [code for code in LANGUAGES if code in found]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        linked = self.survey.state == SurveyState.OPEN and self.survey.audience == SurveyAudience.LINK
        if linked and data.get("closes_on") is None and "closes_on" not in self.errors:
            self.add_error("closes_on", _("A public link needs a last day."))
        return data

    def texts(self, name: str) -> Text:
        return {code: text for code in LANGUAGES if (text := self.cleaned_data.get(f"{name}_{code}", ""))}
