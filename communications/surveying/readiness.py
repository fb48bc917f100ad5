"""What is still missing before a survey can be opened: questions, options, texts in the languages it is asked in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from communications.surveying.questions import (
    MATRIX,
    MULTIPLE,
    SINGLE,
    Form,
    Question,
    Text,
    say,
)


@dataclass(frozen=True)
class Problem:
    """`code`: nothing, text, options, rows, condition, limits or language (`language` says which is missing)."""

    code: str
    question: str = ""
    language: str = ""


def problems(form: Form, languages: Sequence[str]) -> list[Problem]:
    if not form.asking:
        return [Problem("nothing")]
    found = [problem for question in form.questions for problem in _of(form, question, languages)]
    for text in (form.intro, form.thanks, *(page.title for page in form.pages)):
        found += [Problem("language", "", code) for code in _lacking(text, languages)]
    return list(dict.fromkeys(found))


def _of(form: Form, question: Question, languages: Sequence[str]) -> Iterator[Problem]:
    key = question.key
    if not say(question.text, "fi"):
        yield Problem("text", key)
    if question.kind in {SINGLE, MULTIPLE, MATRIX} and len(question.options) < 2:
        yield Problem("options", key)
    if question.kind == MATRIX and not question.rows:
        yield Problem("rows", key)
    if question.kind == MULTIPLE and not _countable(question):
        yield Problem("limits", key)
    condition = question.condition
    if condition is not None:
        asked = next((q for q in form.before(key) if q.key == condition.question), None)
        offered = {option.key for option in asked.choices} if asked else set()
        if not set(condition.values) <= offered:
            yield Problem("condition", key)
    texts = [question.text, question.help, question.low, question.high]
    texts += [option.text for option in (*question.options, *question.rows)]
    for code in languages:
        if any(code in _lacking(text, languages) for text in texts):
            yield Problem("language", key, code)


def _countable(question: Question) -> bool:
    least, most = question.least or 0, question.most or len(question.options)
    return least <= most and least <= len(question.options)


def _lacking(text: Text, languages: Sequence[str]) -> list[str]:
    """Of a text that is written at all: the languages in which it is not."""
    return [code for code in languages if not text.get(code)] if any(text.values()) else []
