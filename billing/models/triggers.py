"""What the database keeps true of issued documents, whoever writes: nothing is added to them later, and what is open follows the ledger.

The functions plan their queries anew each time (EXECUTE): they work on one row and on a hundred thousand, and a plan kept from
the one is wrong for the other.
"""

from __future__ import annotations

from collections.abc import Sequence

import pgtrigger

from jasenpalvelu.audit.triggers import Erasable, added

# The transaction, in numbers that never come round.
THIS_TRANSACTION = "pg_current_xact_id()::text::bigint"

_ADDED_LATER = f"""
EXECUTE $q$ SELECT EXISTS (
  SELECT 1 FROM (SELECT DISTINCT invoice_id FROM new_rows) n LEFT JOIN billing_invoice w ON w.id = n.invoice_id
  WHERE w.made_in IS DISTINCT FROM {THIS_TRANSACTION}) $q$ INTO _late;
IF _late THEN
  RAISE EXCEPTION 'An issued invoice is final: rows of % are added only while it is made', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END IF;
RETURN NULL;
"""  # noqa: S608 -- nothing but this module's own

_FOLLOW = f"""
EXECUTE $q$ SELECT EXISTS (
    SELECT 1 FROM new_rows n LEFT JOIN billing_invoice w ON w.id = n.invoice_id WHERE n.invoice_id IS NOT NULL AND w.id IS NULL)
  OR EXISTS (SELECT 1 FROM new_rows n LEFT JOIN billing_paymentrow r ON r.id = n.payment_row_id
    WHERE n.payment_row_id IS NOT NULL AND r.id IS NULL) $q$ INTO _odd;
IF _odd THEN
  RAISE EXCEPTION 'An entry of an invoice or a payment there is not' USING ERRCODE = 'foreign_key_violation';
END IF;
EXECUTE $q$ SELECT EXISTS (
  SELECT 1 FROM new_rows n JOIN billing_invoice w ON w.id = n.invoice_id
  WHERE n.kind = 'invoice' AND (w.made_in <> {THIS_TRANSACTION} OR w.total <> n.amount OR EXISTS (
    SELECT 1 FROM billing_ledgerentry e WHERE e.invoice_id = n.invoice_id AND e.id <> n.id))) $q$ INTO _odd;
IF _odd THEN
  RAISE EXCEPTION 'An invoice is entered once, with its total, while it is made' USING ERRCODE = 'restrict_violation';
END IF;
IF EXISTS (SELECT 1 FROM new_rows WHERE invoice_id IS NOT NULL AND kind <> 'invoice') THEN
  EXECUTE $q$ UPDATE billing_invoice i SET open_amount = i.open_amount + s.amount
    FROM (SELECT invoice_id, sum(amount) AS amount FROM new_rows WHERE invoice_id IS NOT NULL AND kind <> 'invoice'
      GROUP BY invoice_id) s
    WHERE i.id = s.invoice_id $q$;
END IF;
RETURN NULL;
"""  # noqa: S608 -- nothing but this module's own

_SHARES = """
EXECUTE $q$ SELECT EXISTS (
  SELECT 1 FROM new_rows n LEFT JOIN billing_ledgerentry e ON e.id = n.entry_id
  LEFT JOIN billing_invoiceline l ON l.id = n.line_id
  WHERE e.id IS NULL OR l.id IS NULL OR l.invoice_id IS DISTINCT FROM e.invoice_id) $q$ INTO _odd;
IF _odd THEN
  RAISE EXCEPTION 'An entry is shared over the lines of its own invoice' USING ERRCODE = 'foreign_key_violation';
END IF;
RETURN NULL;
"""

_REFUSE_OPEN = "RAISE EXCEPTION 'What is open of an invoice follows the ledger: % refused', TG_OP USING ERRCODE = 'restrict_violation';"


def added_while_made() -> list[pgtrigger.Trigger]:
    """Rows of an invoice (`invoice_id`) are added only in the transaction that made the invoice, so only to one there is.

    As invoices are never deleted either, those rows need no foreign key in the database: it would be looked up row by row,
    a million times in a run of the whole federation.
    """
    return added("added_while_made", _ADDED_LATER, declare=[("_late", "boolean")])


def leads_open_amounts() -> list[pgtrigger.Trigger]:
    """Of the ledger: every entry moves what is open of its invoice, by the same statement that adds it."""
    return added("leads_open_amounts", _FOLLOW, declare=[("_odd", "boolean")])


def shares_of_entries() -> list[pgtrigger.Trigger]:
    """Of allocations: the entry and the line are there, and of the same invoice."""
    return added("shares_of_entries", _SHARES, declare=[("_odd", "boolean")])


def open_amount_follows() -> list[pgtrigger.Trigger]:
    """Of invoices: at first all is open, of a credit note nothing; afterwards only the ledger's trigger moves it."""
    return [
        pgtrigger.Trigger(
            name="open_at_first",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            condition=pgtrigger.Condition(
                "NEW.open_amount <> CASE WHEN NEW.kind = 'invoice' THEN NEW.total ELSE 0 END"
            ),
            func=_REFUSE_OPEN,
        ),
        pgtrigger.Trigger(
            name="open_follows",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=pgtrigger.Condition(
                "OLD.open_amount IS DISTINCT FROM NEW.open_amount AND pg_trigger_depth() = 0"
            ),
            func=_REFUSE_OPEN,
        ),
    ]


def final_but(*fields: str, erasable: Sequence[str] = (), over: str = "true") -> list[pgtrigger.Trigger]:
    """In place of the same trigger of `immutable_when`: what changed is asked by the trigger's own condition.

    A bank's file changes a hundred thousand rows; a function would be called for each of them. `erasable` columns may be emptied by an
    erasure where `over` holds (SQL over OLD): when the books need not be kept any more.
    """
    refuse = (
        "RAISE EXCEPTION 'Row % of % is final: % refused', OLD.id, TG_TABLE_NAME, TG_OP"
        " USING ERRCODE = 'restrict_violation';"
    )
    return [
        Erasable(
            name="immutable_update",
            condition=pgtrigger.AnyChange(exclude=list(fields)),
            columns=erasable,
            over=over,
            refuse=refuse,
        )
    ]


def books_over(day: str) -> str:
    """SQL: six years have passed from the end of the year of the day (Accounting Act 1336/1997, chapter 2, section 10).

    The least that holds for anybody: where the financial year ends later, `members.personal.keeping` waits for longer.
    """
    return f"extract(year FROM {day}) + 6 < extract(year FROM current_date)"
