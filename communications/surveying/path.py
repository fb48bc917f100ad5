"""Which questions a respondent meets: by conditions on what was answered before, screen by screen.

Answers to questions that are not on the way are not kept: whoever goes back and turns another way leaves nothing behind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from communications.surveying.questions import (
    CHOOSING,
    MULTIPLE,
    Answers,
    Condition,
    Form,
    Page,
    Question,
    Text,
)


@dataclass(frozen=True)
class Screen:
    """What is shown at once. No question of it depends on another one of it, so it works without scripts."""

    title: Text
    questions: tuple[Question, ...]


def values_of(question: Question, answer: Any) -> frozenset[str]:
    """What was chosen, as a condition names it; nothing of questions that offer no choice."""
    if answer is None or question.kind not in CHOOSING:
        return frozenset()
    if question.kind == MULTIPLE:
        return frozenset(map(str, answer))
    return frozenset({str(answer)})


def shown(form: Form, question: Question, answers: Answers) -> bool:
    """Whether the question is on the way; `answers` are those to questions that are."""
    condition = question.condition
    if condition is None:
        return True
    asked = form.find(condition.question)
    return asked is not None and holds(condition, values_of(asked, answers.get(asked.key)))


def holds(condition: Condition, chosen: frozenset[str]) -> bool:
    if not chosen:
        return False
    return bool(chosen & set(condition.values)) == condition.has


def kept(form: Form, answers: Answers) -> dict[str, Any]:
    """The answers to the questions on the way, and no others."""
    found: dict[str, Any] = {}
    for question in form.questions:
        if question.asks and question.key in answers and shown(form, question, found):
            found[question.key] = answers[question.key]
    return found


def on_way(form: Form, answers: Answers) -> list[Question]:
    """Every question the respondent meets, having answered so."""
    found = kept(form, answers)
    return [question for question in form.questions if shown(form, question, found)]


def screens(form: Form) -> list[Screen]:
    """The pages, a new screen wherever a question depends on one of the same page."""
    return [screen for page in form.pages for screen in _split(page)]


def _split(page: Page) -> list[Screen]:
    found: list[Screen] = []
    here: list[Question] = []
    for question in page.questions:
        if question.condition and any(q.key == question.condition.question for q in here):
            found.append(Screen({} if found else page.title, tuple(here)))
            here = []
        here.append(question)
    if here:
        found.append(Screen({} if found else page.title, tuple(here)))
    return found


def step(form: Form, answers: Answers, at: int, *, back: bool = False) -> int | None:
    """The next screen on the way after `at` (-1: the first), or the one before; None when there is none."""
    every = screens(form)
    found = kept(form, answers)
    numbers = range(at - 1, -1, -1) if back else range(at + 1, len(every))
    for number in numbers:
        if any(shown(form, question, found) for question in every[number].questions):
            return number
    return None


def missing(form: Form, answers: Answers) -> list[Question]:
    """Required questions on the way without an answer."""
    found = kept(form, answers)
    return [
        q for q in on_way(form, found) if q.asks and q.required and found.get(q.key) in (None, "", [], {})
    ]
