"""Has anything changed since a run was calculated? Sums of row hashes over everything the calculation rests on."""

from __future__ import annotations

from datetime import date

from billing.loading import load_fees, rows
from billing.models import InvoiceRun

_SUM = "coalesce(sum(hashtextextended(ROW({columns})::text, 0)::numeric), 0)::text || '/' || count(*)"
_MINE = "SELECT {column} FROM billing_runmembership WHERE run_id = %(run)s"
_PARTS: dict[str, tuple[str, str]] = {
    "tables": (
        "t.id, t.version, t.cap, t.instalment_threshold, f.*, b.lower, b.upper, b.amount",
        "FROM billing_feetable t LEFT JOIN billing_feerule f ON f.table_id = t.id"
        " LEFT JOIN billing_feebracket b ON b.rule_id = f.id WHERE t.id = ANY(%(tables)s)",
    ),
    "memberships": (
        "m.id, m.party_id, m.unit_id, m.type_id, m.holding_id, m.payer_id, m.started_on, m.ended_on,"
        " m.fee_exempt_until, m.fee_exempt_reason, m.state",
        "FROM members_membership m WHERE m.unit_id = ANY(%(units)s) AND m.started_on <= %(on)s"
        " AND (m.ended_on IS NULL OR m.ended_on > %(on)s)",
    ),
    "types": ("t.id, t.federation_code, t.fee_bearing, t.covers_family", "FROM members_membershiptype t"),
    "links": (
        "l.id, l.party_id, l.other_id, l.kind, l.valid_from, l.valid_to",
        "FROM members_partylink l WHERE l.kind IN ('payer', 'spouse', 'child')",
    ),
    "holdings": (
        "h.id, h.responsible_id, h.y_tunnus",
        f"FROM members_holding h WHERE h.id IN ({_MINE.format(column='holding_id')})",
    ),
    "bases": (
        "v.holding_id, v.kind_id, v.unit_id, v.value, v.valid_from, v.valid_to",
        f"FROM members_feebasisvalue v WHERE v.holding_id IN ({_MINE.format(column='holding_id')})"
        " AND (v.valid_from IS NULL OR v.valid_from <= %(on)s) AND (v.valid_to IS NULL OR v.valid_to >= %(on)s)",
    ),
    "payers": (
        "p.id, p.display_name, p.language, o.y_tunnus, s.deceased_on",
        "FROM members_party p LEFT JOIN members_organisation o ON o.party_id = p.id"
        " LEFT JOIN members_person s ON s.party_id = p.id"
        f" WHERE p.id IN ({_MINE.format(column='payer_id')} UNION {_MINE.format(column='party_id')})",
    ),
    "contacts": (
        "c.party_id, c.kind, c.value, c.co_line, c.postal_code, c.city, c.country, c.bounced_on",
        "FROM members_contactpoint c WHERE c.kind IN ('address', 'email') AND c.primary AND c.valid_to IS NULL"
        f" AND c.party_id IN ({_MINE.format(column='payer_id')})",
    ),
    "invoices": ("i.id", f"FROM billing_invoice i WHERE i.payer_id IN ({_MINE.format(column='payer_id')})"),
    "tree": (
        "c.ancestor_id, c.descendant_id, c.depth",
        "FROM members_unitclosure c WHERE c.relation = 'fee' AND c.descendant_id = ANY(%(units)s)",
    ),
}


def fingerprint(run: InvoiceRun, *, on: date | None = None) -> dict[str, str]:
    """What the calculation depends on, as sums of row hashes by part: equal fingerprints, equal input.

    Order does not matter and nothing is sorted, so that 300 000 payers take a few seconds.
    """
    fees = load_fees(year=run.year, unit_ids=run.units)
    params = {"run": run.pk, "units": run.units, "on": on or run.basis_date, "tables": list(fees.table_ids)}
    parts = {
        name: rows(f"SELECT {_SUM.format(columns=columns)} {source}", params)[0][0]
        for name, (columns, source) in _PARTS.items()
    }
    terms = (
        run.title,
        run.year,
        run.units,
        run.basis_date,
        run.invoice_date,
        run.due_date,
        run.second_due_date,
    )
    return parts | {"terms": "|".join(map(str, (*terms, run.message_fi, run.message_sv, run.message_en)))}
