"""The sums of a run, counted by the database from the stored items: what the preview page and the approval rest on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection

from billing.loading import OF_RUNS, Fees
from billing.models import InvoiceRun
from billing.models.runs import TERMS

_STATES = """
SELECT state, count(*), coalesce(sum(total), 0), count(previous_total), coalesce(sum(previous_total), 0)
FROM billing_runitem WHERE run_id = %(run)s GROUP BY state
"""
# Items without anything to pay belong to the sums too (an exemption takes off what the fee puts on): they add up to zero.
_LINES = """
SELECT l.unit, l.component, l.beneficiary, min(l.text) FILTER (WHERE i.payer_data->>'language' = 'fi'), min(l.text),
  count(*), sum(l.amount), min(l.amount), max(l.amount), sum((l.data->>'quantity')::numeric),
  min((l.data->>'unit_price')::numeric), max((l.data->>'unit_price')::numeric), min(l.data->>'kind'),
  min(l.data->'bases'->>0), count(l.data->'unit_price')
FROM billing_runitem i
CROSS JOIN LATERAL jsonb_to_recordset(i.lines)
  AS l(unit bigint, beneficiary bigint, component text, text text, amount numeric, data jsonb)
WHERE i.run_id = %(run)s AND i.state IN ('ready', 'nothing')
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
_CHANGES = """
SELECT count(*) FILTER (WHERE d < 0), count(*) FILTER (WHERE d = 0), count(*) FILTER (WHERE d > 0 AND d <= 5),
  count(*) FILTER (WHERE d > 5 AND d <= 20), count(*) FILTER (WHERE d > 20 AND d <= 50), count(*) FILTER (WHERE d > 50),
  count(*) FILTER (WHERE d IS NULL)
FROM (SELECT total - previous_total AS d FROM billing_runitem WHERE run_id = %(run)s AND state = 'ready') c
"""
_LARGEST_RISE = """
SELECT id FROM billing_runitem WHERE run_id = %(run)s AND state = 'ready' AND total > previous_total
ORDER BY total - previous_total DESC, id LIMIT 1
"""
_CODES = """
SELECT code, state, count(*) FROM billing_runitem i CROSS JOIN LATERAL unnest(i.codes) AS code
WHERE i.run_id = %(run)s GROUP BY 1, 2 ORDER BY 1, 2
"""
_NOTES = """
SELECT n->>'code', count(DISTINCT i.id) FROM billing_runitem i CROSS JOIN LATERAL jsonb_array_elements(i.notes) AS n
WHERE i.run_id = %(run)s GROUP BY 1 ORDER BY 1
"""
_PARTS = """
SELECT coalesce(sum(p::numeric), 0) FROM billing_runitem i
CROSS JOIN LATERAL jsonb_array_elements_text(i.payer_data->'parts') AS p
WHERE i.run_id = %(run)s AND i.state = 'ready'
"""
_INVOICES_BEFORE = OF_RUNS.format(runs="%(previous)s")
_PREVIOUS = f"""
SELECT l.unit_id, l.component, l.beneficiary_id, sum(l.amount), min(l.text)
FROM {_INVOICES_BEFORE} i JOIN billing_invoiceline l ON l.invoice_id = i.id GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""  # noqa: S608 -- only this module's own
_PREVIOUS_COUNT = f"""
SELECT count(*) FILTER (WHERE i.kind = 'invoice'), coalesce(sum(i.total), 0) FROM {_INVOICES_BEFORE} i
"""  # noqa: S608 -- only this module's own
# Everything an invoice is made of, and who gets none. An item refused while numbering was approved as ready: to the digest
# it still is. A sum of digests needs no order: it is counted by all cores, as fast as the rows are read.
_DIGEST = """
SELECT coalesce(sum(('x' || left(md5(ROW(payer_id, name, sort_key, total, payer_data, lines,
  CASE WHEN state = 'error' AND 'charged_already' = ANY(codes) THEN 'ready' ELSE state END)::text), 16))::bit(64)::bigint::numeric
), 0) || '/' || count(*)
FROM billing_runitem WHERE run_id = %(run)s
"""

_IN_FORCE = """
SELECT count(*), count(*) FILTER (WHERE p.deceased_on IS NOT NULL),
  count(*) FILTER (WHERE p.deceased_on IS NULL AND NOT t.fee_bearing AND NOT t.federation_code = ANY(%(types)s))
FROM members_membership m JOIN members_membershiptype t ON t.id = m.type_id LEFT JOIN members_person p ON p.party_id = m.party_id
WHERE m.unit_id = ANY(%(units)s) AND m.state IN ('active', 'lapsed', 'ended')
  AND m.started_on <= %(on)s AND (m.ended_on IS NULL OR m.ended_on > %(on)s)
"""
_PAYING = """
SELECT count(*) FILTER (WHERE covered), count(*) FILTER (WHERE NOT covered AND payer_id = party_id),
  count(*) FILTER (WHERE NOT covered AND payer_id <> party_id)
FROM billing_runmembership WHERE run_id = %(run)s
"""


def summarise(run: InvoiceRun, previous: Sequence[int]) -> dict[str, Any]:
    """Everything the preview page says in numbers; amounts as text."""
    params = {"run": run.pk, "previous": list(previous)}
    sums_before = previous if _is_whole_year(run) else ()
    states = {state: row for state, *row in _rows(_STATES, params)}
    lines = _rows(_LINES, params)
    (before_count, before_total), *_rest = _rows(_PREVIOUS_COUNT, params)
    *changes, new = _rows(_CHANGES, params)[0]
    ready = states.get("ready", [0, Decimal(0), 0, Decimal(0)])
    ((parts_total,),) = _rows(_PARTS, params)
    line_total = sum((row[6] for row in lines), Decimal(0))
    return {
        "states": {state: row[0] for state, row in states.items()},
        "count": ready[0],
        "total": str(ready[1]),
        "error_total": str(states.get("error", [0, Decimal(0)])[1]),
        "previous": {"count": before_count, "total": str(before_total)} if sums_before else None,
        "compared": bool(sums_before) if previous else None,
        "components": [_component(row) for row in lines],
        "previous_components": [
            {"unit": unit, "component": code, "beneficiary": who, "amount": str(amount), "text": text}
            for unit, code, who, amount, text in (_rows(_PREVIOUS, params) if sums_before else [])
        ],
        "beneficiaries": _by_beneficiary(lines),
        "changes": changes,
        "new": new if previous else 0,
        "largest_rise": _rows(_LARGEST_RISE, params)[0][0] if changes[-1] else None,
        "codes": _codes(params),
        "notes": dict(_rows(_NOTES, params)),
        "balanced": ready[1] == line_total == parts_total,
    }


def _is_whole_year(run: InvoiceRun) -> bool:
    """Whether the run is its creditor's first of the year: the sums of a later one are no match for a year's."""
    issued = InvoiceRun.objects.filter(creditor=run.creditor_id, year=run.year, issued_at__isnull=False)
    return not issued.exclude(pk=run.pk).exists()


def members_told_apart(run: InvoiceRun, fees: Fees) -> dict[str, int]:
    """What becomes of each membership in force, once payers are resolved: `all` is the sum of the others."""
    params = {"run": run.pk, "units": run.units, "on": run.basis_date, "types": fees.extra_types}
    ((everyone, deceased, no_fee),) = _rows(_IN_FORCE, params)
    ((covered, own, other),) = _rows(_PAYING, params)
    parts = {"own": own, "other": other, "covered": covered, "no_fee": no_fee, "deceased": deceased}
    return {"all": everyone} | parts


def preview_hash(run: InvoiceRun) -> str:
    """What is approved: the terms of the run and every item as it stands. The same input gives the same hash."""
    ((digest,),) = _rows(_DIGEST, {"run": run.pk})
    terms = "|".join(str(getattr(run, name)) for name in TERMS)
    return hashlib.sha256(f"{terms}\n{digest}".encode()).hexdigest()


def _component(row: Sequence[Any]) -> dict[str, Any]:
    (
        unit,
        code,
        beneficiary,
        text_fi,
        text,
        count,
        amount,
        least,
        most,
        quantity,
        price,
        highest,
        kind,
        basis,
        priced,
    ) = row
    return {
        "unit": unit,
        "component": code,
        "beneficiary": beneficiary,
        "text": text_fi or text,
        "count": count,
        "amount": str(amount),
        "each": str(least) if least == most else "",
        "quantity": str(quantity) if quantity is not None else "",
        "unit_price": str(price) if price is not None and price == highest and priced == count else "",
        "kind": kind,
        "basis": basis or "",
    }


def _by_beneficiary(lines: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    sums: dict[int, Decimal] = {}
    for row in lines:
        sums[row[2]] = sums.get(row[2], Decimal(0)) + row[6]
    ordered = sorted(sums.items(), key=lambda found: (-found[1], found[0]))
    return [{"unit": unit, "amount": str(amount)} for unit, amount in ordered]


def _codes(params: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for code, state, count in _rows(_CODES, params):
        found.setdefault(code, {})[state] = count
    return found


def _rows(sql: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
