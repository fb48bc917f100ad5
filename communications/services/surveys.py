"""Making a survey and what becomes of it: written, opened, closed, opened again, put away (COM-5)."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from communications.models import Mailing, Survey, SurveyState
from communications.models.surveys import LONGEST
from communications.services import asking, mixing, releasing, telling
from communications.surveying import questions
from communications.surveying.questions import Form
from communications.surveying.readiness import Problem, problems
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.jobs.services import enqueue
from members.models import OrgUnit
from members.services import joining

SETTINGS = (
    "title_fi", "title_sv", "title_en", "languages", "grade", "audience", "segment", "closes_on", "changeable", "shown",
    "kept_months",
)  # fmt: skip
# What may still be changed of one that takes answers.
LATER = ("closes_on", "shown")
# How long an old survey without a last day is open again.
AGAIN = timedelta(days=30)
SEND_JOB = "communications.survey_send"
SENT_BY_MAIL = frozenset({"members", "segment", "units"})


class SurveyError(Exception):
    """`code`: state (it is not in the state for it), problems (something is missing; see `problems`), past (its last day has
    passed), day (a public link needs a last day), under_way, early (of letters: see AskingError)."""

    def __init__(self, code: str, found: list[Problem] | None = None) -> None:
        super().__init__(code)
        self.code, self.problems = code, found or []


def create(
    *,
    actor: User | None,
    unit: OrgUnit,
    kind: str,
    values: dict[str, Any],
    form: Form,
    token: UUID | None = None,
) -> Survey:
    """A draft. `token`: of the page's form, so that one sent twice makes one survey (joining.SentAlready)."""
    with mutation(actor=actor, kind="survey.create", summary=values["title_fi"], unit_id=unit.pk):
        made = Survey(unit=unit, kind=kind, created_by=actor, spec=questions.to_json(form))
        _fill(made, values, SETTINGS)
        made.save(force_insert=True)
        if token is not None:
            joining.spend(token, made.pk)
    return made


def save_settings(*, actor: User | None, survey: Survey, values: dict[str, Any]) -> Survey:
    """Of a draft everything; of an open one only when it ends and whether respondents see the results."""
    with mutation(actor=actor, kind="survey.edit", summary=survey.title, unit_id=survey.unit_id):
        found = _locked(survey, SurveyState.DRAFT, SurveyState.OPEN)
        _fill(found, values, SETTINGS if found.state == SurveyState.DRAFT else LATER)
        found.save()
    return found


def save_form(*, actor: User | None, survey: Survey, form: Form) -> Survey:
    """What is asked; of a draft only, as others have answered what stood there."""
    with mutation(actor=actor, kind="survey.questions", summary=survey.title, unit_id=survey.unit_id):
        found = _locked(survey, SurveyState.DRAFT)
        found.spec = questions.to_json(questions.from_json(questions.to_json(form)))
        found.save(update_fields=["spec"])
    return found


def copy(*, actor: User | None, survey: Survey, unit: OrgUnit, title: str) -> Survey:
    """The same questions and settings as a new draft of the unit."""
    values = {name: getattr(survey, name) for name in SETTINGS}
    segment = survey.segment if survey.segment and survey.segment.removed_at is None else None
    values |= {"title_fi": title[:120], "closes_on": None, "segment": segment}
    return create(actor=actor, unit=unit, kind=survey.kind, values=values, form=survey.form)


def delete_draft(*, actor: User | None, survey: Survey) -> None:
    with mutation(actor=actor, kind="survey.delete", summary=survey.title, unit_id=survey.unit_id):
        _locked(survey, SurveyState.DRAFT).delete()


def open_survey(
    *, actor: User | None, survey: Survey, on: date, at: datetime, letters: bool = True
) -> Survey:
    """Answers are taken from now on. Who is asked is settled, and the letters sent, by a job; not
    so without `letters`, as in the demo.

    SurveyError: state, problems, past, day.
    """
    with mutation(actor=actor, kind="survey.open", summary=survey.title, unit_id=survey.unit_id):
        found = _locked(survey, SurveyState.DRAFT)
        if wrong := problems(found.form, found.languages):
            raise SurveyError("problems", wrong)
        if found.closes_on is None and found.audience == "link":
            raise SurveyError("day")
        if found.closes_on is not None and found.closes_on < on:
            raise SurveyError("past")
        found.state, found.opened_at = SurveyState.OPEN, at
        if found.audience in SENT_BY_MAIL and letters:
            found.job_id = _send(found, actor, remind=False)
        else:
            found.settled_at = at
        found.save()
    return found


def remind(*, actor: User, survey: Survey, on: date, at: datetime) -> Survey:
    """The next letters, a day at least after the last ones: to those who are asked and have not answered; the invitations, where none
    have left. SurveyError: state, under_way, early."""
    with mutation(actor=actor, kind="survey.remind", summary=survey.title, unit_id=survey.unit_id):
        found = _locked(survey, SurveyState.OPEN)
        if not found.takes_answers(on) or found.settled_at is None or found.audience not in SENT_BY_MAIL:
            raise SurveyError("state")
        if not found.of_units:
            _ask(found, actor, at)
            return found
        found.job_id = _send(found, actor, remind=True)
        found.save(update_fields=["job_id"])
    return found


def _ask(survey: Survey, actor: User, at: datetime) -> None:
    try:
        asking.ask(survey=survey, actor=actor, at=at)
    except asking.AskingError as error:
        raise SurveyError(error.code) from error


def close(*, actor: User | None, survey: Survey, at: datetime) -> Survey:
    """No more answers, and no more letters. Secret ones are written anew in an order drawn by lot, all in one."""
    with mutation(actor=actor, kind="survey.close", summary=survey.title, unit_id=survey.unit_id):
        found = _locked(survey, SurveyState.OPEN)
        found.state, found.closed_at = SurveyState.CLOSED, at
        found.save(update_fields=["state", "closed_at"])
        _stop_letters(found, actor)
        telling.tell(found, over=True)
        if found.is_secret:
            mixing.mix_all(found.pk)
    return found


def _stop_letters(survey: Survey, actor: User | None) -> None:
    for mailing in Mailing.objects.filter(survey=survey).under_way().order_by("pk"):
        with suppress(releasing.ReleaseError):  # the last one has left in this very moment
            releasing.cancel(mailing=mailing, actor=actor)


def reopen(*, actor: User, survey: Survey, on: date) -> Survey:
    """Closing taken back: the same links work again. One whose last day has passed has none any more; an old one without is open for a
    month, and its last day may be moved. Figures that have been told stay as they are until five more have answered (`telling`)."""
    with mutation(actor=actor, kind="survey.reopen", summary=survey.title, unit_id=survey.unit_id):
        found = _locked(survey, SurveyState.CLOSED)
        if found.forgotten_at is not None:
            raise SurveyError("state")
        if found.closes_on is not None and found.closes_on < on:
            if found.audience == "link":
                raise SurveyError("day")
            found.closes_on = None
        if found.closes_on is None and found.opened_at and found.opened_at.date() < on - LONGEST:
            found.closes_on = on + AGAIN
        found.state, found.closed_at = SurveyState.OPEN, None
        found.save(update_fields=["state", "closed_at", "closes_on"])
    return found


def archive(*, actor: User | None, survey: Survey) -> Survey:
    """Out of the way of the list; the results stay."""
    return _put(actor, survey, "survey.archive", SurveyState.CLOSED, SurveyState.ARCHIVED)


def bring_back(*, actor: User | None, survey: Survey) -> Survey:
    return _put(actor, survey, "survey.bring_back", SurveyState.ARCHIVED, SurveyState.CLOSED)


def close_due(*, on: date, at: datetime) -> int:
    """Close those whose last day has passed, each by itself; how many."""
    count = 0
    for survey in Survey.objects.to_close(on).order_by("pk"):
        try:
            with transaction.atomic():
                close(actor=None, survey=survey, at=at)
        except SurveyError:  # somebody was quicker
            continue
        count += 1
    return count


def _put(actor: User | None, survey: Survey, kind: str, before: str, after: str) -> Survey:
    with mutation(actor=actor, kind=kind, summary=survey.title, unit_id=survey.unit_id):
        found = _locked(survey, before)
        found.state = after
        found.save(update_fields=["state"])
    return found


def _locked(survey: Survey, *states: str) -> Survey:
    """The survey as it is now, held; SurveyError when it is in another state."""
    found = Survey.objects.select_for_update(of=("self",)).filter(pk=survey.pk).first()
    if found is None or found.state not in states:
        raise SurveyError("state")
    return found


def _fill(survey: Survey, values: dict[str, Any], names: tuple[str, ...]) -> None:
    for name in names:
        if name in values:
            setattr(survey, name, values[name])


def _send(survey: Survey, actor: User | None, *, remind: bool) -> UUID:
    job = enqueue(
        kind=SEND_JOB,
        title=survey.title,
        owner=actor,
        unit_id=survey.unit_id,
        params={"survey": survey.pk, "remind": remind},
        dedupe_key=str(survey.pk),
        capability="surveys.edit",
    )
    return job.pk
