"""Drafting an invoice run: who bills whom, when it is due, and what must be in order before anything is calculated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext as _

from billing.models import FeeTable, InvoiceRun, RunItem, RunMembership, RunRange
from billing.models.runs import RunState
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common.dates import payable_on
from jasenpalvelu.common.identifiers import normalise_finnish_iban
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import enqueue
from members.models import OrgUnit

PREVIEW_JOB = "billing.preview"
HELPER_JOB = "billing.preview_help"
SUMS_JOB = "billing.sums"
OPEN_STATES = (RunState.DRAFT, RunState.CALCULATING, RunState.PREVIEW)


class RunError(Exception):
    """The act is not possible; `code` says why: no_iban, no_units, no_table, not_open, busy, stale, nothing, not_item."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class RunPlan:
    """What a person decides of a run. Due dates are moved to a banking day when it is saved."""

    title: str
    year: int
    units: Sequence[int]
    basis_date: date
    invoice_date: date
    due_date: date
    second_due_date: date | None = None
    message_fi: str = ""
    message_sv: str = ""
    message_en: str = ""


def plan_of(run: InvoiceRun) -> RunPlan:
    """What has been decided of the run."""
    return RunPlan(**{field.name: getattr(run, field.name) for field in fields(RunPlan)})


def check_creditor(creditor: OrgUnit) -> None:
    """RunError("no_iban") when invoices could not be paid: there is no Finnish account for the giro form's barcode."""
    try:
        normalise_finnish_iban(creditor.iban)
    except ValueError:
        raise RunError("no_iban") from None


def create_run(
    *, creditor: OrgUnit, plan: RunPlan, actor: User | None, newcomers: bool = False
) -> InvoiceRun:
    """A new draft, numbered within the creditor. Errors: no_iban, no_units, no_table."""
    check_creditor(creditor)
    _check(plan)
    with mutation(actor=actor, kind="billing.run.create", summary=plan.title, unit_id=creditor.pk):
        OrgUnit.objects.select_for_update(no_key=True).get(pk=creditor.pk)
        last = InvoiceRun.objects.filter(creditor=creditor).aggregate(last=Max("number"))["last"] or 0
        return InvoiceRun.objects.create(
            creditor=creditor, number=last + 1, created_by=actor, newcomers=newcomers, **_columns(plan)
        )


def change_run(*, run: InvoiceRun, plan: RunPlan, actor: User | None) -> InvoiceRun:
    """Change a run nobody has approved yet; what was calculated is thrown away."""
    _check(plan)
    with mutation(actor=actor, kind="billing.run.change", summary=plan.title, unit_id=run.creditor_id):
        run = open_run(run.pk)
        for field, value in _columns(plan).items():
            setattr(run, field, value)
        _back_to_draft(run)
        run.save()
    return run


def reopen_run(*, run: InvoiceRun, actor: User | None) -> InvoiceRun:
    """From the preview back to a draft."""
    with mutation(actor=actor, kind="billing.run.reopen", summary=run.title, unit_id=run.creditor_id):
        run = open_run(run.pk)
        _back_to_draft(run)
        run.save()
    return run


def cancel_run(*, run: InvoiceRun, actor: User | None) -> InvoiceRun:
    """Give up a run before it is approved: no number has been used and nothing charged."""
    with mutation(actor=actor, kind="billing.run.cancel", summary=run.title, unit_id=run.creditor_id):
        run = open_run(run.pk)
        _back_to_draft(run)
        run.state = RunState.CANCELLED
        run.save()
    return run


def start_preview(*, run: InvoiceRun, actor: User | None) -> Job:
    """Calculate every payer in the background; a second click returns the calculation that is already under way."""
    check_creditor(run.creditor)
    with mutation(actor=actor, kind="billing.run.calculate", summary=run.title, unit_id=run.creditor_id):
        return begin_work(run=open_run(run.pk), kind=PREVIEW_JOB, actor=actor)


def begin_work(*, run: InvoiceRun, kind: str, actor: User | None) -> Job:
    """Let a worker calculate or count the run, which is locked; one such work at a time."""
    job = enqueue(
        kind=kind,
        title=_("Preview: %(title)s") % {"title": run.title},
        owner=actor,
        unit_id=run.creditor_id,
        params={"run": run.pk},
        dedupe_key=f"run:{run.pk}",
        capability="billing.run",
    )
    run.state, run.job_id, run.preview_hash = RunState.CALCULATING, job.pk, ""
    run.save(update_fields=["state", "job_id", "preview_hash"])
    return job


def open_run(pk: int) -> InvoiceRun:
    """The run, locked, while it may still be changed. RunError("not_open") after approval, "busy" while calculating."""
    run = InvoiceRun.objects.select_for_update(of=("self",)).select_related("creditor").get(pk=pk)
    if run.state not in OPEN_STATES:
        raise RunError("not_open")
    if run.state == RunState.CALCULATING and is_active(run.job_id):
        raise RunError("busy")
    return run


def is_active(job_id: UUID | None) -> bool:
    return job_id is not None and Job.objects.active().filter(pk=job_id).exists()


def _check(plan: RunPlan) -> None:
    if not plan.units:
        raise RunError("no_units")
    if not FeeTable.objects.in_force(plan.year).exists():
        raise RunError("no_table")


def _columns(plan: RunPlan) -> dict[str, object]:
    return {
        "title": plan.title,
        "year": plan.year,
        "units": sorted(plan.units),
        "basis_date": plan.basis_date,
        "invoice_date": plan.invoice_date,
        "due_date": payable_on(plan.due_date),
        "second_due_date": payable_on(plan.second_due_date) if plan.second_due_date else None,
        "message_fi": plan.message_fi,
        "message_sv": plan.message_sv,
        "message_en": plan.message_en,
    }


def _back_to_draft(run: InvoiceRun) -> None:
    delete_items(run)
    run.state, run.preview_hash, run.previewed_at, run.summary = RunState.DRAFT, "", None, {}


def delete_items(run: InvoiceRun) -> None:
    """Throw a calculation away, in one statement each: nothing hangs on items until invoices are made of them."""
    # The ranges first: this waits for a worker that is in the middle of one, whose items are then seen and deleted too.
    for model in (RunRange, RunItem, RunMembership):
        rows = model.objects.filter(run=run)
        rows._raw_delete(rows.db)
