"""One question of a survey: only the fields its kind needs, its texts in the survey's languages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.forms.surveys import LANGUAGE_NAMES, lines
from communications.surveying.questions import (
    CES,
    CHOOSING,
    CSAT,
    INFO,
    LONGEST_TEXT,
    MATRIX,
    MOST_OPTIONS,
    MULTIPLE,
    NPS,
    NUMBER,
    SCALE,
    SINGLE,
    Condition,
    Option,
    Question,
    Text,
    keyed,
    say,
)
from jasenpalvelu.common.forms import UiForm, sized

KIND_NAMES = {
    "single": gettext_lazy("One of several choices"),
    "multiple": gettext_lazy("Several choices"),
    "scale": gettext_lazy("Scale 1–5 or 1–7"),
    "nps": gettext_lazy("Would recommend, 0–10 (NPS)"),
    "short": gettext_lazy("Short text"),
    "long": gettext_lazy("Long text"),
    "number": gettext_lazy("Number"),
    "date": gettext_lazy("Date"),
    "matrix": gettext_lazy("Matrix: rows by columns"),
    "info": gettext_lazy("Text to read, no question"),
}
SCORE_NAMES = [
    ("", gettext_lazy("No score")),
    (CSAT, gettext_lazy("Satisfaction (CSAT): share of the two best")),
    (CES, gettext_lazy("Ease (CES): mean")),
]


class QuestionForm(UiForm):
    """`before` are the questions a condition may ask about: those that come earlier."""

    def __init__(
        self,
        data: Any = None,
        *,
        question: Question,
        languages: Sequence[str],
        before: Sequence[Question],
        here: str,
    ) -> None:
        self.question, self.languages = question, list(languages)
        self.before = [one for one in before if one.kind in CHOOSING]
        self.here = here
        super().__init__(data, initial=_initial(question))
        self._texts("text", _("Text") if question.kind == INFO else _("Question"), required=True)
        if question.kind != INFO:
            self._texts("help", _("Help below the question"))
            self.fields["required"] = forms.BooleanField(label=_("Has to be answered"), required=False)
        self._by_kind(question.kind)
        self._condition()
        for field in self.fields.values():
            field.error_messages.setdefault("required", _("Fill this in."))

    def _texts(self, name: str, label: str, *, required: bool = False, area: bool = False) -> None:
        for code in self.languages:
            told = f"{label} ({LANGUAGE_NAMES[code]})" if len(self.languages) > 1 else label
            widget: forms.Widget = forms.TextInput()
            if area or self.question.kind == INFO:
                widget = forms.Textarea({"rows": "5"})
            self.fields[f"{name}_{code}"] = forms.CharField(
                label=told,
                max_length=LONGEST_TEXT,
                required=required and code == "fi",
                widget=widget,
                help_text=_("One on each line.") if area else "",
            )

    def _by_kind(self, kind: str) -> None:
        if kind in {SINGLE, MULTIPLE}:
            self._texts("options", _("Choices"), required=True, area=True)
        if kind == MATRIX:
            self._texts("rows", _("Rows"), required=True, area=True)
            self._texts("options", _("Columns"), required=True, area=True)
        if kind == MULTIPLE:
            self._numbers(_("Choose at least"), _("Choose at most"), least=0)
        if kind == NUMBER:
            self._numbers(_("Smallest number"), _("Largest number"))
        if kind == SCALE:
            self.fields["most"] = forms.TypedChoiceField(
                label=_("Scale"), choices=[(5, "1–5"), (7, "1–7")], coerce=int, widget=forms.RadioSelect
            )
            self.fields["score"] = forms.ChoiceField(
                label=_("Counted as"), choices=SCORE_NAMES, required=False, widget=sized(forms.Select(), "m")
            )
        if kind in {SCALE, NPS}:
            self._texts("low", _("What the smallest means"))
            self._texts("high", _("What the largest means"))

    def _numbers(self, first: str, second: str, least: int | None = None) -> None:
        for name, label in (("least", first), ("most", second)):
            self.fields[name] = forms.IntegerField(
                label=label, required=False, min_value=least, widget=sized(forms.NumberInput(), "xs")
            )

    def _condition(self) -> None:
        if not self.before:
            return
        groups = [
            (
                say(one.text, self.here),
                [
                    (f"{one.key}:{option.key}", f"{say(one.text, self.here)}: {say(option.text, self.here)}")
                    for option in one.choices
                ],
            )
            for one in self.before
        ]
        self.fields["condition"] = forms.MultipleChoiceField(
            label=_("Asked only of those who chose"),
            choices=[pair for _name, pairs in groups for pair in pairs],
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text=_("Choices of one earlier question. None chosen: asked of everybody."),
        )
        self.fields["condition_not"] = forms.BooleanField(
            label=_("The other way round: of those who chose something else"), required=False
        )

    # --- what was typed -------------------------------------------------------------------------------------------
    def clean_condition(self) -> list[str]:
        found: list[str] = self.cleaned_data["condition"]
        if len({value.partition(":")[0] for value in found}) > 1:
            raise ValidationError(_("Choose from one question only."))
        return found

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for name in ("options", "rows"):
            self._check_lines(name, data)
        least, most = data.get("least"), data.get("most")
        if (
            least is not None
            and most is not None
            and self.question.kind in {MULTIPLE, NUMBER}
            and least > most
        ):
            self.add_error("most", _("This must be at least as large as the one before."))
        options = lines(data.get("options_fi") or "")
        if self.question.kind == MULTIPLE and options and (least or 0) > len(options):
            self.add_error("least", _("There are not so many choices."))
        return data

    def _check_lines(self, name: str, data: dict[str, Any]) -> None:
        written = data.get(f"{name}_fi")
        if not written:
            return
        found = lines(written)
        least = 1 if name == "rows" else 2
        if len(found) < least:
            self.add_error(f"{name}_fi", _("Write two choices at least, one on each line."))
        if len(found) > MOST_OPTIONS:
            self.add_error(f"{name}_fi", _("Write at most %(n)s choices.") % {"n": MOST_OPTIONS})
        if len(set(found)) < len(found):
            self.add_error(f"{name}_fi", _("The same choice stands there twice."))
        for code in self.languages:
            others = lines(data.get(f"{name}_{code}") or "")
            if others and len(others) != len(found):
                self.add_error(
                    f"{name}_{code}",
                    _("There are %(n)s choices in Finnish: write as many.") % {"n": len(found)},
                )

    @property
    def made(self) -> Question:
        """The question as it was written."""
        data, before = self.cleaned_data, self.question
        condition = None
        if chosen := data.get("condition"):
            key = chosen[0].partition(":")[0]
            values = tuple(value.partition(":")[2] for value in chosen)
            condition = Condition(key, values, not data.get("condition_not"))
        return replace(
            before,
            text=self._written("text"),
            help=self._written("help"),
            low=self._written("low"),
            high=self._written("high"),
            required=bool(data.get("required", False)),
            options=self._lines("options", before.options, "o"),
            rows=self._lines("rows", before.rows, "r"),
            least=data.get("least"),
            most=data.get("most"),
            score=data.get("score", ""),
            condition=condition,
        )

    def _written(self, name: str) -> Text:
        return {code: text for code in self.languages if (text := self.cleaned_data.get(f"{name}_{code}"))}

    def _lines(self, name: str, before: tuple[Option, ...], letter: str) -> tuple[Option, ...]:
        columns = {code: lines(self.cleaned_data.get(f"{name}_{code}") or "") for code in self.languages}
        texts = [
            {code: found[n] for code, found in columns.items() if n < len(found)}
            for n in range(len(columns.get("fi", [])))
        ]
        return keyed(texts, before, letter)


def _initial(question: Question) -> dict[str, Any]:
    found: dict[str, Any] = {
        "required": question.required,
        "least": question.least,
        "most": question.most or (5 if question.kind == SCALE else None),
        "score": question.score,
    }
    for name in ("text", "help", "low", "high"):
        found |= {f"{name}_{code}": text for code, text in getattr(question, name).items()}
    for name in ("options", "rows"):
        for code in LANGUAGE_NAMES:
            found[f"{name}_{code}"] = "\n".join(one.text.get(code, "") for one in getattr(question, name))
    if condition := question.condition:
        found["condition"] = [f"{condition.question}:{value}" for value in condition.values]
        found["condition_not"] = not condition.has
    return found
