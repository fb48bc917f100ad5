"""What the database refuses of an issued invoice, whoever writes: new rows, and an open sum of one's own."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from billing.models import Invoice, LedgerEntry
from billing.services import ledger
from tests.billing.factories import make_invoice
from tests.cast import TODAY, Cast

LINE = """
INSERT INTO billing_invoiceline (invoice_id, position, unit_id, beneficiary_id, component, charge_key, released, text,
  basis_text, amount, account, vat_code, vat_rate, data)
VALUES (%s, 9, %s, %s, 'x', '', false, 'X', '', 0, '', 'O', 0, '{}')
"""
DUE = "INSERT INTO billing_duerow (invoice_id, position, due_date, amount) VALUES (%s, 9, '2026-12-01', 1)"
OPEN = "UPDATE billing_invoice SET open_amount = %s WHERE id = %s"
INVOICED = """
INSERT INTO billing_ledgerentry (creditor_id, payer_id, invoice_id, kind, amount, "on", booked_on, text, created_at)
SELECT creditor_id, payer_id, id, 'invoice', total, invoice_date, invoice_date, '', now() FROM billing_invoice WHERE id = %s
"""


def refused(sql: str, *params: object) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_added_to_an_issued_invoice(cast: Cast) -> None:
    unit = cast.units["union"]
    invoice = make_invoice(
        creditor=unit, payer=cast.parties["maija"], lines=[(unit, "10.00")], reference="1232"
    )
    refused(LINE, invoice.pk, unit.pk, unit.pk)
    refused(DUE, invoice.pk)
    refused(INVOICED, invoice.pk)
    assert (invoice.lines.count(), invoice.due_rows.count()) == (1, 1)


def test_nothing_is_added_to_an_invoice_there_is_not_and_none_is_taken_from_its_rows(cast: Cast) -> None:
    unit = cast.units["union"]
    invoice = make_invoice(
        creditor=unit, payer=cast.parties["maija"], lines=[(unit, "10.00")], reference="1232"
    )
    refused(LINE, invoice.pk + 999, unit.pk, unit.pk)
    refused(DUE, invoice.pk + 999)
    refused("DELETE FROM billing_invoice WHERE id = %s", invoice.pk)
    assert Invoice.objects.filter(pk=invoice.pk, lines__amount=10).exists()


def test_what_is_open_follows_the_ledger_and_nothing_else(cast: Cast) -> None:
    unit = cast.units["union"]
    invoice = make_invoice(
        creditor=unit, payer=cast.parties["maija"], lines=[(unit, "10.00")], reference="1232"
    )
    for amount in ("0", "3.00", "11.00"):
        refused(OPEN, Decimal(amount), invoice.pk)
    ledger.post_payment(invoice=invoice, amount=Decimal(4), paid_on=TODAY, booked_on=TODAY, actor=None)
    invoice.refresh_from_db()
    assert invoice.open_amount == Decimal("6.00")
    refused(OPEN, Decimal("10.00"), invoice.pk)
    refused(INVOICED, invoice.pk)
    assert LedgerEntry.objects.count() == 2


def test_an_invoice_begins_with_all_of_it_open(cast: Cast) -> None:
    unit = cast.units["union"]
    invoice = make_invoice(
        creditor=unit, payer=cast.parties["maija"], lines=[(unit, "10.00")], reference="1232"
    )
    copied = [
        f.column
        for f in Invoice._meta.concrete_fields
        if f.column not in ("id", "open_amount", "number", "reference")
    ]
    names = ", ".join(copied)
    sql = (
        f"INSERT INTO billing_invoice ({names}, number, reference, open_amount) SELECT {names}, 77, '1245', 3"
    )
    refused(f"{sql} FROM billing_invoice WHERE id = %s", invoice.pk)


def test_an_entry_belongs_to_an_invoice_and_its_shares_to_the_lines_of_it(cast: Cast) -> None:
    unit = cast.units["union"]
    mine, other = (
        make_invoice(creditor=unit, payer=cast.parties["maija"], lines=[(unit, "10.00")], reference=reference)
        for reference in ("1232", "1245")
    )
    ledger.post_payment(invoice=mine, amount=Decimal(4), paid_on=TODAY, booked_on=TODAY, actor=None)
    entry = LedgerEntry.objects.get(invoice=mine, kind="payment")
    share = "INSERT INTO billing_allocation (entry_id, line_id, amount) VALUES (%s, %s, 1)"
    refused(share, entry.pk, other.lines.get().pk)
    refused(share, entry.pk, entry.pk + 99_999)
    refused(share, entry.pk + 99_999, mine.lines.get().pk)
    refused(INVOICED.replace("payer_id, id,", "payer_id, id + 99999,"), mine.pk)
    paid = INVOICED.replace("'invoice', total", "'payment', -total").replace(
        "text, ", "text, payment_row_id, "
    )
    refused(paid.replace("'', now()", "'', 99999, now()"), mine.pk)
    assert entry.allocations.get().amount == 4
