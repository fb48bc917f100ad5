"""Surveys drawn by hypothesis: questions of every kind, conditions on earlier ones, answers of any kind to them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from communications.surveying.questions import (
    CHOOSING,
    KINDS,
    MATRIX,
    MULTIPLE,
    NPS,
    NUMBER,
    SCALE,
    SINGLE,
    Condition,
    Form,
    Option,
    Page,
    Question,
)

OPTIONS = tuple(Option(f"o{n}", {"fi": f"Vaihtoehto {n}", "sv": f"Alternativ {n}"}) for n in range(1, 5))
ROWS = tuple(Option(f"r{n}", {"fi": f"Rivi {n}"}) for n in range(1, 3))


@st.composite
def forms(draw: st.DrawFn) -> Form:
    """Up to ten questions on up to three pages."""
    earlier: list[Question] = []
    pages: list[Page] = []
    for _page in range(draw(st.integers(1, 3))):
        here: list[Question] = []
        for _question in range(draw(st.integers(1, 4))):
            question = draw(_questions(len(earlier) + 1, [q for q in earlier if q.kind in CHOOSING]))
            earlier.append(question)
            here.append(question)
        pages.append(Page(tuple(here), {"fi": "Sivu"}))
    return Form(tuple(pages))


@st.composite
def _questions(draw: st.DrawFn, number: int, choosing: list[Question]) -> Question:
    kind = draw(st.sampled_from(KINDS))
    condition = None
    if choosing and draw(st.booleans()):
        asked = draw(st.sampled_from(choosing))
        keys = [option.key for option in asked.choices]
        values = draw(st.lists(st.sampled_from(keys), min_size=1, max_size=3, unique=True))
        condition = Condition(asked.key, tuple(values), draw(st.booleans()))
    return Question(
        f"q{number}",
        kind,
        {"fi": f"Kysymys {number}"},
        required=draw(st.booleans()),
        options=OPTIONS if kind in {SINGLE, MULTIPLE, MATRIX} else (),
        rows=ROWS if kind == MATRIX else (),
        most=draw(st.sampled_from([5, 7])) if kind == SCALE else None,
        condition=condition,
    )


@st.composite
def answers(draw: st.DrawFn, form: Form) -> dict[str, Any]:
    """To any of the questions, on the way or not."""
    found: dict[str, Any] = {}
    for question in form.asking:
        if draw(st.booleans()):
            found[question.key] = draw(_answer(question))
    return found


def _answer(question: Question) -> st.SearchStrategy[Any]:
    keys = [option.key for option in question.options]
    if question.kind == SINGLE:
        return st.sampled_from(keys)
    if question.kind == MULTIPLE:
        return st.lists(st.sampled_from(keys), min_size=1, unique=True)
    if question.kind in {SCALE, NPS}:
        return st.sampled_from(question.points)
    if question.kind == MATRIX:
        return st.dictionaries(st.sampled_from(["r1", "r2"]), st.sampled_from(keys), min_size=1)
    if question.kind == NUMBER:
        return st.integers(0, 100).map(str)
    return st.sampled_from(["2026-01-02", "2025-12-31"]) if question.kind == "date" else st.text(min_size=1)
