"""Who answered is forgotten when the survey's time is over: what was answered stays, and is nobody's (COM-5, REG-14)."""

from __future__ import annotations

from datetime import date, datetime

from dateutil.relativedelta import relativedelta
from django.db import transaction

from communications.models import Mailing, Survey, SurveyAnswer, SurveyInvitation, SurveyState
from communications.services import forgetting_mail
from communications.services.summing import FORGOTTEN
from jasenpalvelu.audit.services import mutation


def forget_respondents(*, on: date, at: datetime) -> int:
    """Surveys whose months have passed since they closed: how many were emptied of names.

    Answers lose their invitations, invitations the person and all that people are compared by; of the letters the figures stay. What an
    association answered of itself is nobody's data and stays.
    """
    rows = Survey.objects.filter(
        state__in=[SurveyState.CLOSED, SurveyState.ARCHIVED], forgotten_at=None, closed_at__isnull=False
    ).exclude(audience="units")
    count = 0
    for survey in rows.order_by("pk"):
        assert survey.closed_at is not None, "asked for above"
        if survey.closed_at.date() + relativedelta(months=survey.kept_months) <= on:
            _forget(survey, at)
            count += 1
    return count


def _forget(survey: Survey, at: datetime) -> None:
    with (
        transaction.atomic(),
        mutation(actor=None, kind="survey.forget", summary=survey.title, unit_id=survey.unit_id),
    ):
        Survey.objects.select_for_update(of=("self",)).get(pk=survey.pk)
        SurveyAnswer.objects.filter(survey=survey).update(invitation=None)
        SurveyInvitation.objects.filter(survey=survey).update(
            party=None, member_type="", age_band="", sent_at=None, reminded_at=None
        )
        told = Mailing.objects.filter(survey=survey).exclude(summary__has_key=FORGOTTEN)
        for mailing in told.order_by("pk"):
            forgetting_mail.close(key=mailing.pk)
        Survey.objects.filter(pk=survey.pk).update(forgotten_at=at)
