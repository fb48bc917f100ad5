"""How days are counted: statements over dated rows, for any days and any associations, whenever they are asked (REG-17).

`days` is an ascending array of dates, `units` an array of associations or NULL for all of them.
"""

from __future__ import annotations

from itertools import pairwise

from members.models.memberships import ENDINGS
from members.models.statistics import AgeCount, FlowKind

# Youngest age of each band.
BANDS = (0, 30, 45, 60, 75)

_MEMBERSHIPS = """memberships AS MATERIALIZED (
  SELECT m.id, m.party_id, m.unit_id, m.started_on, m.ended_on, t.federation_code AS code
  FROM members_membership m JOIN members_membershiptype t ON t.id = m.type_id
  WHERE m.started_on IS NOT NULL AND (%(units)s::bigint[] IS NULL OR m.unit_id = ANY(%(units)s))
    AND (m.ended_on IS NULL OR m.ended_on > m.started_on)
)"""
# A membership is one span of each type it has been of: till a change the type the change tells it was, after the last its present one.
_SPANS = f"""{_MEMBERSHIPS},
changes AS MATERIALIZED (
  SELECT e.membership_id, e.effective_on, coalesce(t.federation_code, m.code) AS code,
    lag(e.effective_on) OVER w AS since, row_number() OVER (PARTITION BY e.membership_id ORDER BY e.effective_on DESC, e.id DESC) AS back
  FROM members_membershipevent e JOIN memberships m ON m.id = e.membership_id
  LEFT JOIN members_membershiptype t ON t.id = (e.data->>'from')::bigint
  WHERE e.kind = 'type_changed' WINDOW w AS (PARTITION BY e.membership_id ORDER BY e.effective_on, e.id)
),
spans AS MATERIALIZED (
  SELECT id, party_id, unit_id, code, first, past, first = started_on AS begins, past IS NOT DISTINCT FROM ended_on AS ends FROM (
    SELECT m.id, m.party_id, m.unit_id, m.code, m.started_on, m.ended_on,
      greatest(m.started_on, c.effective_on) AS first, m.ended_on AS past
    FROM memberships m LEFT JOIN changes c ON c.membership_id = m.id AND c.back = 1
    UNION ALL
    SELECT m.id, m.party_id, m.unit_id, c.code, m.started_on, m.ended_on,
      greatest(m.started_on, c.since), least(m.ended_on, c.effective_on)
    FROM changes c JOIN memberships m ON m.id = c.membership_id
  ) parts WHERE past IS NULL OR past > first
)"""  # noqa: S608 -- own parts only
# Each span adds one on the first asked day it is in force and takes it off on the first it is not; a day is the sum so far.
TYPES = f"""
WITH {_SPANS},
steps AS (
  SELECT unit_id, code, width_bucket(first - 1, %(days)s::date[]) + 1 AS place, count(*) AS step FROM spans GROUP BY 1, 2, 3
  UNION ALL
  SELECT unit_id, code, width_bucket(past - 1, %(days)s::date[]) + 1, -count(*) FROM spans WHERE past IS NOT NULL GROUP BY 1, 2, 3
),
sums AS MATERIALIZED (SELECT unit_id, code, place, sum(step) AS step FROM steps GROUP BY 1, 2, 3),
cells AS (
  SELECT k.unit_id, k.code, d.day, sum(coalesce(s.step, 0)) OVER (PARTITION BY k.unit_id, k.code ORDER BY d.place) AS members
  FROM (SELECT DISTINCT unit_id, code FROM sums) k
  CROSS JOIN unnest(%(days)s::date[]) WITH ORDINALITY AS d (day, place)
  LEFT JOIN sums s ON s.unit_id = k.unit_id AND s.code = k.code AND s.place = d.place
)
INSERT INTO members_typecount (day, unit_id, code, members)
SELECT day, unit_id, code, members FROM cells WHERE members > 0 ORDER BY day, unit_id, code"""  # noqa: S608 -- own parts only

_ENDINGS = ", ".join(f"'{kind.value}'" for kind in sorted(ENDINGS))
FLOWS = f"""
WITH {_SPANS},
joined AS (
  SELECT s.first AS day, s.unit_id, s.code, CASE WHEN EXISTS (
      SELECT 1 FROM members_membership o JOIN members_membershipevent e ON e.membership_id = o.id
      WHERE o.party_id = s.party_id AND o.unit_id <> s.unit_id AND o.ended_on = s.first AND e.kind = 'transferred')
    THEN '{FlowKind.MOVED_IN.value}' ELSE '{FlowKind.JOINED.value}' END AS kind
  FROM spans s WHERE s.begins AND s.first BETWEEN %(first)s AND %(last)s
), left_by AS (
  SELECT s.past AS day, s.unit_id, s.code, coalesce((
      SELECT e.kind FROM members_membershipevent e WHERE e.membership_id = s.id AND e.kind IN ({_ENDINGS})
      ORDER BY e.id DESC LIMIT 1), '{FlowKind.OTHER.value}') AS kind
  FROM spans s WHERE s.ends AND s.past BETWEEN %(first)s AND %(last)s
)
INSERT INTO members_memberflow (day, unit_id, code, kind, members)
SELECT day, unit_id, code, kind, count(*) FROM (SELECT * FROM joined UNION ALL SELECT * FROM left_by) every
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"""  # noqa: S608 -- own parts only

_IN_FORCE = """m.started_on <= %(day)s AND (m.ended_on IS NULL OR m.ended_on > %(day)s)
  AND (%(units)s::bigint[] IS NULL OR m.unit_id = ANY(%(units)s))"""
_YOUNGER = " ".join(
    f"WHEN p.birth_date > (%(day)s::date - interval '{older} years') THEN {band}"
    for band, older in pairwise(BANDS)
)
AGES = f"""
INSERT INTO members_agecount (day, unit_id, band, members)
SELECT %(day)s, unit_id, band, count(*) FROM (
  SELECT m.unit_id, CASE WHEN p.party_id IS NULL THEN {AgeCount.ORGANISATION} WHEN p.birth_date IS NULL THEN {AgeCount.UNKNOWN}
    {_YOUNGER} ELSE {BANDS[-1]} END AS band
  FROM members_membership m LEFT JOIN members_person p ON p.party_id = m.party_id WHERE {_IN_FORCE}
) every GROUP BY 2, 3 ORDER BY 2, 3"""  # noqa: S608 -- own parts only

# Where somebody lived that day is what the first change after it says it was. Of everybody: by the acts since, few on the
# night after. Of some associations: by the members' own histories, however long ago the day is.
_MOVED_SINCE = """(
  SELECT DISTINCT ON (c.party_id) c.party_id, c.before->>'home_municipality' AS place
  FROM audit_mutation a JOIN audit_change c ON c.mutation_id = a.id
  WHERE a.at >= %(past)s AND c.table_name = 'members_party' AND c.op = 'U' AND c.before ? 'home_municipality'
  ORDER BY c.party_id, c.id) was ON was.party_id = m.party_id"""
_MOVED_EACH = """LATERAL (
  SELECT c.before->>'home_municipality' AS place FROM audit_change c
  WHERE c.party_id = m.party_id AND c.at >= %(past)s AND c.table_name = 'members_party' AND c.op = 'U'
    AND c.before ? 'home_municipality' ORDER BY c.id LIMIT 1) was ON true"""
_PLACES = """
INSERT INTO members_placecount (day, unit_id, municipality, members)
SELECT %(day)s, unit_id, place, count(*) FROM (
  SELECT m.unit_id, CASE WHEN q.non_disclosure THEN '' ELSE coalesce(was.place, q.home_municipality) END AS place
  FROM members_membership m JOIN members_party q ON q.id = m.party_id LEFT JOIN {moved} WHERE {in_force}
) every GROUP BY 2, 3 ORDER BY 2, 3"""
PLACES_OF_ALL = _PLACES.format(moved=_MOVED_SINCE, in_force=_IN_FORCE)
PLACES_OF_SOME = _PLACES.format(moved=_MOVED_EACH, in_force=_IN_FORCE)

# Associations whose past has been changed after the mark, and the earliest day it changed. A change of type tells no day of its own:
# that is in its event. An order of non-disclosure given later takes the member out of the municipalities of every day.
CORRECTED = """
SELECT unit_id, min(day) FROM (
  SELECT c.unit_id, least((c.before->>'started_on')::date, (c.after->>'started_on')::date,
    (c.before->>'ended_on')::date, (c.after->>'ended_on')::date,
    CASE WHEN c.op = 'U' AND c.before ? 'type_id' THEN (SELECT min(e.effective_on) FROM members_membershipevent e
      WHERE e.membership_id = c.row_id::bigint AND e.kind = 'type_changed') END) AS day
  FROM audit_change c WHERE c.id > %(after)s AND c.table_name = 'members_membership'
  UNION ALL
  SELECT m.unit_id, m.started_on FROM audit_change c JOIN members_membership m ON m.party_id = c.party_id
  WHERE c.id > %(after)s AND c.table_name = 'members_party' AND c.op = 'U' AND c.after->>'non_disclosure' = 'true'
    AND m.started_on IS NOT NULL
) found WHERE day <= %(last)s AND unit_id IS NOT NULL GROUP BY unit_id ORDER BY unit_id"""
