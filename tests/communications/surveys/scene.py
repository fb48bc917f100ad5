"""Surveys of association A and of the union, made by the services themselves; also things for `tests.scenery`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from communications.models import Mailing, Survey, SurveyInvitation
from communications.services import answering, releasing, surveys
from communications.surveying import ready
from communications.surveying.questions import (
    LONG,
    SINGLE,
    Form,
    Option,
    Page,
    Question,
)
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from members.models import Party
from tests.billing import runs
from tests.cast import TODAY, Cast
from tests.members.community_scene import member

YES, NO = Option("o1", {"fi": "Kyllä", "sv": "Ja"}), Option("o2", {"fi": "Ei", "sv": "Nej"})
QUESTION = Question(
    "q1",
    SINGLE,
    {"fi": "Sopiiko kesäretki 6.6.?", "sv": "Passar sommarutfärden 6.6?"},
    required=True,
    options=(YES, NO),
)
FREE = Question("q2", LONG, {"fi": "Terveisiä?", "sv": "Hälsningar?"})
POLL = Form((Page((QUESTION,)),), thanks={"fi": "Nähdään retkellä.", "sv": "Vi ses på utfärden."})
TALK = Form((Page((QUESTION, FREE)),))
UNTIL = TODAY + timedelta(days=14)


def draft(
    cast: Cast, who: str = "aino", unit: str = "a", *, form: Form = POLL, kind: str = "poll", **further: Any
) -> Survey:
    values = {
        "title_fi": "Kesäretki",
        "title_sv": "Sommarutfärd",
        "languages": ["fi", "sv"],
        "grade": "pseudonymous",
        "audience": "members",
        "closes_on": UNTIL,
        "shown": "answered",
        "changeable": False,
    } | further
    return surveys.create(
        actor=cast.users[who], unit=cast.units[unit], kind=kind, values=values, form=form, token=uuid4()
    )


def opened(cast: Cast, who: str = "aino", unit: str = "a", on: date = TODAY, **further: Any) -> Survey:
    """Open, with everybody asked and the letters in the outbox."""
    made = draft(cast, who, unit, **further)
    surveys.open_survey(actor=cast.users[who], survey=made, on=on, at=clock.now())
    made.refresh_from_db()
    if made.job_id:
        runs.work_off(Job.objects.get(pk=made.job_id))
        made.refresh_from_db()
    return made


def invitation(survey: Survey, party: Party) -> SurveyInvitation:
    return SurveyInvitation.objects.select_related("survey__unit", "unit").get(survey=survey, party=party)


def members(cast: Cast, count: int, unit: str = "a") -> list[Party]:
    """So many further members of the association, with e-mail addresses."""
    return [
        member(cast, unit, f"Vastaaja{n}", f"Kyselynen{n}", email=f"vastaaja{n}@example.fi")
        for n in range(count)
    ]


def answer_all(survey: Survey, parties: Sequence[Party], answers: Sequence[dict[str, Any]]) -> None:
    for party, given in zip(parties, answers, strict=True):
        answering.answer(invitation=invitation(survey, party), answers=given, on=TODAY)


def situation(cast: Cast) -> Survey:
    """Of the union, to the associations below it."""
    return opened(
        cast,
        "riitta",
        "union",
        kind="situation",
        form=ready.BY_CODE["situation"].form,
        title_fi="Yhdistysten tilanne",
        languages=["fi"],
        grade="open",
        audience="units",
        shown="never",
        changeable=False,
    )


def things(cast: Cast) -> dict[str, Any]:
    maija = cast.parties["maija"]
    made = draft(cast, form=TALK, kind="survey")
    live = opened(cast, form=TALK, grade="open", changeable=True)
    answering.answer(invitation=invitation(live, maija), answers={"q1": "o1", "q2": "Hienoa"}, on=TODAY)
    link = opened(cast, grade="secret", audience="link", shown="answered")
    over = opened(cast)
    surveys.close(actor=cast.users["aino"], survey=over, at=clock.now())
    away = opened(cast)
    surveys.close(actor=cast.users["aino"], survey=away, at=clock.now())
    surveys.archive(actor=cast.users["aino"], survey=away)
    asked = SurveyInvitation.objects.get(survey=situation(cast), unit=cast.units["a"])
    own = invitation(live, maija)
    token = answering.token_of(own)
    return {
        "survey* pk": live.pk,
        "survey_questions pk": made.pk,
        "survey_question* pk": made.pk,
        "survey_question* key": "q2",
        "survey_question_new pk": made.pk,
        "survey_page_title pk": made.pk,
        "survey_page_title number": 0,
        "survey_open pk": made.pk,
        "survey_round* pk": live.pk,
        "survey_round* round_pk": Mailing.objects.get(survey=live).pk,
        "survey_delete pk": made.pk,
        "survey_reopen pk": over.pk,
        "survey_archive pk": over.pk,
        "survey_bring_back pk": away.pk,
        "survey_answer answer_pk": own.answer.pk,
        "survey_for_unit pk": asked.pk,
        "own_survey* pk": own.pk,
        "survey token": token,
        "survey_results token": token,
        "survey_open code": link.code,
        "survey_open_results code": link.code,
    }


def with_questions(form: Form, *further: Question) -> Form:
    last = form.pages[-1]
    return replace(form, pages=(*form.pages[:-1], replace(last, questions=(*last.questions, *further))))


def acts(cast: Cast) -> Iterator[tuple[str, Callable[[], Any]]]:
    """What locks, for the order of locks."""
    aino, maija = cast.users["aino"], cast.parties["maija"]
    made: list[Survey] = []
    yield "survey", lambda: made.append(draft(cast, grade="secret"))
    yield "questions of a survey", lambda: surveys.save_form(actor=aino, survey=made[0], form=TALK)
    yield "open a survey", lambda: surveys.open_survey(actor=aino, survey=made[0], on=TODAY, at=clock.now())
    yield "ask", lambda: runs.work_off(Job.objects.get(pk=Survey.objects.get(pk=made[0].pk).job_id))
    yield "freeze a round of a survey", lambda: releasing.advance(now=clock.now())
    yield (
        "answer a survey",
        lambda: answering.answer(invitation=invitation(made[0], maija), answers={"q1": "o1"}, on=TODAY),
    )
    yield "close a survey", lambda: surveys.close(actor=aino, survey=made[0], at=clock.now())
    yield "open a survey again", lambda: surveys.reopen(actor=aino, survey=made[0], on=TODAY)
