"""How associations stand: counted from the issues, set-based, and kept, so that a region's page sums rows (REG-16)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from members.models import QualityScore
from members.models.quality import Severity
from members.quality.rules import RULES

# A member is without issues when nothing has to be put right; what is only worth a look does not count.
_COUNT = """
WITH counted AS MATERIALIZED (
  SELECT DISTINCT m.unit_id, m.party_id FROM members_membership m
  WHERE m.unit_id = ANY(%(units)s) AND m.state IN ('applied', 'active', 'lapsed')
), waiting AS MATERIALIZED (
  SELECT DISTINCT c.unit_id, q.party_id, q.rule, q.severity FROM counted c JOIN members_qualityissue q ON q.party_id = c.party_id
  JOIN members_party p ON p.id = q.party_id
  WHERE NOT EXISTS (SELECT 1 FROM members_qualitydismissal d
      WHERE (d.party_id, d.rule, d.subject, d.fact) = (q.party_id, q.rule, q.subject, q.fact))
    AND NOT (p.non_disclosure AND q.rule = ANY(%(hiding)s))
), rules AS (
  SELECT unit_id, jsonb_object_agg(rule, n) AS found
  FROM (SELECT unit_id, rule, count(*) AS n FROM waiting GROUP BY unit_id, rule) per_rule GROUP BY unit_id
), bad AS (
  SELECT unit_id, count(DISTINCT party_id) AS n FROM waiting WHERE severity >= %(counts)s GROUP BY unit_id
), everybody AS (SELECT unit_id, count(*) AS n FROM counted GROUP BY unit_id)
INSERT INTO members_qualityscore (unit_id, members, in_order, found, counted_at)
SELECT u.id, coalesce(e.n, 0), coalesce(e.n, 0) - coalesce(b.n, 0), coalesce(r.found, '{}'), %(at)s
FROM members_orgunit u LEFT JOIN everybody e ON e.unit_id = u.id LEFT JOIN bad b ON b.unit_id = u.id
LEFT JOIN rules r ON r.unit_id = u.id WHERE u.id = ANY(%(units)s) AND (e.n > 0 OR EXISTS
  (SELECT 1 FROM members_qualityscore s WHERE s.unit_id = u.id))
ORDER BY u.id
ON CONFLICT (unit_id) DO UPDATE SET members = excluded.members, in_order = excluded.in_order, found = excluded.found,
  counted_at = excluded.counted_at"""


def count(*, units: Iterable[int], at: datetime) -> None:
    """Count these associations anew."""
    values: dict[str, Any] = {
        "units": sorted(set(units)),
        "hiding": [rule.code for rule in RULES if rule.hides_protected],
        "counts": int(Severity.WARNING),
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, values)


@dataclass(frozen=True)
class Score:
    """Of one association, or of all of a reach together: a member of two associations is in both."""

    members: int
    clean: int
    found: dict[str, int]

    @property
    def share(self) -> Decimal | None:
        """The share of members without issues; None where there are no members."""
        return Decimal(self.clean) / self.members if self.members else None


def together(scores: Iterable[QualityScore]) -> Score:
    members = clean = 0
    found: dict[str, int] = {}
    for score in scores:
        members, clean = members + score.members, clean + score.in_order
        for rule, n in score.found.items():
            found[rule] = found.get(rule, 0) + n
    return Score(members, clean, found)
