"""Booking a bank's file: every row once, whichever file it comes in; exact references matched, the rest to the work list.

A file is received by a request, which looks at its beginning, and booked by a job: it is read and checked whole, all rows the
register does not know are stored in one transaction, then their invoices are dealt with chunk by chunk. A row is new until it has been dealt with, so a worker that
dies leaves nothing half done and the next one goes on from there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from django.core.files.base import ContentFile, File
from django.db import connection
from django.utils.translation import gettext as _

from billing.loading import TOLD_FROM
from billing.models import ControlTotal, PaymentFile
from billing.models.payments import RowState
from billing.services import ledger
from billing.services.booking_payments import match_row
from billing.services.reading_payments import ReadFile
from billing.services.storing_payments import store_new
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import enqueue
from members.models import OrgUnit

BOOK_JOB = "billing.book"
# Rows that are not plain full payments, dealt with in one transaction.
CHUNK = 200


class FileRefused(Exception):
    """The file is not booked: it is about another's account, `account`."""

    def __init__(self, account: str) -> None:
        super().__init__("foreign_account")
        self.account = account


class FileKnown(Exception):
    """The same bytes have been received before, as `file`."""

    def __init__(self, file: PaymentFile) -> None:
        super().__init__("known")
        self.file = file


def receive(
    *, unit: OrgUnit, file_name: str, content: File[bytes], actor: User | None, at: datetime
) -> PaymentFile:
    """Take a file in as it is and let a worker read and book it. Raises FileKnown."""
    with mutation(actor=actor, kind="payment.file", summary=file_name, unit_id=unit.pk):
        file = _receive(unit, file_name, content, actor, at)
        _enqueue(file, actor)
    return file


def go_on(*, file: PaymentFile, actor: User | None) -> PaymentFile:
    """Book the rest of a file whose work was stopped; while it is under way or done, nothing happens."""
    with mutation(actor=actor, kind="payment.file", summary=file.file_name, unit_id=file.unit_id):
        ledger.take_turn(creditor_id=file.unit_id)
        file = PaymentFile.objects.select_related("unit").get(pk=file.pk)
        if file.is_stopped:
            _enqueue(file, actor)
    return file


def book_file(
    *, unit: OrgUnit, file_name: str, data: bytes, read: ReadFile, actor: User | None, at: datetime
) -> PaymentFile:
    """Receive and book a whole file at once, in one transaction: for programs, where nobody waits for a page.

    Raises FileKnown and FileRefused. 100 000 rows take seconds: rows are inserted in bulk and plain full payments are booked by SQL.
    """
    with mutation(actor=actor, kind="payment.file", summary=file_name, unit_id=unit.pk):
        file = note_contents(
            file=_receive(unit, file_name, ContentFile(data), actor, at), read=read, actor=actor
        )
        insert_rows(file=file, read=read, actor=actor)
        match_full(file=file, actor=actor, at=at)
        while match_next(file=file, actor=actor):
            pass
        finish(file=file, actor=actor)
    return file


def _receive(
    unit: OrgUnit, file_name: str, content: File[bytes], actor: User | None, at: datetime
) -> PaymentFile:
    ledger.take_turn(creditor_id=unit.pk)
    digest = hashlib.sha256()
    for part in content.chunks():
        digest.update(part)
    if known := PaymentFile.objects.filter(unit=unit, sha256=digest.hexdigest()).first():
        raise FileKnown(known)
    file = PaymentFile(
        unit=unit,
        file_name=file_name[:200],
        sha256=digest.hexdigest(),
        account=unit.iban,
        imported_by=actor,
        imported_at=at,
    )
    content.seek(0)
    file.content.save(f"{file.sha256[:16]}.dat", content, save=False)
    file.save()
    return file


def note_contents(*, file: PaymentFile, read: ReadFile, actor: User | None) -> PaymentFile:
    """Count what a file that has been read holds. Raises FileRefused when some of it is another's account."""
    for account in read.accounts:
        if account != file.account:
            raise FileRefused(account)
    with mutation(actor=actor, kind="payment.file", summary=file.file_name, unit_id=file.unit_id):
        file.format, file.row_count, file.total = read.format[:12], len(read.rows), read.amount
        file.save(update_fields=["format", "row_count", "total"])
    return file


def _enqueue(file: PaymentFile, actor: User | None) -> Job:
    job = enqueue(
        kind=BOOK_JOB,
        title=_("Payment file: %(name)s") % {"name": file.file_name},
        owner=actor,
        unit_id=file.unit_id,
        params={"file": file.pk},
        total=file.row_count or None,
        dedupe_key=f"file:{file.pk}",
        capability="billing.payments",
    )
    PaymentFile.objects.filter(pk=file.pk).update(job_id=job.pk, refusal={})
    file.job_id, file.refusal = job.pk, {}
    return job


# --- the rows ---------------------------------------------------------------------------------------------------------
def insert_rows(*, file: PaymentFile, read: ReadFile, actor: User | None) -> int:
    """Insert the rows the register does not know yet and the statement's lump sums; how many rows are new."""
    with mutation(actor=actor, kind="payment.file", summary=file.file_name, unit_id=file.unit_id):
        ledger.take_turn(creditor_id=file.unit_id)
        if file.rows.exists() or file.control_totals.exists():  # done before, by a worker that died later
            return file.rows.count()
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
        store_new(file=file, incoming=read.rows)
        file.new_count = file.rows.count()
        file.known_count = file.row_count - file.new_count
        file.save(update_fields=["new_count", "known_count"])
    return file.new_count


# --- their invoices ---------------------------------------------------------------------------------------------------
# A plain full payment: its invoice is untouched (all of it open) and nothing is taken off on a line of its own (the ledger
# shares that over the other lines), the sum is exactly the total, and no other row of the file has the same reference. Everything else has its own rules and goes through match_row.
_FULL = """
WITH fresh AS (
  SELECT *, count(*) OVER (PARTITION BY reference) AS alike FROM billing_paymentrow
  WHERE file_id = %(file)s AND state = 'new' AND reference <> ''
)
SELECT r.id AS row_id, i.id AS invoice_id, i.creditor_id, i.payer_id, i.total, r.paid_on, r.booked_on, r.payer_iban
FROM fresh r
JOIN billing_invoice i ON i.reference = r.reference AND i.kind = 'invoice' AND i.creditor_id = r.unit_id
WHERE r.alike = 1 AND NOT r.correction AND r.amount = i.total AND i.open_amount = i.total AND i.total > 0
  AND NOT EXISTS (SELECT 1 FROM billing_invoiceline l JOIN billing_allocation a ON a.line_id = l.id WHERE l.invoice_id = i.id)
  AND NOT EXISTS (SELECT 1 FROM billing_invoiceline l WHERE l.invoice_id = i.id AND l.amount < 0)
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
UPDATE billing_paymentrow r SET state = 'matched', reason = '' FROM full_payment f WHERE r.id = f.row_id;
INSERT INTO billing_payeraccount (payer_iban, party_id)
  SELECT DISTINCT payer_iban, payer_id FROM full_payment WHERE payer_iban <> '' ON CONFLICT DO NOTHING;
"""


# Payments whose reference is nobody's wait for a person; so do those without one.
_NOBODYS = """
UPDATE billing_paymentrow r SET state = 'waiting',
  reason = CASE WHEN r.reference_raw = '' THEN 'no_reference' ELSE 'unknown_reference' END
WHERE r.file_id = %(file)s AND r.state = 'new' AND NOT r.correction AND r.amount > 0 AND (r.reference = '' OR NOT EXISTS (
  SELECT 1 FROM billing_invoice i WHERE i.reference = r.reference AND i.kind = 'invoice' AND i.creditor_id = r.unit_id))
"""


def match_full(*, file: PaymentFile, actor: User | None, at: datetime) -> int:
    """Book all plain full payments of the file at once, and let those of nobody's reference wait; how many there were."""
    with (
        mutation(actor=actor, kind="payment.file", summary=file.file_name, unit_id=file.unit_id) as done,
        connection.cursor() as cursor,
    ):
        ledger.take_turn(creditor_id=file.unit_id)
        cursor.execute(_TAKE_FULL, {"file": file.pk})
        cursor.execute("ANALYZE full_payment")
        cursor.execute(_BOOK_FULL, {"actor": actor.pk if actor else None, "mutation": done.pk, "now": at})
        cursor.execute("SELECT count(*) FROM full_payment")
        (count,) = cursor.fetchone()
        cursor.execute("DROP TABLE full_payment")
        if count > TOLD_FROM:
            cursor.execute("ANALYZE billing_ledgerentry; ANALYZE billing_allocation")
        cursor.execute(_NOBODYS, {"file": file.pk})
        return int(count) + cursor.rowcount


def match_next(*, file: PaymentFile, actor: User | None, size: int = CHUNK) -> int:
    """Deal with the next rows one by one, in the order of the file; how many there were, 0 at the end."""
    with mutation(actor=actor, kind="payment.file", summary=file.file_name, unit_id=file.unit_id):
        ledger.take_turn(creditor_id=file.unit_id)
        rows = list(file.rows.filter(state=RowState.NEW).order_by("line", "pk")[:size])
        for row in rows:
            match_row(row=row, actor=actor)
    return len(rows)


def refuse(*, file: PaymentFile, refusal: Mapping[str, str | None]) -> None:
    """Keep on the file why nothing of it could be booked (`billing.refusals`)."""
    with mutation(actor=None, kind="payment.file", summary=file.file_name, unit_id=file.unit_id):
        PaymentFile.objects.filter(pk=file.pk).update(refusal=refusal)


def finish(*, file: PaymentFile, actor: User | None) -> PaymentFile:
    """Count what became of the rows."""
    with mutation(actor=actor, kind="payment.file", summary=file.file_name, unit_id=file.unit_id):
        file.waiting_count = file.rows.filter(state=RowState.WAITING).count()
        file.matched_count = file.new_count - file.waiting_count
        file.save(update_fields=["waiting_count", "matched_count"])
    return file
