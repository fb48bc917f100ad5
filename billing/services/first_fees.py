"""The first fee of members just admitted: a run of their own, calculated and waiting for the treasurer (REG-5, BIL-3).

The run of the year bills everybody who is a member on its day. Who is admitted after it has been issued is billed by a run
that the service makes after the admission: for the same creditor, with the same messages, prorated by the fee table's rule
for who joins in the middle of a year. It is approved like any other, so nothing is sent that nobody has looked at.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from billing import settling
from billing.models import InvoiceRun
from billing.models.runs import RunState
from billing.services import preparing
from billing.services.preparing import RunPlan
from billing.titles import PROPOSED
from jasenpalvelu.jobs.services import enqueue
from members.models import OrgUnit

FIRST_FEES_JOB = "billing.first_fees"
# A fee is paid in a month unless the treasurer says otherwise.
USUAL_TERM = timedelta(days=28)


def run_of_year(unit_id: int, year: int) -> InvoiceRun | None:
    """The latest issued run that billed the association's members for the fee year; None before there is one."""
    runs = InvoiceRun.objects.filter(year=year, units__contains=[unit_id], state=RunState.ISSUED)
    return runs.select_related("creditor").order_by("-issued_at", "-pk").first()


def waiting_run(unit_id: int, year: int) -> InvoiceRun | None:
    """The newcomers' run of the association that nobody has approved yet."""
    runs = InvoiceRun.objects.filter(newcomers=True, year=year, units=[unit_id])
    return runs.filter(state__in=preparing.OPEN_STATES).select_related("creditor").order_by("-pk").first()


def model_of(run: InvoiceRun) -> InvoiceRun | None:
    """The run whose newcomers this one bills; None for a run of everybody."""
    return run_of_year(run.units[0], run.year) if run.newcomers else None


def bill(*, unit: OrgUnit, members_from: date, on: date) -> InvoiceRun | None:
    """Calculate a run of those who are members from a day on; the one that waits already is calculated anew.

    None when the year's own run has not been issued, as it will bill them too. RunError "busy" while the run is being
    calculated, "no_iban" or "no_table" when the creditor cannot bill any more.
    """
    model = run_of_year(unit.pk, members_from.year)
    if model is None:
        return None
    with transaction.atomic():
        # Two admissions at once make one run.
        OrgUnit.objects.select_for_update(no_key=True).get(pk=model.creditor_id)
        run = waiting_run(unit.pk, members_from.year)
        if run is None:
            plan = _plan(model, unit, members_from, on)
            run = preparing.create_run(creditor=model.creditor, plan=plan, actor=None, newcomers=True)
        else:
            run = preparing.change_run(run=run, plan=_later(run, members_from, on), actor=None)
        preparing.start_preview(run=run, actor=None)
    return run


def bill_no_more(*, unit: OrgUnit, members_from: date, on: date) -> InvoiceRun | None:
    """An admission was taken back: the run that waits is calculated anew, so that it asks nothing of them."""
    if waiting_run(unit.pk, members_from.year) is None:
        return None
    return bill(unit=unit, members_from=members_from, on=on)


def ask(*, unit: OrgUnit, members_from: date, undone: bool = False) -> None:
    """Let a worker calculate the first fees, once for what is entered at the same time."""
    enqueue(
        kind=FIRST_FEES_JOB,
        title=_("The first fee of new members: %(unit)s") % {"unit": unit.name},
        owner=None,
        unit_id=unit.pk,
        params={"unit": unit.pk, "members_from": members_from.isoformat(), "undone": undone},
        dedupe_key=f"{unit.pk}:{members_from}:{undone}",
        capability="billing.run",
    )


def follow(run: InvoiceRun) -> None:
    """The run has been issued: whoever was admitted while it waited to be approved is billed next."""
    units = OrgUnit.objects.filter(pk__in=settling.units_with_new_members(run)).order_by("pk")
    for unit in units:
        ask(unit=unit, members_from=max(run.basis_date, date(run.year, 1, 1)))


def _plan(model: InvoiceRun, unit: OrgUnit, members_from: date, on: date) -> RunPlan:
    return RunPlan(
        title=f"{PROPOSED['fi']} {model.year}",
        year=model.year,
        units=[unit.pk],
        basis_date=max(on, members_from),
        invoice_date=on,
        due_date=on + USUAL_TERM,
        message_fi=model.message_fi,
        message_sv=model.message_sv,
        message_en=model.message_en,
    )


def _later(run: InvoiceRun, members_from: date, on: date) -> RunPlan:
    """The plan as it stands, with days that have passed moved on."""
    plan = preparing.plan_of(run)
    plan = replace(plan, basis_date=max(plan.basis_date, members_from, on))
    return replace(plan, invoice_date=on, due_date=on + USUAL_TERM) if plan.invoice_date < on else plan
