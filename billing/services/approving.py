"""Approving a run: what was looked at is what is issued, and a second click or a second person changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from billing.fingerprint import fingerprint
from billing.models import InvoiceRun, RunItem
from billing.models.runs import ItemState, RunState
from billing.services import fee_tables, issuing
from billing.services.preparing import RunError, check_creditor
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import enqueue

ISSUE_JOB = "billing.issue"
APPROVED = (RunState.ISSUING, RunState.ISSUED)


class StalePreview(RunError):
    """Something the calculation rests on has changed since; `parts` names what (memberships, bases, contacts …)."""

    def __init__(self, parts: list[str]) -> None:
        super().__init__("stale")
        self.parts = parts


@dataclass(frozen=True)
class Approval:
    """`repeated`: the same preview had been approved already, and nothing new was begun."""

    run: InvoiceRun
    job: Job
    repeated: bool


def approve(*, run: InvoiceRun, preview_hash: str, actor: User | None, at: datetime) -> Approval:
    """Approve the preview with this hash and begin to number its invoices.

    StalePreview when the hash is not the present one or the register has changed since; RunError("nothing") when no
    invoice would be made, "no_iban" when the creditor's account has gone, "not_open" when there is nothing to approve.
    """
    with mutation(actor=actor, kind="billing.run.approve", summary=run.title, unit_id=run.creditor_id):
        run = InvoiceRun.objects.select_for_update(of=("self",)).select_related("creditor").get(pk=run.pk)
        if run.state in APPROVED and run.approved_hash == preview_hash and run.job_id:
            return Approval(run, Job.objects.get(pk=run.job_id), repeated=True)
        if run.state != RunState.PREVIEW:
            raise RunError("not_open")
        check_creditor(run.creditor)
        tables = run.summary.get("tables", [])
        fee_tables.hold(table_ids=tables)  # first: nobody changes them any more once they have been compared
        check_fresh(run, preview_hash)
        ready = RunItem.objects.filter(run=run, state=ItemState.READY).count()
        if not ready:
            raise RunError("nothing")
        fee_tables.lock(table_ids=tables, actor=actor)
        job = _enqueue(run, actor, ready)
        run.state, run.approved_hash, run.approved_by = RunState.ISSUING, preview_hash, actor
        run.approved_at, run.job_id = at, job.pk
        run.save(update_fields=["state", "approved_hash", "approved_by", "approved_at", "job_id"])
    return Approval(run, job, repeated=False)


def check_fresh(run: InvoiceRun, preview_hash: str) -> None:
    """StalePreview when what was looked at is no longer what would be calculated."""
    if not preview_hash or preview_hash != run.preview_hash:
        raise StalePreview(["preview"])
    known, now = run.summary.get("fingerprint", {}), fingerprint(run)
    changed = [part for part in now if now[part] != known.get(part)]
    if changed:
        raise StalePreview(changed)


def resume(*, run: InvoiceRun, actor: User | None) -> Job:
    """Go on numbering an approved run whose work was stopped; what has been issued is not issued again."""
    with (
        transaction.atomic(),
        mutation(actor=actor, kind="billing.run.resume", summary=run.title, unit_id=run.creditor_id),
    ):
        run = InvoiceRun.objects.select_for_update(of=("self",)).select_related("creditor").get(pk=run.pk)
        if run.state != RunState.ISSUING:
            raise RunError("not_open")
        job = _enqueue(run, actor, issuing.waiting(run).count())
        run.job_id = job.pk
        run.save(update_fields=["job_id"])
    return job


def _enqueue(run: InvoiceRun, actor: User | None, total: int) -> Job:
    return enqueue(
        kind=ISSUE_JOB,
        title=_("Numbering: %(title)s") % {"title": run.title},
        owner=actor,
        unit_id=run.creditor_id,
        params={"run": run.pk},
        total=total,
        dedupe_key=f"run:{run.pk}",
        capability="billing.view",
    )
