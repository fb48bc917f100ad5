"""Booking one bank file: as many reference payments as there are persons, at most 100 000; 1 % of them odd."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from django.db import connection, transaction

from billing.formats.reference import national
from billing.models import Invoice, LedgerEntry, PaymentRow
from billing.services.booking_files import book_file
from billing.services.issuing import reference_of
from billing.services.reading_payments import read
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.web.demo.bankfile import Paid, ktl_file
from members.models import OrgUnit, Party
from tests.benchmarks import Figure, stopwatch

YEAR = 2099
DUE = date(2099, 3, 16)


def measure(persons: int) -> Iterator[Figure]:
    """Everything is rolled back at the end: the file and its invoices are made for the measurement."""
    count = min(persons, 100_000)
    with transaction.atomic():
        with mutation(actor=None, kind="benchmark.payments"):
            unit = _invoices(count)
            data = ktl_file(iban=unit.iban, payments=list(_payments(count, unit)), written=DUE)
        with stopwatch() as parsing:
            rows = read(data)
        with stopwatch() as booking:
            file = book_file(
                unit=unit, file_name="viitteet.txt", data=data, read=rows, actor=None, at=clock.now()
            )
        assert file.new_count == count
        assert (
            PaymentRow.objects.filter(file=file, state="matched").count()
            == LedgerEntry.objects.filter(payment_row__file=file, kind="payment").count()
        )
        yield Figure("payments.read", parsing[0], "s", f"{count} rows, KTL")
        yield Figure("payments.book", booking[0], "s", f"{count} rows, {file.waiting_count} to the work list")
        transaction.set_rollback(True)
    (path,) = {file.content.name}
    file.content.storage.delete(path)


def _payments(count: int, unit: OrgUnit) -> Iterator[Paid]:
    for number in range(1, count + 1):
        reference, amount = reference_of(unit.number, YEAR, number), Decimal("113.00")
        if number % 300 == 0:
            reference = national(f"99{number:08d}")
        elif number % 200 == 0:
            amount = Decimal("50.00")
        yield Paid(f"MAKSAJA {number}", amount, reference, DUE, f"9903{number:012d}")


def _invoices(count: int) -> OrgUnit:
    """Invoices of two lines each, straight into the tables."""
    unit = OrgUnit.objects.exclude(iban="").order_by("pk").first()
    assert unit is not None
    parties = list(Party.objects.order_by("pk").values_list("pk", flat=True)[:count])
    payers = [parties[number % len(parties)] for number in range(count)]
    references = [reference_of(unit.number, YEAR, number) for number in range(1, count + 1)]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO billing_issuer (creditor_id, data, sha256, logo) VALUES (%s, '{}', 'benchmark', '') RETURNING id",
            [unit.pk],
        )
        (issuer,) = cursor.fetchone()
        cursor.execute(
            """
            INSERT INTO billing_invoice (creditor_id, year, number, kind, issuer_id, payer_id, payer_name, payer_sort_key,
              payer_address, payer_number, payer_y_tunnus, language, title, message, invoice_date, due_date, reference,
              total, open_amount, created_at)
            SELECT %s, %s, r.number, 'invoice', %s, p.id, p.display_name, p.sort_key, '{}', p.member_number, '', 'fi',
              'Jäsenmaksu', '', %s, %s, r.reference, 113, 113, now()
            FROM unnest(%s::text[], %s::bigint[]) WITH ORDINALITY AS r(reference, party, number)
            JOIN members_party p ON p.id = r.party
            """,
            [unit.pk, YEAR, issuer, DUE.replace(day=1), DUE, references, payers],
        )
        cursor.execute(
            """
            INSERT INTO billing_invoiceline (invoice_id, position, unit_id, beneficiary_id, component, charge_key, released,
              text, basis_text, amount, account, vat_code, vat_rate, data)
            SELECT i.id, l.position, i.creditor_id, i.creditor_id, 'osa', '', false, 'Osa', '', l.amount, '', 'O', 0, '{}'
            FROM billing_invoice i CROSS JOIN (VALUES (1, 100), (2, 13)) AS l(position, amount) WHERE i.year = %s
            """,
            [YEAR],
        )
        cursor.execute("ANALYZE billing_invoice; ANALYZE billing_invoiceline")
    assert Invoice.objects.filter(year=YEAR).count() == count
    return unit
