"""Has anything changed since a run was calculated? Sums of row hashes over everything the calculation rests on, and no more."""

from __future__ import annotations

from collections.abc import Collection

from billing.loading import OF_RUNS, load_fees, previous_runs, rows
from billing.models import InvoiceRun

_SUM = "coalesce(sum(hashtextextended(ROW({columns})::text, 0)::numeric), 0)::text || '/' || count(*)"
# The memberships that are looked at when payers are settled, whether they bear a fee or not.
_MEMBERS = """
FROM members_membership m WHERE m.unit_id = ANY(%(units)s) AND m.state IN ('active', 'lapsed', 'ended')
  AND m.started_on <= %(on)s AND (m.ended_on IS NULL OR m.ended_on > %(on)s)
"""
_PARTIES = f"(SELECT m.party_id {_MEMBERS})"
_MINE = "SELECT {column} FROM billing_runmembership WHERE run_id = %(run)s"
_PAYERS = _MINE.format(column="payer_id")
_CHARGING = "ARRAY(SELECT r.id FROM billing_invoicerun r WHERE r.year = %(year)s OR r.id = ANY(%(previous)s))"
_HOLDINGS = _MINE.format(column="holding_id")
# What says who pays for whom. Taken before payers are settled: a change during that is then seen as one, never missed.
SETTLING = frozenset({"tables", "memberships", "types", "links", "holdings", "areas", "members", "tree"})
_PARTS: dict[str, tuple[str, str]] = {
    "tables": (
        "t.id, t.version, t.cap, t.instalment_threshold, f.*, b.lower, b.upper, b.amount",
        "FROM billing_feetable t LEFT JOIN billing_feerule f ON f.table_id = t.id"
        " LEFT JOIN billing_feebracket b ON b.rule_id = f.id WHERE t.id = ANY(%(tables)s)",
    ),
    "memberships": (
        "m.id, m.party_id, m.unit_id, m.type_id, m.holding_id, m.payer_id, m.started_on, m.ended_on,"
        " CASE WHEN m.fee_exempt_until >= %(on)s THEN m.fee_exempt_reason END",
        _MEMBERS,
    ),
    "types": (
        "t.id, t.federation_code, t.fee_bearing, t.covers_family",
        f"FROM members_membershiptype t WHERE t.id IN (SELECT m.type_id {_MEMBERS})",
    ),
    # Who pays for a member, and the family ties between two members: one may cover the other.
    "links": (
        "l.id, l.party_id, l.other_id, l.kind",
        "FROM members_partylink l WHERE l.kind IN ('payer', 'spouse', 'child')"
        " AND (l.valid_from IS NULL OR l.valid_from <= %(on)s) AND (l.valid_to IS NULL OR l.valid_to >= %(on)s)"
        f" AND l.party_id IN {_PARTIES} AND (l.kind = 'payer' OR l.other_id IN {_PARTIES})",
    ),
    "holdings": (
        "h.id, h.responsible_id, h.y_tunnus, h.name",
        f"FROM members_holding h WHERE h.id IN (SELECT m.holding_id {_MEMBERS})",
    ),
    # A couple's areas counted together, and who pays for them.
    "areas": (
        "a.holding_id, a.other_id, a.payer_id",
        "FROM members_joinedareas a WHERE (a.valid_from IS NULL OR a.valid_from <= %(on)s)"
        " AND (a.valid_to IS NULL OR a.valid_to >= %(on)s)"
        f" AND a.holding_id IN (SELECT m.holding_id {_MEMBERS})",
    ),
    "bases": (
        "v.holding_id, v.kind_id, v.unit_id, v.value, v.valid_from",
        f"FROM members_feebasisvalue v WHERE v.holding_id IN ({_HOLDINGS})"
        " AND (v.valid_from IS NULL OR v.valid_from <= %(on)s) AND (v.valid_to IS NULL OR v.valid_to >= %(on)s)",
    ),
    "payers": (
        "p.id, p.display_name, p.sort_key, p.language, p.member_number, o.y_tunnus, s.deceased_on IS NULL",
        "FROM members_party p LEFT JOIN members_organisation o ON o.party_id = p.id"
        f" LEFT JOIN members_person s ON s.party_id = p.id WHERE p.id IN ({_PAYERS})",
    ),
    # Of a member for whom another pays the invoice says only the name.
    "members": (
        "p.id, p.display_name, s.deceased_on IS NULL",
        f"FROM members_party p LEFT JOIN members_person s ON s.party_id = p.id WHERE p.id IN {_PARTIES}",
    ),
    # The item keeps the address, and whether there is an e-mail address at all.
    "contacts": (
        "c.party_id, c.kind, CASE c.kind WHEN 'address'"
        " THEN ROW(c.value, c.co_line, c.postal_code, c.city, c.country)::text END",
        "FROM members_contactpoint c WHERE c.kind IN ('address', 'email') AND c.primary AND c.valid_to IS NULL"
        f" AND (c.kind = 'address' OR c.bounced_on IS NULL) AND c.party_id IN ({_PAYERS})",
    ),
    # What has been charged of the year, and last year's sums to compare with.
    "invoices": (
        "i.id",
        f"FROM {OF_RUNS.format(runs=_CHARGING)} i WHERE i.payer_id IN ({_PAYERS})",
    ),
    "tree": (
        "c.ancestor_id, c.descendant_id, c.depth",
        "FROM members_unitclosure c WHERE c.relation = 'fee' AND c.descendant_id = ANY(%(units)s)",
    ),
}


# What is read of settled payers. Taken when they are known and before the first of them is calculated.
PRICING = frozenset(_PARTS) - SETTLING


def fingerprint(run: InvoiceRun, parts: Collection[str] = tuple(_PARTS)) -> dict[str, str]:
    """What the calculation depends on, as sums of row hashes by part: equal fingerprints, equal input.

    Order does not matter and nothing is sorted, so that 300 000 payers take a few seconds. The run's own terms are in its
    hash, and nobody changes them without throwing the preview away.
    """
    fees = load_fees(year=run.year, unit_ids=run.units)
    params = {
        "run": run.pk,
        "units": run.units,
        "on": run.basis_date,
        "year": run.year,
        "previous": previous_runs(run),
        "tables": list(fees.table_ids),
    }
    return {
        name: rows(f"SELECT {_SUM.format(columns=columns)} {source}", params)[0][0]
        for name, (columns, source) in _PARTS.items()
        if name in parts
    }
