"""The scan of the register for members who stand in it twice (REG-10): a chunk of parties against everybody.

Candidates are found set-based by keys that have an index each, weighed by `members.likeness`, and kept as pairs. A pair that
somebody has called two members is never asked about again; one that nothing speaks for any more goes away by itself.
Nobody under a non-disclosure order is in a pair (ADR 0012).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from members.likeness import LEAST, Likeness, Names, weigh
from members.models import Party

# So many parties may share a key and still be compared: the address of a home for the aged is no reason.
CROWD = 40
# Changes that were being written when the last scan began may have earlier numbers than those it saw.
OVERLAP = 50_000
TABLES = (
    "members_party", "members_person", "members_organisation", "members_contactpoint", "members_holdingmember",
    "members_formernumber",
)  # fmt: skip

# Each branch reads one index; `upward` looks only at later parties, when every party has its turn.
_CANDIDATES = """
WITH mine AS MATERIALIZED (
  SELECT p.id, p.kind, p.sort_key, q.first_names, q.last_name, q.birth_date, o.y_tunnus
  FROM members_party p LEFT JOIN members_person q ON q.party_id = p.id LEFT JOIN members_organisation o ON o.party_id = p.id
  WHERE p.id = ANY(%(ids)s) AND NOT p.non_disclosure AND p.merged_into_id IS NULL AND q.deceased_on IS NULL
), found AS (
  SELECT m.id AS mine, y.party_id AS other, x.kind AS reason
  FROM mine m JOIN members_contactpoint x ON x.party_id = m.id AND x.valid_to IS NULL AND x.value <> ''
  CROSS JOIN LATERAL (SELECT c.party_id FROM members_contactpoint c WHERE c.key = x.key AND c.kind = x.kind
    AND c.valid_to IS NULL AND c.party_id <> m.id LIMIT %(crowd)s) y
  UNION ALL
  SELECT m.id, y.party_id, 'birth' FROM mine m
  CROSS JOIN LATERAL (SELECT c.party_id FROM members_person c WHERE c.birth_date = m.birth_date AND c.party_id <> m.id
    AND (left(lower(c.last_name), 3) = left(lower(m.last_name), 3)
      OR split_part(lower(c.first_names), ' ', 1) = split_part(lower(m.first_names), ' ', 1)
      OR lower(c.last_name) = lower(m.first_names)) LIMIT %(crowd)s) y
  UNION ALL
  SELECT m.id, y.id, 'place' FROM mine m
  JOIN members_contactpoint x ON x.party_id = m.id AND x.kind = 'address' AND x.valid_to IS NULL AND x.postal_code <> ''
  CROSS JOIN LATERAL (SELECT c.id FROM members_party c JOIN members_contactpoint k ON k.party_id = c.id
    AND k.kind = 'address' AND k.valid_to IS NULL AND k.postal_code = x.postal_code
    WHERE c.sort_key = m.sort_key AND c.id <> m.id LIMIT %(crowd)s) y
  UNION ALL
  SELECT m.id, y.party_id, 'holding' FROM mine m
  JOIN members_holdingmember x ON x.party_id = m.id AND x.valid_to IS NULL
  CROSS JOIN LATERAL (SELECT c.party_id FROM members_holdingmember c WHERE c.holding_id = x.holding_id
    AND c.valid_to IS NULL AND c.party_id <> m.id LIMIT %(crowd)s) y
  UNION ALL
  SELECT m.id, y.party_id, 'number' FROM mine m JOIN members_formernumber x ON x.party_id = m.id
  CROSS JOIN LATERAL (SELECT c.party_id FROM members_formernumber c WHERE c.number = x.number AND c.unit_id = x.unit_id
    AND c.party_id <> m.id LIMIT %(crowd)s) y
  UNION ALL
  SELECT m.id, y.party_id, 'y_tunnus' FROM mine m
  CROSS JOIN LATERAL (SELECT c.party_id FROM members_organisation c WHERE c.y_tunnus = m.y_tunnus AND c.y_tunnus <> ''
    AND c.party_id <> m.id LIMIT %(crowd)s) y
), pairs AS (
  SELECT least(mine, other) AS one, greatest(mine, other) AS other, array_agg(DISTINCT reason) AS reasons
  FROM found WHERE NOT %(upward)s OR other > mine GROUP BY 1, 2
)
SELECT s.one, s.other, s.reasons, a.kind, coalesce(qa.last_name, a.display_name), coalesce(qa.first_names, ''), qa.birth_date,
  b.kind, coalesce(qb.last_name, b.display_name), coalesce(qb.first_names, ''), qb.birth_date,
  EXISTS (SELECT 1 FROM members_contactpoint x JOIN members_contactpoint y ON y.postal_code = x.postal_code
    WHERE x.party_id = s.one AND y.party_id = s.other AND x.kind = 'address' AND y.kind = 'address'
      AND x.valid_to IS NULL AND y.valid_to IS NULL AND x.postal_code <> '')
FROM pairs s
JOIN members_party a ON a.id = s.one AND NOT a.non_disclosure AND a.merged_into_id IS NULL
JOIN members_party b ON b.id = s.other AND NOT b.non_disclosure AND b.merged_into_id IS NULL AND b.kind = a.kind
LEFT JOIN members_person qa ON qa.party_id = a.id LEFT JOIN members_person qb ON qb.party_id = b.id
WHERE qa.deceased_on IS NULL AND qb.deceased_on IS NULL AND (a.kind = 'organisation'
  OR left(lower(qa.first_names), 1) IN (left(lower(qb.first_names), 1), left(lower(qb.last_name), 1))
  OR position(lower(qa.first_names) IN lower(qb.first_names)) > 0 OR position(lower(qb.first_names) IN lower(qa.first_names)) > 0)
"""

_KEEP = """
INSERT INTO members_duplicatepair (one_id, other_id, reasons, score, tellable, found_on)
SELECT k.one, k.other, k.reasons::jsonb, k.score, k.tellable, %(on)s
FROM unnest(%(ones)s::bigint[], %(others)s::bigint[], %(reasons)s::text[], %(scores)s::int[], %(tellables)s::bool[])
  AS k(one, other, reasons, score, tellable)
ON CONFLICT (one_id, other_id) DO UPDATE SET reasons = excluded.reasons, score = excluded.score, tellable = excluded.tellable
WHERE members_duplicatepair.decided_at IS NULL AND (members_duplicatepair.reasons, members_duplicatepair.score,
  members_duplicatepair.tellable) IS DISTINCT FROM (excluded.reasons, excluded.score, excluded.tellable)
"""

# What the scan found before and finds no more. What an import found, or somebody has asked about, stays.
_FORGET = """
DELETE FROM members_duplicatepair d WHERE d.unit_id IS NULL AND d.decided_at IS NULL AND d.asked_at IS NULL
AND (d.one_id = ANY(%(ids)s) OR (NOT %(upward)s AND d.other_id = ANY(%(ids)s)))
AND NOT EXISTS (SELECT 1 FROM unnest(%(ones)s::bigint[], %(others)s::bigint[]) AS k(one, other)
  WHERE k.one = d.one_id AND k.other = d.other_id)
"""


@dataclass(frozen=True)
class Found:
    """A pair above the threshold."""

    one: int
    other: int
    likeness: Likeness


def next_parties(*, after: int, size: int) -> list[int]:
    """The next chunk of the whole register."""
    rows = Party.objects.filter(pk__gt=after, merged_into=None).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:size])


def next_changed(*, since: int, after: int, size: int) -> list[int]:
    """The next chunk of the parties of which something was written after the change `since`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT party_id FROM audit_change WHERE id > %s AND party_id > %s AND table_name = ANY(%s)"
            " ORDER BY party_id LIMIT %s",
            [since - OVERLAP, after, list(TABLES), size],
        )
        return [row[0] for row in cursor.fetchall()]


def latest_change() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM audit_change")
        return int(cursor.fetchone()[0])


def scan(*, ids: Sequence[int], whole: bool, on: date) -> int:
    """Compare the parties with everybody and keep what was found; how many pairs there are.

    `whole`: every party of the register has its turn, so each is compared with later ones only.
    """
    found = _weighed(ids, whole=whole)
    params: dict[str, Any] = {
        "ids": list(ids),
        "upward": whole,
        "on": on,
        "ones": [pair.one for pair in found],
        "others": [pair.other for pair in found],
        "reasons": [json.dumps(pair.likeness.reasons) for pair in found],
        "scores": [pair.likeness.score for pair in found],
        "tellables": [pair.likeness.tellable for pair in found],
    }
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, params)
        cursor.execute(_KEEP, params)
    return len(found)


def _weighed(ids: Sequence[int], *, whole: bool) -> list[Found]:
    params: dict[str, Any] = {"ids": list(ids), "crowd": CROWD, "upward": whole}
    with connection.cursor() as cursor:
        cursor.execute(_CANDIDATES, params)
        rows = cursor.fetchall()
    found = []
    for one, other, reasons, *described, same_place in rows:
        likeness = weigh(
            Names.of(*described[:4]),
            Names.of(*described[4:]),
            frozenset(reasons) - {"birth"} | ({"place"} if same_place else set()),
        )
        if likeness.score >= LEAST:
            found.append(Found(one, other, likeness))
    return sorted(found, key=lambda pair: (pair.one, pair.other))
