"""Making invoices of approved items: numbered without gaps, frozen, each charge once; a killed worker goes on where it was.

A chunk is one transaction. It locks the creditor's number series first, so that chunks follow one another in the order of
names, and the numbers it takes are given back with it when it fails. The items are copied as they were approved; nothing
is calculated here. VAT Act 1501/1993, section 209 e: a running identifier; Accounting Act 1336/1997, chapter 2, section 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from billing import summaries
from billing.formats.reference import invoice_base, national
from billing.issuer import snapshot
from billing.models import Invoice, InvoiceRun, NumberSeries, RunItem, RunMembership
from billing.models.invoices import InvoiceKind
from billing.models.runs import ItemState, RunState
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation

CHUNK = 2000
# The first digit of a reference says what is paid; the creditor's number and its running number follow.
FEE_REFERENCE = 1

_TAKEN = """
SELECT i.id FROM billing_runitem i
CROSS JOIN LATERAL jsonb_to_recordset(i.lines) AS l(beneficiary bigint, charge_key text)
JOIN billing_invoiceline c ON c.charge_key = l.charge_key AND c.beneficiary_id = l.beneficiary
WHERE i.id = ANY(%(items)s) AND l.charge_key <> '' AND NOT c.released AND c.charge_key <> ''
GROUP BY i.id
"""
_REFUSE = """
UPDATE billing_runitem SET state = 'error', codes = array_append(codes, 'charged_already'),
  errors = errors || '[{"code": "charged_already"}]'::jsonb
WHERE id = ANY(%(items)s) RETURNING name
"""
_INVOICES = """
INSERT INTO billing_invoice (creditor_id, year, number, kind, run_id, run_item_id, issuer_id, payer_id, payer_name,
  payer_sort_key, payer_address, payer_number, payer_y_tunnus, language, title, message, invoice_date, due_date,
  reference, total, open_amount, created_at)
SELECT r.creditor_id, %(year)s, n.number, 'invoice', r.id, i.id, %(issuer)s, i.payer_id, i.name, i.sort_key,
  ARRAY(SELECT jsonb_array_elements_text(i.payer_data->'address')), i.payer_data->>'number', i.payer_data->>'y_tunnus',
  i.payer_data->>'language', r.title,
  CASE i.payer_data->>'language' WHEN 'sv' THEN coalesce(nullif(r.message_sv, ''), r.message_fi)
    WHEN 'en' THEN coalesce(nullif(r.message_en, ''), r.message_fi) ELSE r.message_fi END,
  r.invoice_date, r.due_date, n.reference, i.total, i.total, %(at)s
FROM unnest(%(items)s::bigint[], %(numbers)s::int[], %(references)s::text[]) AS n(item, number, reference)
JOIN billing_runitem i ON i.id = n.item JOIN billing_invoicerun r ON r.id = i.run_id
ORDER BY n.number
"""
# The beneficiary's name is frozen with the line, in the invoice's language: a unit may be renamed afterwards.
_LINES = """
INSERT INTO billing_invoiceline (invoice_id, position, unit_id, beneficiary_id, component, charge_key, released, text,
  basis_text, amount, account, vat_code, vat_rate, data)
SELECT v.id, l.position, l.unit, l.beneficiary, l.component, l.charge_key, false, l.text, l.basis_text, l.amount,
  l.account, l.vat_code, l.vat_rate, l.data || jsonb_build_object('beneficiary_name', CASE v.language
    WHEN 'sv' THEN coalesce(nullif(b.name_sv, ''), b.name_fi) WHEN 'en' THEN coalesce(nullif(b.name_en, ''), b.name_fi)
    ELSE b.name_fi END)
FROM billing_invoice v JOIN billing_runitem i ON i.id = v.run_item_id
CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(i.lines) AS (unit bigint, beneficiary bigint, component text,
  charge_key text, text text, basis_text text, amount numeric, account text, vat_code text, vat_rate numeric, data jsonb))
  WITH ORDINALITY AS l(unit, beneficiary, component, charge_key, text, basis_text, amount, account, vat_code, vat_rate,
  data, position)
JOIN members_orgunit b ON b.id = l.beneficiary
WHERE v.run_item_id = ANY(%(items)s)
ORDER BY v.number, l.position
"""
_DUE_ROWS = """
INSERT INTO billing_duerow (invoice_id, position, due_date, amount)
SELECT v.id, p.position, CASE WHEN p.position = 1 THEN r.due_date ELSE r.second_due_date END, p.amount::numeric
FROM billing_invoice v JOIN billing_runitem i ON i.id = v.run_item_id JOIN billing_invoicerun r ON r.id = v.run_id
CROSS JOIN LATERAL jsonb_array_elements_text(i.payer_data->'parts') WITH ORDINALITY AS p(amount, position)
WHERE v.run_item_id = ANY(%(items)s)
"""
_LEDGER = """
INSERT INTO billing_ledgerentry (creditor_id, payer_id, invoice_id, kind, amount, "on", booked_on, text, actor_id,
  mutation_id, created_at)
SELECT v.creditor_id, v.payer_id, v.id, 'invoice', v.total, v.invoice_date, v.invoice_date, '', %(actor)s, %(mutation)s, %(at)s
FROM billing_invoice v WHERE v.run_item_id = ANY(%(items)s)
"""


@dataclass(frozen=True)
class Issued:
    """What one chunk did: how many invoices, and the names of payers whose charges another run had taken meanwhile."""

    issued: int
    refused: tuple[str, ...] = ()


def issue_chunk(*, run: InvoiceRun, actor: User | None, at: datetime, size: int = CHUNK) -> Issued:
    """Make invoices of the next approved items. Nothing issued and nothing refused: there is nothing left to do."""
    with mutation(actor=actor, kind="billing.run.issue", summary=run.title, unit_id=run.creditor_id) as done:
        series = _locked_series(run)
        items = list(waiting(run).values_list("pk", flat=True)[:size])
        if not items:
            return Issued(0)
        taken = {pk for (pk,) in _execute(_TAKEN, {"items": items})}
        refused = tuple(name for (name,) in _execute(_REFUSE, {"items": list(taken)})) if taken else ()
        items = [pk for pk in items if pk not in taken]
        if items:
            _insert(run, items, series, actor=actor, mutation_id=str(done.pk), at=at)
    return Issued(len(items), refused)


def waiting(run: InvoiceRun) -> QuerySet[RunItem]:
    """Approved items without an invoice, in the order of numbering: those after the last one numbered.

    Items are not marked when they are issued; writing 300 000 of them anew would take longer than finding the place.
    """
    ready = RunItem.objects.filter(run=run, state=ItemState.READY).order_by("sort_key", "pk")
    made = Invoice.objects.filter(run=run, kind=InvoiceKind.INVOICE).order_by("-number")
    last = made.values_list("payer_sort_key", "run_item_id").first()
    if last is None:
        return ready
    name, item = last
    return ready.filter(sort_key__gte=name).filter(Q(sort_key__gt=name) | Q(pk__gt=item))


def finish(*, run: InvoiceRun, at: datetime) -> InvoiceRun:
    """All items are issued or refused: the run is done."""
    with mutation(actor=None, kind="billing.run.issued", summary=run.title, unit_id=run.creditor_id):
        run = InvoiceRun.objects.select_for_update(of=("self",)).select_related("creditor").get(pk=run.pk)
        if run.state == RunState.ISSUING:
            run.state, run.issued_at = RunState.ISSUED, at
            run.save(update_fields=["state", "issued_at"])
            # Working rows; who paid for whom is in the invoices now.
            RunMembership.objects.filter(run=run).delete()
    return run


def is_as_approved(run: InvoiceRun) -> bool:
    """Whether the terms and items are still those whose hash was approved; items refused since count as they were."""
    return summaries.preview_hash(run) == run.approved_hash


def back_to_preview(*, run: InvoiceRun) -> bool:
    """Undo the approval of a run that is not what was approved; its preview has to be calculated again.

    False, and nothing is changed, when an invoice has been made already: what is numbered stays numbered.
    """
    with mutation(actor=None, kind="billing.run.refused", summary=run.title, unit_id=run.creditor_id):
        run = InvoiceRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
        if run.state != RunState.ISSUING or Invoice.objects.filter(run=run).exists():
            return False
        run.state, run.preview_hash, run.approved_hash = RunState.PREVIEW, "", ""
        run.approved_by = run.approved_at = None
        run.save(update_fields=["state", "preview_hash", "approved_hash", "approved_by", "approved_at"])
    return True


def issued_total(run: InvoiceRun) -> Decimal:
    """Euros invoiced by the run so far."""
    sql = "SELECT coalesce(sum(total), 0) FROM billing_invoice WHERE run_id = %(run)s AND kind = 'invoice'"
    return Decimal(_execute(sql, {"run": run.pk})[0][0])


def reference_of(creditor_number: int, year: int, number: int) -> str:
    """The reference of an invoice: unique in the federation, because the creditor's number is and the series is.

    Two digits of the year and seven of the number make the nine of the running part: 2026-000412 → 26 0000412.
    """
    return national(invoice_base(FEE_REFERENCE, creditor_number, year % 100 * 10_000_000 + number))


def _locked_series(run: InvoiceRun) -> NumberSeries:
    """The series of the creditor's year of the invoice date, locked until the chunk's transaction ends."""
    year = run.invoice_date.year
    with transaction.atomic():
        NumberSeries.objects.get_or_create(creditor=run.creditor, year=year)
    return NumberSeries.objects.select_for_update().get(creditor=run.creditor, year=year)


def _insert(
    run: InvoiceRun,
    items: Sequence[int],
    series: NumberSeries,
    *,
    actor: User | None,
    mutation_id: str,
    at: datetime,
) -> None:
    first = series.last + 1
    numbers = list(range(first, first + len(items)))
    params: dict[str, Any] = {
        "items": list(items),
        "numbers": numbers,
        "references": [reference_of(run.creditor.number, series.year, number) for number in numbers],
        "year": series.year,
        "issuer": _issuer(run),
        "actor": actor.pk if actor else None,
        "mutation": mutation_id,
        "at": at,
    }
    for sql in (_INVOICES, _LINES, _DUE_ROWS, _LEDGER):
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
    series.last = numbers[-1]
    series.save(update_fields=["last"])


def _issuer(run: InvoiceRun) -> int:
    """One issuer for the whole run: what the first chunk froze, whatever is changed of the unit while it goes on."""
    known = Invoice.objects.filter(run=run).order_by("pk").values_list("issuer_id", flat=True).first()
    return known or snapshot(run.creditor).pk


def _execute(sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
