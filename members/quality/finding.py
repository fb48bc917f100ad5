"""The rules asked of a set of parties, in one statement: what is found is kept, what is not found any more goes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache

from django.db import connection, transaction

from jasenpalvelu.common.reference import postal_codes
from members.quality.rules import RULES

_PRESENT = """
asked AS MATERIALIZED (SELECT unnest(%(parties)s::bigint[]) AS party_id),
present AS MATERIALIZED (
  SELECT m.id, m.party_id, m.unit_id, m.type_id, m.holding_id, t.needs_holding, t.fee_bearing, t.federation_code, t.voting
  FROM members_membership m JOIN asked a ON a.party_id = m.party_id JOIN members_membershiptype t ON t.id = m.type_id
  WHERE m.state IN ('applied', 'active', 'lapsed')
),
people AS MATERIALIZED (SELECT DISTINCT party_id FROM present)"""
_FOUND = "SELECT r.party_id, '{code}' AS rule, r.subject, md5(r.fact) AS fact, {severity} AS severity FROM ({sql}) r (party_id, subject, fact)"


@cache
def _statement() -> str:
    parts = [_FOUND.format(code=rule.code, severity=int(rule.severity), sql=rule.sql) for rule in RULES]
    return f"""
WITH {_PRESENT},
found AS MATERIALIZED (
  SELECT DISTINCT ON (party_id, rule, subject) * FROM ({" UNION ALL ".join(parts)}) every
  ORDER BY party_id, rule, subject, fact
), gone AS (
  DELETE FROM members_qualityissue q USING asked a WHERE q.party_id = a.party_id
    AND NOT EXISTS (SELECT 1 FROM found f WHERE (f.party_id, f.rule, f.subject) = (q.party_id, q.rule, q.subject))
)
INSERT INTO members_qualityissue AS q (party_id, rule, subject, fact, severity, found_on)
SELECT party_id, rule, subject, fact, severity, %(today)s FROM found
ON CONFLICT (party_id, rule, subject) DO UPDATE SET fact = excluded.fact, severity = excluded.severity,
  found_on = CASE WHEN q.fact = excluded.fact THEN q.found_on ELSE excluded.found_on END
WHERE (q.fact, q.severity) IS DISTINCT FROM (excluded.fact, excluded.severity)"""  # noqa: S608 -- from the rules alone


@cache
def _offices() -> tuple[list[str], list[str]]:
    """Every postal code with the names of its post office, in both languages and as people and machines write them: the
    database's own letters have no case beyond A to Z."""
    pairs = [
        (code, spelt)
        for code, place in postal_codes().items()
        for name in sorted({place.name_fi, place.name_sv} - {""})
        for spelt in sorted({name, name.upper(), name.title()})
    ]
    return [code for code, _name in pairs], [name for _code, name in pairs]


def find(*, parties: Iterable[int], on: date) -> None:
    """Recompute the issues of these parties. Repeating changes nothing."""
    keys = sorted(set(parties))
    if not keys:
        return
    codes, offices = _offices()
    with transaction.atomic(), connection.cursor() as cursor:
        # One recomputing at a time, so that two of the same party do not wait for each other in a circle.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('members.quality'))")
        cursor.execute(_statement(), {"parties": keys, "today": on, "codes": codes, "offices": offices})
