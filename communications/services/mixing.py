"""Secret answers among each other: written so that nothing in the database ties one to whoever gave it (ADR 0026).

A row of PostgreSQL tells by itself when it was written: `xmin` names its transaction, `ctid` where it landed. A mark "answered"
and an answer that carry the same transaction are a pair. So each answer is written together with others of its survey, which are
drawn by lot, taken out and put back with new keys in an order drawn by lot, and the marks of others are written anew in the same
transaction. After five answers there are five marks and five answers of the last transaction, in no order.
"""

from __future__ import annotations

import json
from typing import Any

from django.db import connection

# Written anew with each answer: all of a small survey, so many of a large one.
MIXED = 200

_ADD = """
WITH gone AS (
  DELETE FROM communications_secretanswer WHERE id IN (
    SELECT id FROM communications_secretanswer WHERE survey_id = %(survey)s ORDER BY random() LIMIT %(mixed)s)
  RETURNING answers, fresh)
INSERT INTO communications_secretanswer (id, survey_id, answers, fresh)
SELECT gen_random_uuid(), %(survey)s, every.answers, every.fresh
FROM (SELECT answers, fresh FROM gone UNION ALL SELECT %(answers)s::jsonb, true) every ORDER BY random()
"""
_MARKS = """
UPDATE communications_surveyinvitation SET answered_on = answered_on WHERE id IN (
  SELECT id FROM communications_surveyinvitation
  WHERE survey_id = %(survey)s AND answered_on IS NOT NULL ORDER BY random() LIMIT %(mixed)s)
"""
_ALL = """
WITH gone AS (DELETE FROM communications_secretanswer WHERE survey_id = %(survey)s RETURNING answers, fresh)
INSERT INTO communications_secretanswer (id, survey_id, answers, fresh)
SELECT gen_random_uuid(), %(survey)s, answers, fresh FROM gone ORDER BY random()
"""
# A few answers that the figures do not count, and a few marks of a later day than the others: each would name the other.
_SAME_DAY = """
UPDATE communications_surveyinvitation SET answered_on = (
  SELECT max(answered_on) FROM communications_surveyinvitation WHERE survey_id = %(survey)s)
WHERE survey_id = %(survey)s AND answered_on IS NOT NULL
AND EXISTS (SELECT FROM communications_secretanswer WHERE survey_id = %(survey)s AND fresh)
"""


def add(survey_id: int, answers: dict[str, Any]) -> None:
    """One answer among the others. The caller holds the survey, so that two do not mix at once, and writes the mark before."""
    params: dict[str, str | int] = {
        "survey": survey_id,
        "mixed": MIXED,
        "answers": json.dumps(answers, ensure_ascii=False),
    }
    with connection.cursor() as cursor:
        cursor.execute(_ADD, params)
        cursor.execute(_MARKS, params)


def mix_all(survey_id: int) -> None:
    """Every answer and every mark once more, when nothing is added any longer; all of one day where some are not counted."""
    with connection.cursor() as cursor:
        cursor.execute(_ALL, {"survey": survey_id})
        cursor.execute(_MARKS, {"survey": survey_id, "mixed": None})  # LIMIT NULL: no limit
        cursor.execute(_SAME_DAY, {"survey": survey_id})
