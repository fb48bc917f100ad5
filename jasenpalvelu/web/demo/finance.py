"""Fees, last year's and this year's invoices and their payments, made with the same services the treasurers use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from billing import tariffs
from billing.models import FeeTable, Invoice, InvoiceRun, PaymentFile
from billing.services import approving, fee_tables, preparing
from billing.services.booking_files import book_file
from billing.services.preparing import RunPlan
from billing.services.reading_payments import read
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.common.money import CENT, round_cents
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services.running import run as work
from jasenpalvelu.web.demo.bankfile import Paid, ktl_file
from jasenpalvelu.web.demo.structure import Association, Federation
from members.models import OrgUnit

UNION, RURAL, FOREST = "example_union", "example_association", "example_forest_association"
HELSINKI = ZoneInfo("Europe/Helsinki")
PAID_LAST_YEAR, PAID_THIS_YEAR = 0.975, 0.87

Tell = Callable[[str], None]


def build(*, federation: Federation, random: Random, on: date, tell: Tell) -> None:
    """Two years of fees. The first region has not billed this year yet: its treasurers are to do that by hand."""
    last, this = on.year - 1, on.year
    for year in (last, this):
        tell(f"Fee tables of {year} …")
        _tables(federation, year)
    first = federation.associations[0]
    others = [a for a in federation.associations if a.region != first.region]
    tell(f"Invoices of {last} …")
    _bill(federation.associations, last, date(last, 2, 10), date(last, 3, 16))
    tell(f"Invoices of {this} …")
    _bill(others, this, date(this, 2, 9), min(date(this, 3, 16), on + timedelta(days=14)), on=on)
    tell(f"{Invoice.objects.count()} invoices. Payments …")
    for association in federation.associations:
        _pay(association.unit, last, PAID_LAST_YEAR, random, on)
        _pay(association.unit, this, PAID_THIS_YEAR, random, on)
    _odd_payments(first.unit, random, on)
    tell(f"{PaymentFile.objects.count()} bank files")


def _tables(federation: Federation, year: int) -> None:
    ready = tariffs.tariffs()
    decided = date(year - 1, 11, 25)
    units = [(federation.union, UNION)]
    units += [(a.unit, FOREST if a.forest else RURAL) for a in federation.associations]
    with clock.frozen(_moment(decided)):
        for unit, slug in units:
            tariff = ready[slug]
            table: FeeTable = fee_tables.create(
                unit=unit,
                year=year,
                actor=None,
                rules=fee_tables.drafts_of(tariff, union_id=federation.union.pk),
                cap=tariff.cap,
                instalment_threshold=tariff.instalment_threshold,
            )
            fee_tables.decide(
                table=table, decided_by="Syyskokous", decided_on=decided, section="8", actor=None
            )


def _bill(
    associations: list[Association] | tuple[Association, ...],
    year: int,
    issued: date,
    due: date,
    on: date | None = None,
) -> None:
    """One run for each association, from draft to numbered invoices."""
    if on is not None and issued >= on:
        return
    with clock.frozen(_moment(issued)):
        for association in associations:
            unit = association.unit
            run = preparing.create_run(
                creditor=unit,
                plan=RunPlan(
                    title=f"Jäsenmaksut {year}",
                    year=year,
                    units=[unit.pk],
                    basis_date=date(year, 1, 1),
                    invoice_date=issued,
                    due_date=due,
                    second_due_date=due + timedelta(days=90),
                    message_fi="Kiitos, että olet mukana. Tarkista tietosi omilta sivuiltasi.",
                    message_sv="Tack för att du är med. Kontrollera dina uppgifter på dina egna sidor.",
                ),
                actor=None,
            )
            with mutation(actor=None, kind="demo.run", unit_id=unit.pk):
                InvoiceRun.objects.filter(pk=run.pk).update(created_at=clock.now())
            _finish(preparing.start_preview(run=run, actor=None))
            run = InvoiceRun.objects.get(pk=run.pk)
            _finish(approving.approve(run=run, preview_hash=run.preview_hash, actor=None, at=clock.now()).job)


def _finish(job: Job) -> None:
    while work(job_id=job.pk):
        pass
    job.refresh_from_db()
    if job.state != "done":
        raise RuntimeError(f"{job.kind}: {job.state} {job.message} {job.log}")


def _pay(unit: OrgUnit, year: int, share: float, random: Random, on: date) -> None:
    """Most pay around the due date, some weeks late; the treasurer fetches a file a month."""
    months: dict[date, list[Paid]] = {}
    invoices = Invoice.objects.filter(creditor=unit, year=year, total__gt=0).order_by("pk")
    for number, invoice in enumerate(invoices):
        if random.random() > share:
            continue
        day = invoice.due_date + timedelta(days=int(random.triangular(-30, 60, -2)))
        amount = invoice.total if random.random() > 0.01 else round_cents(invoice.total / 2)
        if invoice.invoice_date < day < on and amount >= CENT:
            paid = Paid(
                invoice.payer_name,
                amount,
                invoice.reference,
                day,
                f"{day:%y%m%d}{unit.number:04d}{number:06d}",
            )
            months.setdefault(day.replace(day=28), []).append(paid)
    for _month, payments in sorted(months.items()):
        _book(unit, payments, max(payment.on for payment in payments))


def _book(unit: OrgUnit, payments: list[Paid], day: date) -> None:
    data = ktl_file(iban=unit.iban, payments=payments, written=day)
    with clock.frozen(_moment(day)):
        book_file(
            unit=unit,
            file_name=f"viitteet-{day:%Y-%m-%d}.txt",
            data=data,
            read=read(data),
            actor=None,
            at=clock.now(),
        )


def _odd_payments(unit: OrgUnit, random: Random, on: date) -> None:
    """This week's file of the first association: late payments with wrong or no references, a double and a part payment."""
    unpaid = list(
        Invoice.objects.filter(creditor=unit, open_amount__gt=0).order_by("payer_sort_key", "pk")[:6]
    )
    paid = Invoice.objects.filter(creditor=unit, open_amount=0, total__gt=0).order_by("-pk").first()
    day = on - timedelta(days=2)
    rows = []
    for number, invoice in enumerate(unpaid):
        wrong = ["13", _mistyped(invoice.reference), invoice.reference][number % 3]
        amount = invoice.open_amount if number % 3 < 2 else round_cents(invoice.open_amount / 2)
        rows.append(Paid(invoice.payer_name, amount, wrong, day, f"{day:%y%m%d}ODD{number:07d}"))
    if paid is not None:
        rows.append(Paid(paid.payer_name, paid.total, paid.reference, day, f"{day:%y%m%d}ODD0000008"))
    rows.append(Paid("TUNTEMATON MAKSAJA", Decimal("250.00"), "0", day, f"{day:%y%m%d}ODD0000009"))
    random.shuffle(rows)
    _book(unit, rows, on - timedelta(days=1))


def _mistyped(reference: str) -> str:
    """Two digits the wrong way round."""
    return reference[:-3] + reference[-2] + reference[-3] + reference[-1]


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(9, 2), HELSINKI)
