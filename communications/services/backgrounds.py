"""What answers are compared by: type of membership and age of the respondent, written with the invitation (COM-5).

Of a secret survey nothing of it is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import connection

from communications.models import Survey

# First years of the age bands: younger than 30, 30–44, 45–59, 60–74, 75 and older.
BANDS = ((30, "0-29"), (45, "30-44"), (60, "45-59"), (75, "60-74"))


def band() -> str:
    """SQL: the age band of the person `s` on the day %(on)s; nothing where the age is not known."""
    years = "extract(year FROM age(%(on)s::date, s.birth_date))"
    cases = " ".join(f"WHEN {years} < {limit} THEN '{name}'" for limit, name in BANDS)
    return f"CASE WHEN s.birth_date IS NULL THEN '' {cases} ELSE '75-' END"


_FILL = f"""
UPDATE communications_surveyinvitation i SET
  member_type = coalesce(m.federation_code, ''), age_band = {band()}
FROM members_party p LEFT JOIN members_person s ON s.party_id = p.id
LEFT JOIN LATERAL (SELECT t.federation_code FROM members_membership m
  JOIN members_membershiptype t ON t.id = m.type_id
  WHERE m.party_id = p.id AND m.started_on <= %(on)s AND (m.ended_on IS NULL OR m.ended_on > %(on)s)
    AND m.unit_id = (SELECT unit_id FROM communications_surveyinvitation WHERE survey_id = %(survey)s AND party_id = p.id)
  ORDER BY m.started_on, m.id LIMIT 1) m ON true
WHERE i.survey_id = %(survey)s AND i.party_id = ANY(%(parties)s) AND p.id = i.party_id
  AND i.member_type = '' AND i.age_band = ''
"""  # noqa: S608 -- names of our own


def fill(*, survey: Survey, parties: Sequence[int], on: date) -> None:
    """For invitations that were made without it, as those of a poll in a letter. In the caller's transaction."""
    if survey.is_secret:
        return
    with connection.cursor() as cursor:
        cursor.execute(_FILL, {"survey": survey.pk, "parties": list(parties), "on": on})
