"""The yearly run: preview, approval and issue, of one association and of the whole federation at once."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from billing.brackets import Bracket
from billing.models import FeeTable, Invoice, InvoiceRun, RunItem
from billing.services import approving, fee_tables, preparing
from billing.services.fee_tables import RuleDraft
from billing.services.preparing import RunPlan
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import running
from members.models import Membership, OrgUnit
from tests.benchmarks import Figure, stopwatch

WORKER = """
import time, django
django.setup()
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import running
while True:
    for job in Job.objects.due().order_by("-created_at", "pk")[:3]:
        running.run(job_id=job.pk, seconds=5)
    time.sleep(0.1)
"""
FARMS = ["farmer", "forest_owner", "rural_entrepreneur", "joint_forest"]
AREA = [("0", "10", "42"), ("10", "20", "62"), ("20", "50", "92"), ("50", "100", "182"), ("100", None, "240")]


def measure(persons: int) -> Iterator[Figure]:
    """Fee years nobody has billed yet, so that it can be measured again and again on the same federation.

    The federation is billed twice: for a year of which nothing has been charged, as in every March, and for one of which
    an association has charged its own members, whose fees have to be looked up for every payer.
    """
    last = FeeTable.objects.order_by("-year").values_list("year", flat=True).first() or 0
    year = max(last, clock.today().year) + 1
    units = list(OrgUnit.objects.filter(kind__has_members=True).order_by("pk"))
    union = OrgUnit.objects.get(kind_id="central")
    tables(union, units, year)
    tables(union, units, year + 1)
    biggest = max(units, key=lambda unit: Membership.objects.filter(unit=unit).count())
    yield from _run(biggest, [biggest], year, "one association")
    yield from _run(union, units, year + 1, "the federation")
    yield from _run(union, units, year, "the federation after an association")


def _run(creditor: OrgUnit, units: list[OrgUnit], year: int, name: str) -> Iterator[Figure]:
    day = clock.today()
    plan = RunPlan(
        title=f"Mittaus {year}",
        year=year,
        units=[unit.pk for unit in units],
        basis_date=day,
        invoice_date=day,
        due_date=day + timedelta(days=30),
    )
    run = preparing.create_run(creditor=creditor, plan=plan, actor=None)
    with stopwatch() as previewing:
        work_off(preparing.start_preview(run=run, actor=None))
    run = InvoiceRun.objects.get(pk=run.pk)
    count = RunItem.objects.filter(run=run).count()
    size = f"{count} payers, {len(units)} associations"
    yield Figure(f"run, {name}, preview", previewing[0], "s", size)
    yield Figure(f"run, {name}, preview", count / previewing[0], "payers/s", size)
    with stopwatch() as approval:
        job = approving.approve(run=run, preview_hash=run.preview_hash, actor=None, at=clock.now()).job
    yield Figure(f"run, {name}, approval", approval[0], "s", size)
    with stopwatch() as issuing:
        work_off(job)
    made = Invoice.objects.filter(run=run).count()
    size = f"{made} invoices, {len(units)} associations"
    yield Figure(f"run, {name}, issue", issuing[0], "s", size)
    yield Figure(f"run, {name}, issue", made / issuing[0], "invoices/s", size)


def work_off(job: Job) -> None:
    """This process and a second one are the two workers of two cores."""
    with subprocess.Popen([sys.executable, "-c", WORKER]) as second:
        try:
            while Job.objects.get(pk=job.pk).is_active:
                running.run(job_id=job.pk)
                time.sleep(0.02)
        finally:
            second.terminate()
    job.refresh_from_db()
    if job.state != "done":
        raise RuntimeError(f"{job.kind}: {job.state} {job.message} {job.log}")


def tables(union: OrgUnit, units: list[OrgUnit], year: int) -> None:
    """Four parts of the union, charged once, and two of each association: as large as tables are in life."""
    _decide(
        union,
        year,
        _flat("perusosa", "13", once_per="payer", types=FARMS),
        _bracket("pelto", ["field_ha"], once_per="payer", types=FARMS),
        _bracket("elaimet", ["animal_units"], once_per="payer", types=FARMS),
        _flat("metsa", "7", once_per="payer", types=FARMS, bases=["forest_ha_south"]),
    )
    for unit in units:
        _decide(
            unit,
            year,
            _bracket(
                "jasenmaksu",
                ["field_ha", "forest_ha_south", "forest_ha_north"],
                once_per="holding",
                types=FARMS,
            ),
            _flat("henkilojasen", "30", excluded_types=FARMS),
        )


def _decide(unit: OrgUnit, year: int, *rules: RuleDraft) -> None:
    table = fee_tables.create(unit=unit, year=year, actor=None, rules=rules)
    fee_tables.decide(
        table=table, decided_by="Syyskokous", decided_on=date(year - 1, 11, 20), section="", actor=None
    )


def _flat(code: str, amount: str, **values: object) -> RuleDraft:
    return RuleDraft({"code": code, "name_fi": code, "kind": "flat", "amount": Decimal(amount), **values})


def _bracket(code: str, bases: list[str], **values: object) -> RuleDraft:
    rows = [Bracket(Decimal(low), Decimal(high) if high else None, Decimal(sum_)) for low, high, sum_ in AREA]
    return RuleDraft({"code": code, "name_fi": code, "kind": "bracket", "bases": bases, **values}, rows)
