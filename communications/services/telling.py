"""When the figures of a survey move: at least five answers at a time (COM-5, ADR 0026).

Whoever sees the figures before and after one answer reads the answer out of them. So an answer is counted together with at least four
others, and while the survey is open at least five are kept back: what closing then adds is never one answer either. A survey that was
closed and told keeps its figures when it is opened again, until five more have answered.
"""

from __future__ import annotations

from django.db import connection

from communications.models import Grade, SecretAnswer, Survey, SurveyAnswer, SurveyAudience
from communications.surveying.hiding import LEAST

_OF_PEOPLE = """
UPDATE communications_surveyanswer SET told = answers, fresh = false WHERE id IN (
  SELECT id FROM communications_surveyanswer WHERE survey_id = %s AND fresh ORDER BY random() LIMIT %s)
"""
_OF_NOBODY = """
UPDATE communications_secretanswer SET fresh = false WHERE id IN (
  SELECT id FROM communications_secretanswer WHERE survey_id = %s AND fresh ORDER BY random() LIMIT %s)
"""


def tell(survey: Survey, *, over: bool) -> None:
    """Count what may be counted now; which of the answers is drawn by lot. The caller holds the survey alone.

    Of a secret survey that asked people by invitation nothing is counted before it is over; of an open one everything always is.
    """
    if survey.grade == Grade.OPEN:
        return
    if survey.is_secret and survey.audience != SurveyAudience.LINK and not over:
        return
    rows = SecretAnswer.objects if survey.is_secret else SurveyAnswer.objects
    more = rows.filter(survey=survey, fresh=True).count() - (0 if over else LEAST)
    if more < LEAST:
        return
    with connection.cursor() as cursor:
        cursor.execute(_OF_NOBODY if survey.is_secret else _OF_PEOPLE, [survey.pk, more])
