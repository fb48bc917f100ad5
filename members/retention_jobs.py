"""Erasures by the rules, carried out in the background when their thirty days are over (REG-14)."""

from __future__ import annotations

from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.registry import Deadline, StepResult, register
from jasenpalvelu.jobs.services import enqueue
from members.models import ErasureItem
from members.services import retention

RETENTION_JOB = "members.retention"
TITLE = gettext_lazy("Erasure by the rules")
# A person takes half a second; below this a step does not begin another.
KEPT_SECONDS = 2.0


def begin_due(*, on: date) -> None:
    """Queue what two people have approved and whose day has come; what a broken worker left goes on."""
    for run in retention.due_runs(on=on):
        retention.begin(run=run)
        enqueue(
            kind=RETENTION_JOB,
            title=str(TITLE),
            detail=str(run.unit),
            owner=run.approved_by,
            unit_id=run.unit_id,
            params={"run": run.pk},
            total=run.items.filter(state=ErasureItem.State.WAITING).count(),
            dedupe_key=str(run.pk),
            capability="privacy.handle",
        )


@register(RETENTION_JOB, noun=ngettext_lazy("%(n)s person", "%(n)s persons", "n"))
def erase(job: Job, deadline: Deadline) -> StepResult:
    """`params`: run. One act for each person; who has been done is written in the run itself."""
    run_id, done, kept = int(job.params["run"]), 0, 0
    while done + kept == 0 or deadline.seconds_left > KEPT_SECONDS:
        item = retention.erase_next(run_id=run_id, on=clock.today(), at=clock.now())
        if item is None:
            retention.finish(run_id=run_id, on=clock.today())
            job.result_url = reverse("office:retention_run", args=[run_id])
            job.result_label = _("The receipt")
            return StepResult(done=True, processed=done + kept)
        if item.state == ErasureItem.State.ERASED:
            done += 1
        else:
            kept += 1
    return StepResult(processed=done + kept)
