"""Booking a bank's file: every row once, whichever file it comes in; exact references matched, the rest to the work list."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.core.files.base import ContentFile
from django.db import connection

from billing.models import ControlTotal, Invoice, LedgerEntry, PayerAccount, PaymentFile, PaymentRow
from billing.models.invoices import InvoiceKind
from billing.models.ledger import EntryKind
from billing.models.payments import RowState
from billing.services import ledger
from billing.services.reading_payments import Incoming, ReadFile
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.common.copying import copy_rows
from members.models import OrgUnit


class FileRefused(Exception):
    """The file is not booked at all; `code` says why: `known` or `foreign_account`."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


def check_file(*, read: ReadFile, data: bytes, unit: OrgUnit) -> str:
    """Digest of a file that may be booked for the unit. Raises FileRefused: booked before, or another's account."""
    digest = hashlib.sha256(data).hexdigest()
    if PaymentFile.objects.filter(unit=unit, sha256=digest).exists():
        raise FileRefused("known")
    for account in read.accounts:
        if account != unit.iban:
            raise FileRefused("foreign_account", account)
    return digest


def book_file(
    *, unit: OrgUnit, file_name: str, data: bytes, read: ReadFile, actor: User | None
) -> PaymentFile:
    """Book a whole file in one transaction. The same file twice is refused, the same money in another file is known.

    Raises FileRefused. 100 000 rows take seconds: rows are inserted in bulk and plain full payments are booked by SQL.
    """
    with mutation(actor=actor, kind="payment.file", summary=file_name, unit_id=unit.pk):
        ledger.take_turn(creditor_id=unit.pk)
        digest = check_file(read=read, data=data, unit=unit)
        file = PaymentFile(
            unit=unit,
            file_name=file_name[:200],
            sha256=digest,
            format=read.format[:12],
            account=unit.iban,
            row_count=len(read.rows),
            total=read.amount,
            imported_by=actor,
        )
        file.content.save(f"{digest[:16]}.dat", ContentFile(data), save=False)
        file.save()
        ControlTotal.objects.bulk_create(
            ControlTotal(
                file=file,
                account=total.account,
                booked_on=total.booked_on,
                code=total.code,
                count=total.count,
                amount=total.amount,
            )
            for total in read.totals
        )
        rows = _insert_new(file, read.rows)
        _match(file, rows, actor)
        _count(file, len(rows))
    return file


def book_manually(
    *,
    unit: OrgUnit,
    key: str,
    amount: Decimal,
    paid_on: date,
    reference: str,
    payer_name: str,
    message: str,
    actor: User | None,
) -> PaymentRow:
    """A payment entered by hand (cash, foreign transfer); `key` is the form's token, so a double click books once."""
    with mutation(actor=actor, kind="payment.manual", summary=payer_name, unit_id=unit.pk):
        ledger.take_turn(creditor_id=unit.pk)
        row, created = PaymentRow.objects.get_or_create(
            manual_key=key,
            defaults={
                "unit": unit,
                "account": unit.iban or "KASSA",
                "booked_on": paid_on,
                "paid_on": paid_on,
                "reference": reference,
                "reference_raw": reference,
                "payer_name": payer_name,
                "message": message,
                "amount": amount,
            },
        )
        if created:
            match_row(row=row, actor=actor)
    return row


def match_row(*, row: PaymentRow, actor: User | None) -> PaymentRow:
    """Match one row by its exact reference; what does not fit exactly goes to the work list with the reason.

    Raises nothing for odd money: over-, double and unknown payments wait, a part payment is booked at once.
    """
    with mutation(actor=actor, kind="payment.match", unit_id=row.unit_id):
        if row.correction or row.amount < 0:
            return _take_back(row, actor)
        invoice = _invoice_of(row)
        if invoice is None:
            return _wait(row, "no_reference" if not row.reference_raw else "unknown_reference")
        if invoice.open_amount <= 0:
            return _wait(row, "paid_already")
        if row.amount > invoice.open_amount:
            return _wait(row, "too_much")
        _settle(row, invoice, row.amount, actor)
    return row


def _settle(row: PaymentRow, invoice: Invoice, amount: Decimal, actor: User | None) -> None:
    ledger.post_payment(
        invoice=invoice, amount=amount, paid_on=row.paid_on, booked_on=row.booked_on, actor=actor, row=row
    )
    remember_account(row, invoice.payer_id)
    _set_state(row, RowState.MATCHED, "")


def remember_account(row: PaymentRow, payer_id: int) -> None:
    """Whose invoice was paid from the account: a hint the next time a reference is missing."""
    if row.payer_iban:
        PayerAccount.objects.get_or_create(payer_iban=row.payer_iban, party_id=payer_id)


def _invoice_of(row: PaymentRow) -> Invoice | None:
    if not row.reference:
        return None
    return Invoice.objects.filter(
        reference=row.reference, kind=InvoiceKind.INVOICE, creditor_id=row.unit_id
    ).first()


def _wait(row: PaymentRow, reason: str) -> PaymentRow:
    _set_state(row, RowState.WAITING, reason)
    return row


def _set_state(row: PaymentRow, state: str, reason: str) -> None:
    row.state, row.reason = state, reason
    row.save(update_fields=["state", "reason"])


def _take_back(row: PaymentRow, actor: User | None) -> PaymentRow:
    """A correction (KTL position 88) takes the earlier payment back; the invoice opens.

    The earlier one is known by the bank's UETR, else by sum and reference, and without a reference by the payer's account.
    """
    earlier = PaymentRow.objects.select_for_update().filter(
        unit_id=row.unit_id,
        account=row.account,
        amount=-row.amount,
        correction=False,
        booked_on__lte=row.booked_on,
    )
    if row.uetr and earlier.filter(uetr=row.uetr).exists():
        earlier = earlier.filter(uetr=row.uetr)
    elif row.reference_key:
        earlier = earlier.filter(reference_key=row.reference_key)
    else:
        earlier = earlier.filter(payer_iban=row.payer_iban).exclude(payer_iban="")
    original = earlier.exclude(state=RowState.REVERSED).order_by("-booked_on", "-pk").first()
    if original is None:
        return _wait(row, "correction")
    for entry in LedgerEntry.objects.filter(payment_row=original, reversed_by=None, reverses=None).order_by(
        "pk"
    ):
        ledger.reverse(
            entry=entry,
            kind=EntryKind.CORRECTION,
            on=row.paid_on,
            booked_on=row.booked_on,
            actor=actor,
            row=row,
        )
    _set_state(original, RowState.REVERSED, "")
    _set_state(row, RowState.MATCHED, "")
    return row


_COLUMNS = (
    "unit_id", "file_id", "line", "account", "booked_on", "paid_on", "archive_id", "ordinal", "uetr", "reference_raw",
    "reference_key", "reference", "payer_name", "payer_iban", "message", "amount", "correction", "state", "reason",
    "created_at",
)  # fmt: skip
_NAMES = ", ".join(_COLUMNS)
_STAGE = (
    f"CREATE TEMP TABLE incoming_payment ON COMMIT DROP AS SELECT {_NAMES} FROM billing_paymentrow LIMIT 0"  # noqa: S608
)
_KEEP_NEW = f"""
INSERT INTO billing_paymentrow ({_NAMES})
SELECT {_NAMES} FROM incoming_payment n WHERE n.uetr = ''
  OR NOT EXISTS (SELECT 1 FROM billing_paymentrow k WHERE k.account = n.account AND k.uetr = n.uetr AND k.amount = n.amount)
ORDER BY n.line ON CONFLICT DO NOTHING
"""  # noqa: S608 -- the names are this module's own


def _insert_new(file: PaymentFile, incoming: Sequence[Incoming]) -> list[PaymentRow]:
    """Insert the rows the register does not know yet, by the bank's archive id and by UETR."""
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        copy_rows(cursor, "incoming_payment", _COLUMNS, (_cells(file, row) for row in incoming))
        cursor.execute(_KEEP_NEW)
        cursor.execute("DROP TABLE incoming_payment")
        cursor.execute("ANALYZE billing_paymentrow")
    return list(PaymentRow.objects.filter(file=file).order_by("pk"))


def _cells(file: PaymentFile, row: Incoming) -> tuple[object, ...]:
    """The row in the order of `_COLUMNS`; `reason` "new" marks it until it is matched."""
    return (
        file.unit_id, file.pk, row.line, row.account, row.booked_on, row.paid_on, row.archive_id, row.ordinal, row.uetr,
        row.reference_raw, row.reference_key, row.reference, row.payer_name, row.payer_iban, row.message, row.amount,
        row.correction, RowState.WAITING.value, "new", file.imported_at,
    )  # fmt: skip


def _match(file: PaymentFile, rows: Sequence[PaymentRow], actor: User | None) -> None:
    """Plain full payments by SQL at once; everything else one by one in the order of the file."""
    done = _match_full_payments(file, actor)
    for row in rows:
        if row.pk not in done:
            match_row(row=row, actor=actor)


# A plain full payment: its invoice is untouched (all of it open), the sum is exactly the total, and no other row of the
# file has the same reference. Everything else has its own rules and goes through match_row.
_FULL = """
WITH fresh AS (
  SELECT *, count(*) OVER (PARTITION BY reference) AS alike FROM billing_paymentrow
  WHERE file_id = %(file)s AND reason = 'new' AND reference <> ''
)
SELECT r.id AS row_id, i.id AS invoice_id, i.creditor_id, i.payer_id, i.total, r.paid_on, r.booked_on, r.payer_iban
FROM fresh r
JOIN billing_invoice i ON i.reference = r.reference AND i.kind = 'invoice' AND i.creditor_id = r.unit_id
WHERE r.alike = 1 AND NOT r.correction AND r.amount = i.total AND i.open_amount = i.total AND i.total > 0
  AND NOT EXISTS (SELECT 1 FROM billing_invoiceline l JOIN billing_allocation a ON a.line_id = l.id WHERE l.invoice_id = i.id)
ORDER BY i.id FOR UPDATE OF i
"""

_TAKE_FULL = "CREATE TEMP TABLE full_payment ON COMMIT DROP AS" + _FULL

_BOOK_FULL = """
INSERT INTO billing_ledgerentry
  (creditor_id, payer_id, invoice_id, kind, amount, "on", booked_on, payment_row_id, text, actor_id, mutation_id, created_at)
  SELECT creditor_id, payer_id, invoice_id, 'payment', -total, paid_on, booked_on, row_id, '', %(actor)s, %(mutation)s, %(now)s
  FROM full_payment ORDER BY invoice_id;
INSERT INTO billing_allocation (entry_id, line_id, amount)
  SELECT e.id, l.id, l.amount FROM full_payment f
  JOIN billing_ledgerentry e ON e.payment_row_id = f.row_id AND e.kind = 'payment'
  JOIN billing_invoiceline l ON l.invoice_id = f.invoice_id WHERE l.amount <> 0;
UPDATE billing_invoice i SET open_amount = 0 FROM full_payment f WHERE i.id = f.invoice_id;
UPDATE billing_paymentrow r SET state = 'matched', reason = '' FROM full_payment f WHERE r.id = f.row_id;
INSERT INTO billing_payeraccount (payer_iban, party_id)
  SELECT DISTINCT payer_iban, payer_id FROM full_payment WHERE payer_iban <> '' ON CONFLICT DO NOTHING;
"""


def _match_full_payments(file: PaymentFile, actor: User | None) -> set[int]:
    with (
        mutation(actor=actor, kind="payment.file", unit_id=file.unit_id) as done,
        connection.cursor() as cursor,
    ):
        cursor.execute(_TAKE_FULL, {"file": file.pk})
        cursor.execute("ANALYZE full_payment")
        cursor.execute(
            _BOOK_FULL, {"actor": actor.pk if actor else None, "mutation": done.pk, "now": clock.now()}
        )
        cursor.execute("SELECT row_id FROM full_payment")
        matched = {row_id for (row_id,) in cursor.fetchall()}
        cursor.execute("DROP TABLE full_payment")
    return matched


def _count(file: PaymentFile, new: int) -> None:
    file.new_count = new
    file.known_count = file.row_count - new
    file.waiting_count = file.rows.filter(state=RowState.WAITING).count()
    file.matched_count = new - file.waiting_count
    file.save(update_fields=["new_count", "known_count", "waiting_count", "matched_count"])
