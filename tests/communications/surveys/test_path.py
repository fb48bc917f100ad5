"""Which questions are met: branching, screens, moving questions about; the JSON they are kept in."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communications.surveying import path, questions
from communications.surveying.questions import (
    SHORT,
    SINGLE,
    Condition,
    Form,
    FormError,
    Option,
    Page,
    Question,
)
from tests.communications.surveys.forms import answers, forms

YES_NO = (Option("o1", {"fi": "Kyllä"}), Option("o2", {"fi": "Ei"}))
FIRST = Question("q1", SINGLE, {"fi": "Onko sinulla metsää?"}, options=YES_NO)
MORE = Question("q2", SHORT, {"fi": "Paljonko?"}, required=True, condition=Condition("q1", ("o1",)))
OTHER = Question("q3", SHORT, {"fi": "Miksi ei?"}, condition=Condition("q1", ("o1",), has=False))
BRANCHED = Form((Page((FIRST, MORE, OTHER)),))


@st.composite
def _answered(draw: st.DrawFn) -> tuple[Form, dict[str, Any]]:
    form = draw(forms())
    return form, draw(answers(form))


def test_a_question_is_asked_by_its_condition() -> None:
    assert [q.key for q in path.on_way(BRANCHED, {"q1": "o1"})] == ["q1", "q2"]
    assert [q.key for q in path.on_way(BRANCHED, {"q1": "o2"})] == ["q1", "q3"]


def test_what_was_not_answered_fulfils_neither_condition() -> None:
    assert [q.key for q in path.on_way(BRANCHED, {})] == ["q1"]


def test_answers_off_the_way_are_not_kept() -> None:
    given = {"q1": "o2", "q2": "40 ha", "q3": "En tiedä"}
    assert path.kept(BRANCHED, given) == {"q1": "o2", "q3": "En tiedä"}


def test_required_questions_off_the_way_are_not_missed() -> None:
    assert path.missing(BRANCHED, {"q1": "o2"}) == []
    assert path.missing(BRANCHED, {"q1": "o1"}) == [MORE]


def test_a_page_is_parted_where_a_question_depends_on_it() -> None:
    assert [[q.key for q in screen.questions] for screen in path.screens(BRANCHED)] == [["q1"], ["q2", "q3"]]


@given(_answered())
def test_what_is_kept_is_on_the_way(made: tuple[Form, dict[str, Any]]) -> None:
    form, given_answers = made
    found = path.kept(form, given_answers)
    on_way = {question.key for question in path.on_way(form, given_answers)}
    assert found.keys() <= on_way & given_answers.keys()
    assert path.kept(form, found) == found
    assert path.on_way(form, found) == path.on_way(form, given_answers)


@given(_answered())
def test_a_later_answer_changes_nothing_before_it(made: tuple[Form, dict[str, Any]]) -> None:
    form, given_answers = made
    every = form.questions
    for n, question in enumerate(every):
        before = {q.key for q in every[:n]}
        fewer = {key: value for key, value in given_answers.items() if key in before}
        shown = question in path.on_way(form, given_answers)
        assert shown == path.shown(form, question, path.kept(form, fewer))


@given(forms())
def test_no_screen_depends_on_itself(form: Form) -> None:
    every = path.screens(form)
    assert [q for screen in every for q in screen.questions] == list(form.questions)
    for screen in every:
        keys = {q.key for q in screen.questions}
        assert not any(q.condition and q.condition.question in keys for q in screen.questions)


@given(_answered())
def test_stepping_meets_exactly_the_screens_with_something_on_the_way(
    made: tuple[Form, dict[str, Any]],
) -> None:
    form, given_answers = made
    every, on_way = path.screens(form), path.on_way(form, given_answers)
    met, at = [], path.step(form, given_answers, -1)
    while at is not None:
        met.append(at)
        at = path.step(form, given_answers, at)
    wanted = [n for n, screen in enumerate(every) if any(q in on_way for q in screen.questions)]
    assert met == wanted
    back = [path.step(form, given_answers, n, back=True) for n in wanted]
    assert back == [None, *wanted[:-1]][: len(wanted)]


# --- building ---------------------------------------------------------------------------------------------------------
@given(forms())
def test_json_keeps_everything(form: Form) -> None:
    assert questions.from_json(questions.to_json(form)) == form


@given(forms(), st.data())
def test_moving_loses_no_question_and_asks_nothing_ahead(form: Form, data: st.DataObject) -> None:
    key = data.draw(st.sampled_from([q.key for q in form.questions]))
    moved = questions.moved(form, key, down=data.draw(st.booleans()))
    assert sorted(q.key for q in moved.questions) == sorted(q.key for q in form.questions)
    for question in moved.questions:
        if question.condition:
            assert question.condition.question in {q.key for q in moved.before(question.key)}


@given(forms(), st.data())
def test_parting_and_joining_pages_keeps_the_order(form: Form, data: st.DataObject) -> None:
    key = data.draw(st.sampled_from([q.key for q in form.questions]))
    parted = questions.broken(form, key)
    assert parted.questions == form.questions
    assert all(page.questions for page in parted.pages)


def test_a_question_removed_takes_the_conditions_on_it() -> None:
    form = questions.without(BRANCHED, "q1")
    assert [(q.key, q.condition) for q in form.questions] == [("q2", None), ("q3", None)]


def test_options_keep_their_keys_by_their_text() -> None:
    found = questions.keyed([{"fi": "Ehkä"}, {"fi": "Kyllä"}], YES_NO, "o")
    assert [option.key for option in found] == ["o3", "o1"]


def test_what_is_not_understood_is_refused() -> None:
    good = questions.to_json(BRANCHED)
    for wrong in (
        None,
        {},
        good | {"version": 2},
        good | {"pages": [{"questions": [{"key": "q1", "kind": "script"}]}]},
    ):
        with pytest.raises(FormError):
            questions.from_json(wrong)
