"""Who pays for whom: settled for all payers of a run and kept with it, or asked of one payer as things stand now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Max

from billing.loading import TOLD_FROM, Fees, rows
from billing.models import InvoiceRun, RunRange
from members.models import MembershipEvent

# The payer: of joined areas the one the couple chose, else the one named on the membership, else the household's payer, else the responsible party of the holding, else
# the member. Left out are the dead, those not in force on the day, and types that bear no fee unless a rule names them.
# A member is covered when somebody of the household (of the same holding, a spouse, a parent, the household's payer) has a
# membership of a type that covers the family in the same association; of two who cover each other the later is covered.
_WHO_PAYS = """
WITH member AS MATERIALIZED (
  SELECT m.id, m.party_id, m.unit_id, m.holding_id, m.payer_id, t.covers_family, t.fee_bearing, t.federation_code
  FROM members_membership m JOIN members_membershiptype t ON t.id = m.type_id
  WHERE m.unit_id = ANY(%(units)s) AND m.state IN ('active', 'lapsed', 'ended')
    AND m.started_on <= %(on)s AND (m.ended_on IS NULL OR m.ended_on > %(on)s){among}
), link AS MATERIALIZED (
  SELECT l.id, l.party_id, l.other_id, l.kind FROM members_partylink l WHERE l.kind IN ('payer', 'spouse', 'child')
    AND (l.valid_from IS NULL OR l.valid_from <= %(on)s) AND (l.valid_to IS NULL OR l.valid_to >= %(on)s)
), household AS (
  SELECT m.id, m.covers_family, o.id AS other FROM member o JOIN member m
    ON m.holding_id = o.holding_id AND m.unit_id = o.unit_id AND m.party_id <> o.party_id
    WHERE o.covers_family AND o.fee_bearing
  UNION ALL
  SELECT m.id, m.covers_family, o.id FROM member o JOIN link l ON l.party_id = o.party_id AND l.kind IN ('spouse', 'child')
    JOIN member m ON m.party_id = l.other_id AND m.unit_id = o.unit_id WHERE o.covers_family AND o.fee_bearing
  UNION ALL
  SELECT m.id, m.covers_family, o.id FROM member o JOIN link l ON l.other_id = o.party_id AND l.kind IN ('spouse', 'payer')
    JOIN member m ON m.party_id = l.party_id AND m.unit_id = o.unit_id WHERE o.covers_family AND o.fee_bearing
), covered AS (
  SELECT DISTINCT id FROM household WHERE NOT covers_family OR other < id
), areas AS (
  SELECT a.holding_id, a.other_id, a.payer_id FROM members_joinedareas a
  WHERE (a.valid_from IS NULL OR a.valid_from <= %(on)s) AND (a.valid_to IS NULL OR a.valid_to >= %(on)s)
    AND EXISTS (SELECT 1 FROM member m WHERE m.holding_id = a.holding_id)
    AND EXISTS (SELECT 1 FROM member m WHERE m.holding_id = a.other_id)
), couple AS (
  SELECT holding_id AS of_holding, payer_id FROM areas UNION ALL SELECT other_id, payer_id FROM areas
), paid_by AS (
  SELECT DISTINCT ON (party_id) party_id, other_id FROM link WHERE kind = 'payer' ORDER BY party_id, id DESC
)
{begin}SELECT coalesce(j.payer_id, m.payer_id, l.other_id, h.responsible_id, m.party_id), m.id, m.party_id, m.holding_id, m.unit_id,
  c.id IS NOT NULL{also}
FROM member m
LEFT JOIN members_holding h ON h.id = m.holding_id
LEFT JOIN members_person p ON p.party_id = m.party_id
LEFT JOIN paid_by l ON l.party_id = m.party_id
LEFT JOIN covered c ON c.id = m.id
LEFT JOIN couple j ON j.of_holding = m.holding_id
WHERE p.deceased_on IS NULL AND (m.fee_bearing OR m.federation_code = ANY(%(types)s))
ORDER BY 1, m.id
"""
_RESOLVE = _WHO_PAYS.format(
    among="",
    begin="INSERT INTO billing_runmembership (payer_id, membership_id, party_id, holding_id, unit_id, covered, run_id)\n",
    also=", %(run)s",
)


_RANGES = """
INSERT INTO billing_runrange (run_id, after, last, payers, done)
SELECT %(run)s, coalesce(lag(max(payer_id)) OVER (ORDER BY part), 0), max(payer_id), count(*), false
FROM (
  SELECT payer_id, (row_number() OVER (ORDER BY payer_id) - 1) / %(size)s AS part
  FROM (SELECT DISTINCT payer_id FROM billing_runmembership WHERE run_id = %(run)s) p
) r GROUP BY part
"""


# Who pays for nobody that has become a member since another run was calculated has been dealt with by that one, also when
# somebody left them out of it.
_ONLY_NEW = """
DELETE FROM billing_runmembership r WHERE r.run_id = %(run)s AND NOT EXISTS (
  SELECT 1 FROM billing_runmembership n JOIN members_membership m ON m.id = n.membership_id
  WHERE n.run_id = r.run_id AND n.payer_id = r.payer_id AND m.id IN (SELECT new.id FROM (NEW_MEMBERS) new))
"""
_NEW_MEMBERS = """
SELECT m.id, m.unit_id FROM members_membership m
WHERE m.unit_id = ANY(%(units)s) AND m.state = 'active' AND (m.started_on > %(basis)s OR EXISTS (
  SELECT 1 FROM members_membershipevent e
  WHERE e.membership_id = m.id AND e.kind IN ('admitted', 'activated') AND e.id > %(event)s))
"""


def last_event() -> int:
    """The latest thing that has happened to any membership: what is entered from now on has a higher number."""
    return MembershipEvent.objects.aggregate(last=Max("pk"))["last"] or 0


def units_with_new_members(run: InvoiceRun) -> list[int]:
    """Associations of the run with somebody who became a member after it was calculated, or after its day, in its year."""
    sql = f"SELECT DISTINCT n.unit_id FROM ({_NEW_MEMBERS} AND m.started_on <= %(end)s) n ORDER BY 1"  # noqa: S608
    return [unit for (unit,) in rows(sql, _since(run) | {"end": date(run.year, 12, 31)})]


def _since(run: InvoiceRun) -> dict[str, Any]:
    return {"units": run.units, "basis": run.basis_date, "event": run.summary.get("last_event", 0)}


def resolve_payers(run: InvoiceRun, fees: Fees, *, range_size: int, since: InvoiceRun | None = None) -> int:
    """Write which membership is paid by whom, and the ranges of payers; returns how many payers there are.

    `since`: only those who pay for somebody that has become a member since this other run was calculated.
    """
    params: dict[str, Any] = {
        "run": run.pk,
        "units": run.units,
        "on": run.basis_date,
        "types": fees.extra_types,
    }
    with connection.cursor() as cursor:
        cursor.execute(_RESOLVE, params)
        if since is not None:
            only_new = _ONLY_NEW.replace("NEW_MEMBERS", _NEW_MEMBERS)
            cursor.execute(only_new, _since(since) | {"units": run.units, "run": run.pk})
        if cursor.rowcount > TOLD_FROM:
            tell_planner("billing_runmembership (run_id, payer_id, membership_id)")
        cursor.execute(_RANGES, {"run": run.pk, "size": range_size})
    return sum(RunRange.objects.filter(run=run).values_list("payers", flat=True))


def tell_planner(table: str) -> None:
    """Let the planner know of many new rows before they are read back. Inside a transaction.

    A small sample is enough to see how many rows are of which run, and ten times as fast as a full one, which comes by
    itself later. Others who want to tell it, and vacuum, wait until the transaction ends.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL default_statistics_target = 10")
        cursor.execute(f"ANALYZE {table}")
        cursor.execute("SET LOCAL default_statistics_target = DEFAULT")


# A holding or a person whose memberships several payers pay: charged "once per holding" it belongs to one of them, the
# responsible party (or the person) if among them, else the first entered.
_SHARED = """
SELECT 'holding:' || r.holding_id, CASE WHEN bool_or(r.payer_id = h.responsible_id) THEN min(h.responsible_id) ELSE min(r.payer_id) END
FROM billing_runmembership r JOIN members_holding h ON h.id = r.holding_id
WHERE r.run_id = %(run)s GROUP BY r.holding_id HAVING min(r.payer_id) <> max(r.payer_id)
UNION ALL
SELECT 'party:' || r.party_id, CASE WHEN bool_or(r.payer_id = r.party_id) THEN r.party_id ELSE min(r.payer_id) END
FROM billing_runmembership r
WHERE r.run_id = %(run)s GROUP BY r.party_id HAVING min(r.payer_id) <> max(r.payer_id)
"""


def shared_subjects(run: InvoiceRun) -> dict[str, int]:
    """Subjects that several payers of the run have, each with the payer who is charged."""
    return dict(rows(_SHARED, {"run": run.pk}))


# --- as things stand now ----------------------------------------------------------------------------------------------
class Settled(NamedTuple):
    """One membership with its payer; `covered` by another's fee."""

    payer_id: int
    membership_id: int
    party_id: int
    holding_id: int | None
    unit_id: int
    covered: bool


@dataclass(frozen=True)
class Terms:
    """Of which associations, as of which day, and which types that bear no fee are looked at because a rule names them."""

    units: Sequence[int]
    on: date
    types: Sequence[str]

    @classmethod
    def of(cls, fees: Fees, units: Sequence[int], on: date) -> Terms:
        return cls(units, on, fees.extra_types)

    def params(self) -> dict[str, Any]:
        return {"units": list(self.units), "on": self.on, "types": list(self.types)}


_NOW = _WHO_PAYS.format(among="{among}", begin="", also="")
# Everybody's, to be read from in SQL: `Terms.params` are its parameters.
ALL_NOW = (
    f"({_NOW.format(among='')}) AS settled (payer_id, membership_id, party_id, holding_id, unit_id, covered)"
)
_SOME_NOW = _NOW.format(among=" AND m.party_id = ANY(%(parties)s)")
# Whose memberships a payer may pay: named on the membership, by a link, by the holding, its own.
_PAID_BY = """
SELECT m.party_id FROM members_membership m WHERE m.payer_id = %(payer)s
UNION SELECT l.party_id FROM members_partylink l WHERE l.other_id = %(payer)s AND l.kind = 'payer'
UNION SELECT m.party_id FROM members_holding h JOIN members_membership m ON m.holding_id = h.id WHERE h.responsible_id = %(payer)s
UNION SELECT m.party_id FROM members_joinedareas a JOIN members_membership m ON m.holding_id IN (a.holding_id, a.other_id)
  WHERE a.payer_id = %(payer)s
UNION SELECT %(payer)s
"""
# Those who may cover them, or name another payer for the same holding.
_NEAR = """
SELECT l.other_id FROM members_partylink l WHERE l.party_id = ANY(%(parties)s)
UNION SELECT l.party_id FROM members_partylink l WHERE l.other_id = ANY(%(parties)s)
UNION SELECT o.party_id FROM members_membership m JOIN members_membership o ON o.holding_id = m.holding_id
  WHERE m.party_id = ANY(%(parties)s)
UNION SELECT o.party_id FROM members_membership m JOIN members_joinedareas a ON m.holding_id IN (a.holding_id, a.other_id)
  JOIN members_membership o ON o.holding_id IN (a.holding_id, a.other_id) WHERE m.party_id = ANY(%(parties)s)
"""


def paid_by(payer_id: int, terms: Terms) -> list[Settled]:
    """What the payer would be asked to pay for now, in the order of the memberships."""
    parties = _keys(_PAID_BY, {"payer": payer_id})
    near = {*parties, *_keys(_NEAR, {"parties": parties})}
    return [one for one in _settled(_SOME_NOW, terms, near) if one.payer_id == payer_id]


def _settled(sql: str, terms: Terms, parties: Collection[int]) -> list[Settled]:
    params = terms.params() | {"parties": list(parties)}
    return [Settled(*row) for row in rows(sql, params)]


def _keys(sql: str, params: dict[str, Any]) -> list[int]:
    return [pk for (pk,) in rows(sql, params)]
