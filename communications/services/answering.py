"""Taking answers: one for each who is asked, by a POST only, kept as the survey's grade promises (COM-5, ADR 0026).

No history is written of it and no mutation opened: both carry the time and the login, which a secret answer must not be near.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core import signing
from django.db import connection, transaction

from communications.models import Survey, SurveyAnswer, SurveyInvitation
from communications.models.surveys import SurveyInvitationQuerySet, SurveyState
from communications.services import mixing, telling
from communications.surveying.path import kept
from jasenpalvelu.accounts.models import User

SALT = "communications.survey"


class AnswerError(Exception):
    """`code`: closed (no answers are taken), answered (there is one, and it is not changed)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


# --- links ------------------------------------------------------------------------------------------------------------
def token_of(invitation: SurveyInvitation) -> str:
    """What stands in the address of the page. Raising `version` makes it void."""
    return token_for(invitation.pk, invitation.version)


def token_for(pk: int, version: int) -> str:
    return signing.dumps([pk, version], salt=SALT, compress=False)


def by_token(token: str) -> SurveyInvitation | None:
    """The invitation of a person; None for a link that is false or void. That the survey is over is told on its page."""
    try:
        pk, version = signing.loads(token, salt=SALT)
    except (signing.BadSignature, TypeError, ValueError):
        return None
    return _rows().filter(pk=pk, version=version, for_unit=False).first()


def of_party(party_id: int, pk: int) -> SurveyInvitation | None:
    return _rows().reached().filter(pk=pk, party=party_id).first()


def by_code(code: UUID) -> Survey | None:
    """The survey of a public link."""
    rows = Survey.objects.filter(code=code, audience="link").exclude(state=SurveyState.DRAFT)
    return rows.select_related("unit").first()


def waiting_for(party_id: int, on: date) -> SurveyInvitationQuerySet:
    """What somebody who is logged in may answer now, the first to close first."""
    return _rows().filter(party=party_id).waiting(on).order_by("survey__closes_on", "pk")


def _rows() -> SurveyInvitationQuerySet:
    rows = SurveyInvitation.objects.exclude(survey__state=SurveyState.DRAFT)
    return rows.select_related("survey__unit", "unit", "answer")


def invite(*, survey_id: int, parties: list[tuple[int, int | None, str]]) -> dict[int, str]:
    """The tokens of those who get a letter with the poll in it: party, association, language of each. Whoever has one keeps it."""
    wanted = [
        SurveyInvitation(survey_id=survey_id, party_id=party, unit_id=unit, language=language)
        for party, unit, language in parties
    ]
    with transaction.atomic():
        SurveyInvitation.objects.bulk_create(wanted, ignore_conflicts=True, batch_size=1000)
        rows = SurveyInvitation.objects.filter(survey=survey_id, party__in=[p for p, _u, _l in parties])
        return {row.party_id: token_of(row) for row in rows.order_by("pk") if row.party_id is not None}


# --- answers ----------------------------------------------------------------------------------------------------------
def answer(
    *, invitation: SurveyInvitation, answers: dict[str, Any], on: date, actor: User | None = None
) -> None:
    """The answer of one who is asked. Of what was answered off the way nothing is kept. AnswerError: closed, answered.

    A second sending of the same answer waits for the first and then finds it: one answer each. `actor` is told of an
    association's answer only.
    """
    with transaction.atomic():
        survey = _taking(invitation.survey_id, on)
        row = SurveyInvitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
        if row.answered_on is not None and not survey.changeable:
            raise AnswerError("answered")
        row.answered_on, row.draft = on, None
        if row.for_unit:
            row.draft_by = actor
        row.save(update_fields=["answered_on", "draft", "draft_by"])
        clean = kept(survey.form, answers)
        if survey.is_secret:
            mixing.add(survey.pk, clean)
        else:
            _keep(survey, row, clean)
        telling.tell(survey, over=False)


def _keep(survey: Survey, row: SurveyInvitation, answers: dict[str, Any]) -> None:
    """One that says what the figures count of it already is no news for them."""
    found = SurveyAnswer.objects.filter(invitation=row).first() or SurveyAnswer(survey=survey, invitation=row)
    found.answers, found.fresh = answers, found.told is None or found.told != answers
    found.save()


def answer_openly(*, survey: Survey, answers: dict[str, Any], on: date) -> None:
    """The answer of somebody unknown through a public link. AnswerError: closed."""
    with transaction.atomic():
        found = _taking(survey.pk, on)
        mixing.add(found.pk, kept(found.form, answers))
        telling.tell(found, over=False)


def save_draft(
    *, invitation: SurveyInvitation, answers: dict[str, Any], actor: User, on: date, at: datetime
) -> None:
    """What an association's people have written so far: the next colleague goes on from it. AnswerError: closed, answered."""
    with transaction.atomic():
        survey = _taking(invitation.survey_id, on)
        row = SurveyInvitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
        if row.answered_on is not None and not survey.changeable:
            raise AnswerError("answered")
        row.draft, row.draft_by, row.draft_at = answers, actor, at
        row.save(update_fields=["draft", "draft_by", "draft_at"])


def may_change(invitation: SurveyInvitation, on: date) -> bool:
    """Whether an answer may still be given or changed."""
    survey = invitation.survey
    return survey.takes_answers(on) and (invitation.answered_on is None or survey.changeable)


def given(invitation: SurveyInvitation) -> dict[str, Any]:
    """What was answered before, where that is known; of an association, what has been written so far."""
    if invitation.draft is not None:
        return dict(invitation.draft)
    found = getattr(invitation, "answer", None)
    return dict(found.answers) if found is not None else {}


def _taking(survey_id: int, on: date) -> Survey:
    """The survey, held so that it does not close meanwhile: shared by answers of an open one; alone by the others', as these are mixed
    and counted several at a time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM communications_survey WHERE id = %s AND grade = 'open' FOR SHARE", [survey_id]
        )
        shared = cursor.fetchone() is not None
    rows = Survey.objects.all() if shared else Survey.objects.select_for_update(of=("self",))
    survey = rows.get(pk=survey_id)
    if not survey.takes_answers(on):
        raise AnswerError("closed")
    return survey
