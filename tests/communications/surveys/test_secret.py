"""A secret answer cannot be tied to whoever gave it: not by a key, the order, the time, nor by what PostgreSQL notes of a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from communications.models import SecretAnswer, Survey, SurveyAnswer, SurveyInvitation
from communications.services import answering, mixing, surveys
from jasenpalvelu.audit.models import Change, Mutation
from jasenpalvelu.common import clock
from members.models import Party
from tests.cast import TODAY, Cast
from tests.communications.surveys import scene

WORDS = [f"Vastaus numero {n}" for n in range(12)]


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def answered(cast: Cast) -> tuple[Survey, list[Party]]:
    """Twelve have answered one after another, each in a transaction of its own, each with words of their own."""
    people = scene.members(cast, 12)
    survey = scene.opened(cast, form=scene.TALK, grade="secret")
    scene.answer_all(survey, people, [{"q1": "o1", "q2": text} for text in WORDS])
    return survey, people


def rows(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


ANSWERS = (
    "SELECT xmin::text, ctid::text, answers->>'q2' FROM communications_secretanswer WHERE survey_id = %s"
)
MARKS = (
    "SELECT xmin::text, ctid::text, party_id FROM communications_surveyinvitation"
    " WHERE survey_id = %s AND answered_on IS NOT NULL"
)


@pytest.mark.django_db(transaction=True)
def test_all_carry_the_same_transaction(answered: tuple[Survey, list[Party]]) -> None:
    survey, _people = answered
    answers, marks = rows(ANSWERS, survey.pk), rows(MARKS, survey.pk)
    assert len(answers) == len(marks) == 12
    assert {row[0] for row in answers} == {row[0] for row in marks}
    assert len({row[0] for row in answers}) == 1


@pytest.mark.django_db(transaction=True)
def test_where_they_lie_tells_no_order(answered: tuple[Survey, list[Party]]) -> None:
    """In twelve answers the order of giving comes up by chance once in some 479 million times."""
    survey, _people = answered
    for column in ("ctid", "id"):
        found = rows(
            f"SELECT answers->>'q2' FROM communications_secretanswer WHERE survey_id = %s ORDER BY {column}",
            survey.pk,
        )
        told = [row[0] for row in found]
        assert sorted(told) == sorted(WORDS)
        assert told != WORDS
        assert told != WORDS[::-1]


@pytest.mark.django_db(transaction=True)
def test_when_it_has_closed_it_is_mixed_once_more(cast: Cast, answered: tuple[Survey, list[Party]]) -> None:
    survey, _people = answered
    before = set(SecretAnswer.objects.filter(survey=survey).values_list("pk", flat=True))
    surveys.close(actor=cast.users["aino"], survey=survey, at=clock.now())
    after = set(SecretAnswer.objects.filter(survey=survey).values_list("pk", flat=True))
    assert len(after) == 12
    assert not before & after
    transactions = {row[0] for row in rows(ANSWERS, survey.pk)} | {row[0] for row in rows(MARKS, survey.pk)}
    assert len(transactions) == 1


@pytest.mark.django_db(transaction=True)
def test_of_a_large_survey_marks_and_answers_are_mixed_apart(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only some are written anew with each answer, drawn for the two tables by themselves: what was written together says nothing."""
    monkeypatch.setattr(mixing, "MIXED", 4)
    people = scene.members(cast, 12)
    survey = scene.opened(cast, form=scene.TALK, grade="secret")
    scene.answer_all(survey, people, [{"q1": "o1", "q2": text} for text in WORDS])
    who = {party.pk: text for party, text in zip(people, WORDS, strict=True)}
    together = [
        (who[mark[2]], answer[2])
        for mark in rows(MARKS, survey.pk)
        for answer in rows(ANSWERS, survey.pk)
        if mark[0] == answer[0]
    ]
    assert sum(one == other for one, other in together) < len(people)
    by_transaction: dict[str, int] = {}
    for mark in rows(MARKS, survey.pk):
        by_transaction[mark[0]] = by_transaction.get(mark[0], 0) + 1
    assert max(by_transaction.values()) > 1


def test_nothing_beside_the_answer_is_stored(cast: Cast) -> None:
    """No time, no person, no language: the columns themselves. `fresh` tells of many at once that the figures do not count them."""
    assert {field.column for field in SecretAnswer._meta.concrete_fields} == {
        "id",
        "survey_id",
        "answers",
        "fresh",
    }
    maija = cast.parties["maija"]
    survey = scene.opened(cast, form=scene.TALK, grade="secret")
    changes, acts = Change.objects.count(), Mutation.objects.count()
    row = scene.invitation(survey, maija)
    answering.answer(invitation=row, answers={"q1": "o1"}, on=TODAY)
    assert (Change.objects.count(), Mutation.objects.count()) == (changes, acts)
    row.refresh_from_db()
    assert row.answered_on == TODAY
    assert (row.member_type, row.age_band, row.draft) == ("", "", None)
    assert not SurveyAnswer.objects.filter(survey=survey).exists()


def test_the_office_sees_neither_who_answered_nor_the_results_before_the_end(
    cast: Cast, client: Client
) -> None:
    survey = scene.opened(cast, grade="secret")
    people = list(
        SurveyInvitation.objects.filter(survey=survey).reached().select_related("survey__unit", "unit")
    )
    for row in people:
        answering.answer(invitation=row, answers={"q1": "o1"}, on=TODAY)
    cast.sign_in(client, "aino")
    shown = client.get(reverse("office:survey_results", args=[survey.pk])).context["results"]
    assert (shown.hidden, list(shown.questions)) == ("open", [])
    listed = client.get(reverse("office:survey_invited", args=[survey.pk]), {"nayta": "vastanneet"})
    assert len(listed.context["page"].rows) == SurveyInvitation.objects.filter(survey=survey).count()
    assert TODAY.strftime("%-d.%-m.%Y") not in _answers_column(listed.content.decode())
    for address in ("survey_answers", "survey_cross"):
        got = client.get(reverse(f"office:{address}", args=[survey.pk]))
        assert got.status_code == 404 or got.context["table"] is None


def _answers_column(page: str) -> str:
    return "".join(part for part in page.split("<td") if 'data-label="Vastaus"' in part)


def test_a_secret_answer_is_final(cast: Cast) -> None:
    survey = scene.opened(cast, grade="secret")
    row = scene.invitation(survey, cast.parties["maija"])
    answering.answer(invitation=row, answers={"q1": "o1"}, on=TODAY)
    with pytest.raises(answering.AnswerError, match="answered"):
        answering.answer(invitation=row, answers={"q1": "o2"}, on=TODAY)
    assert SecretAnswer.objects.get(survey=survey).answers == {"q1": "o1"}
