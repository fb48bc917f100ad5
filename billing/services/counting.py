"""Counting what fees have brought each unit, each night anew from invoices and the ledger (REG-17)."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

# A credit note belongs to the year of the invoice it credits. What is open is the lines less what entries have settled of them.
_COUNT = """
WITH parts AS (
  SELECT invoice_id, beneficiary_id, sum(amount) AS amount FROM billing_invoiceline GROUP BY 1, 2
), settled AS (
  SELECT l.invoice_id, l.beneficiary_id, sum(a.amount) AS amount
  FROM billing_allocation a JOIN billing_invoiceline l ON l.id = a.line_id GROUP BY 1, 2
)
INSERT INTO billing_feeyear (year, beneficiary_id, invoices, invoiced, credited, unpaid, counted_at)
SELECT coalesce(c.year, i.year), p.beneficiary_id, count(*) FILTER (WHERE i.kind = 'invoice'),
  coalesce(sum(p.amount) FILTER (WHERE i.kind = 'invoice'), 0),
  coalesce(-sum(p.amount) FILTER (WHERE i.kind = 'credit_note'), 0),
  coalesce(sum(p.amount - coalesce(s.amount, 0)) FILTER (WHERE i.kind = 'invoice'), 0), %(at)s
FROM parts p JOIN billing_invoice i ON i.id = p.invoice_id LEFT JOIN billing_invoice c ON c.id = i.credits_id
LEFT JOIN settled s ON s.invoice_id = p.invoice_id AND s.beneficiary_id = p.beneficiary_id
GROUP BY 1, 2 ORDER BY 1, 2"""


@transaction.atomic
def count_fees(*, at: datetime) -> None:
    """Every unit and year, euros. Repeating changes nothing but the time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('billing.statistics'))")
        cursor.execute("DELETE FROM billing_feeyear")
        cursor.execute(_COUNT, {"at": at})
