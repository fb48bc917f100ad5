"""One screen of a survey as a form: a field for each question, one for each row of a matrix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from communications.surveying.questions import (
    DATE,
    INFO,
    LONG,
    MATRIX,
    MULTIPLE,
    NUMBER,
    SINGLE,
    Answers,
    Option,
    Question,
    say,
)
from jasenpalvelu.common.forms import FinnishDateField, FinnishDecimalField, UiForm, sized, speak_plainly

SHORTEST, LONGEST = 200, 4000


@dataclass(frozen=True)
class Block:
    """A question as the screen shows it: its fields, or only a text."""

    question: Question
    title: str
    help: str
    fields: Sequence[BoundField] = field(default_factory=list)

    @property
    def look(self) -> str:
        return "scale" if self.question.points else self.question.kind


class AnswerForm(UiForm):
    """`loose`: nothing has to be answered yet, as when one goes back or leaves a draft."""

    def __init__(
        self,
        data: Any = None,
        *,
        questions: Sequence[Question],
        answers: Answers,
        language: str,
        loose: bool = False,
    ) -> None:
        super().__init__(data)
        self.questions, self.language, self.loose = questions, language, loose
        for question in questions:
            for name, made in self._made(question):
                made.initial = _initial(question, name, answers.get(question.key))
                speak_plainly(made)
                self.fields[name] = made

    def _made(self, question: Question) -> Iterator[tuple[str, forms.Field]]:
        if question.kind == INFO:
            return
        if question.kind != MATRIX:
            yield question.key, self._field(question)
            return
        for row in question.rows:
            yield (
                f"{question.key}-{row.key}",
                self._choice(say(row.text, self.language), question.options, question, ""),
            )

    def _field(self, question: Question) -> forms.Field:
        told: dict[str, Any] = {
            "label": say(question.text, self.language),
            "help_text": self._help(question),
            "required": question.required and not self.loose,
        }
        if question.kind == MULTIPLE:
            return _Several(
                question,
                choices=[(one.key, say(one.text, self.language)) for one in question.options],
                widget=forms.CheckboxSelectMultiple,
                loose=self.loose,
                **told,
            )
        if question.kind == SINGLE or question.points:
            return self._choice(told["label"], question.choices, question, told["help_text"])
        if question.kind == NUMBER:
            return FinnishDecimalField(
                decimal_places=4, min_value=question.least, max_value=question.most, **told
            )
        if question.kind == DATE:
            return FinnishDateField(**told)
        if question.kind == LONG:
            return forms.CharField(max_length=LONGEST, widget=forms.Textarea({"rows": "5"}), **told)
        return forms.CharField(max_length=SHORTEST, widget=sized(forms.TextInput(), "m"), **told)

    def _choice(
        self, label: str, options: Sequence[Option], question: Question, help_text: str
    ) -> forms.ChoiceField:
        return forms.ChoiceField(
            label=label,
            help_text=help_text,
            choices=[(one.key, say(one.text, self.language)) for one in options],
            widget=forms.RadioSelect,
            required=question.required and not self.loose,
        )

    def _help(self, question: Question) -> str:
        parts = [say(question.help, self.language)]
        low, high = say(question.low, self.language), say(question.high, self.language)
        if question.points and low and high:
            parts.append(f"{question.points[0]} = {low}, {question.points[-1]} = {high}")
        if question.kind == MULTIPLE:
            parts.append(_limits(question))
        return " ".join(part for part in parts if part)

    @property
    def blocks(self) -> list[Block]:
        return [
            Block(
                question,
                say(question.text, self.language),
                say(question.help, self.language),
                [self[name] for name in self._names(question)],
            )
            for question in self.questions
        ]

    def _names(self, question: Question) -> list[str]:
        return [name for name in self.fields if name == question.key or name.startswith(f"{question.key}-")]

    @property
    def answers(self) -> dict[str, Any]:
        """What was answered on this screen, as it is kept; None for a question that was left open."""
        found: dict[str, Any] = {}
        for question in self.questions:
            if question.kind == MATRIX:
                rows = {
                    row.key: value
                    for row in question.rows
                    if (value := self.cleaned_data.get(f"{question.key}-{row.key}"))
                }
                found[question.key] = rows or None
            elif question.kind != INFO:
                found[question.key] = _kept(question, self.cleaned_data.get(question.key))
        return found


class _Several(forms.MultipleChoiceField):
    """Several of the choices, within the question's limits."""

    def __init__(self, question: Question, *, loose: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.question, self.loose = question, loose

    def validate(self, value: list[str]) -> None:
        super().validate(value)
        if not value or self.loose:
            return
        least, most = self.question.least or 0, self.question.most or len(value)
        if not least <= len(value) <= most:
            raise forms.ValidationError(_limits(self.question))


def _limits(question: Question) -> str:
    least, most = question.least or 0, question.most
    if least > 1 and most == least:
        return _("Choose %(n)s.") % {"n": least}
    if least > 1 and most:
        return _("Choose %(least)s–%(most)s.") % {"least": least, "most": most}
    if least > 1:
        return _("Choose at least %(n)s.") % {"n": least}
    if most:
        return ngettext("Choose at most %(n)s.", "Choose at most %(n)s.", most) % {"n": most}
    return _("You can choose several.")


def _initial(question: Question, name: str, answer: Any) -> Any:
    if answer is None:
        return None
    if question.kind == MATRIX:
        return answer.get(name.removeprefix(f"{question.key}-")) if isinstance(answer, Mapping) else None
    if question.kind == NUMBER:
        return Decimal(str(answer))
    if question.kind == DATE:
        return date.fromisoformat(answer)
    return str(answer) if question.points else answer


def _kept(question: Question, value: Any) -> Any:
    if value in (None, "", []):
        return None
    if question.points:
        return int(value)
    if question.kind == NUMBER:
        return format(Decimal(value).normalize(), "f")
    if question.kind == DATE:
        return value.isoformat()
    return value
