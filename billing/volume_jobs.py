"""Background work on the documents of a run: planned, then volume after volume; a second worker helps with a large one."""

from __future__ import annotations

import time

from django.urls import reverse
from django.utils.translation import get_language, ngettext_lazy
from django.utils.translation import gettext as _

from billing.models import InvoiceRun
from billing.models.runs import RunState
from billing.services import volumes
from billing.services.binding import OutOfTime, Parts
from billing.services.volumes import VOLUMES_HELPER, VOLUMES_JOB
from jasenpalvelu.common.money import format_number
from jasenpalvelu.jobs.models import WORKABLE, Job
from jasenpalvelu.jobs.registry import Deadline, JobFailed, StepResult, register
from jasenpalvelu.jobs.services import enqueue

# Seconds after which no more invoices that cannot be stamped are rendered in a step.
RENDERING = 20
# A second worker helps from this many invoices on.
ALONE_UP_TO = 20_000
WAITING_SECONDS = 0.3


@register(VOLUMES_JOB, queue="pdf", noun=ngettext_lazy("%(n)s invoice", "%(n)s invoices", "n"))
def make_volumes(job: Job, deadline: Deadline) -> StepResult:
    """First which sheet comes after which, then a volume in each step."""
    run = InvoiceRun.objects.select_related("creditor").get(pk=job.params["run"])
    if run.state != RunState.ISSUED:
        raise JobFailed(_("The run is no longer waiting for this work."))
    if not job.cursor.get("planned"):
        total = volumes.plan(run=run)
        job.cursor = {"planned": True}
        if total > ALONE_UP_TO:
            params = {"run": run.pk, "job": str(job.pk)}
            enqueue(kind=VOLUMES_HELPER, title=job.title, owner=None, params=params)
        return StepResult(total=total, processed=volumes.made(run))
    language = get_language() or "fi"
    try:
        bound = volumes.make_next(run=run, parts=_parts(str(job.pk)))
    except OutOfTime as error:
        return StepResult(facts={_("Made one by one"): format_number(error.rendered, language)})
    processed = max(0, volumes.made(run) - job.done)
    if volumes.all_made(run):
        job.result_url, job.result_label = (
            reverse("office:run_documents", args=[run.pk]),
            _("See the documents"),
        )
        left = max(0, (job.total or 0) - job.done - processed)
        return StepResult(done=True, processed=processed, failed=left)
    if bound is None:
        time.sleep(WAITING_SECONDS)  # the last volumes are in other hands; if those die they are free at once
    return StepResult(processed=processed)


@register(VOLUMES_HELPER, queue="pdf")
def help_volumes(job: Job, deadline: Deadline) -> StepResult:
    """Make volumes beside the run's own job, as long as that goes on and there are any left."""
    if not Job.objects.filter(pk=job.params["job"], state__in=WORKABLE).exists():
        return StepResult(done=True)
    run = InvoiceRun.objects.select_related("creditor").get(pk=job.params["run"])
    try:
        bound = volumes.make_next(run=run, parts=_parts(job.params["job"]))
    except OutOfTime:
        return StepResult()
    return StepResult(done=bound is None)


def _parts(job: str) -> Parts:
    late = Deadline.after(RENDERING)
    return Parts(f"jobs/{job}/parts/rendered", lambda: late.passed)
