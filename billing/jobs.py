"""Background work of invoice runs: calculating and issuing, step by step; the words a job page says about them."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import get_language, ngettext_lazy
from django.utils.translation import gettext as _

from billing.models import InvoiceRun
from billing.models.runs import RunState
from billing.services import issuing, previewing
from billing.services.approving import ISSUE_JOB
from billing.services.preparing import PREVIEW_JOB
from jasenpalvelu.common import clock
from jasenpalvelu.common.money import format_money, format_number
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.registry import Deadline, JobFailed, StepResult, register

# A step comes back after this, so that progress is seen to move.
STEP_SECONDS_KEPT = 2.5


@register(PREVIEW_JOB, noun=ngettext_lazy("%(n)s payer", "%(n)s payers", "n"))
def preview(job: Job, deadline: Deadline) -> StepResult:
    """First who pays what, then ranges of payers, at last the sums."""
    run = _run(job, RunState.CALCULATING)
    phase = job.cursor.get("phase", "begin")
    if phase == "begin":
        total = previewing.begin(run=run)
        job.cursor = {"phase": "price", "after": 0}
        return StepResult(total=total, phases=_preview_phases("price", total))
    if phase == "price":
        return _preview_ranges(job, run, deadline)
    run = previewing.finish(run=run, at=clock.now())
    job.result_url = reverse("office:run", args=[run.pk])
    job.result_label = _("See the preview")
    return StepResult(done=True, phases=_preview_phases("", run.summary["count"]))


def _preview_ranges(job: Job, run: InvoiceRun, deadline: Deadline) -> StepResult:
    work = previewing.context(run)
    processed = 0
    while deadline.seconds_left > STEP_SECONDS_KEPT:
        found = previewing.calculate_range(work, after=job.cursor["after"], size=previewing.CHUNK)
        if found is None:
            job.cursor = {"phase": "finish"}
            return StepResult(processed=processed, phases=_preview_phases("finish", job.total or 0))
        last, count = found
        processed += count
        job.cursor = {"phase": "price", "after": last}
    return StepResult(processed=processed)


def _preview_phases(doing: str, payers: int) -> list[dict[str, str]]:
    order = ["begin", "price", "finish"]
    texts = {
        "begin": _("Who pays for whom"),
        "price": _("Fees calculated"),
        "finish": _("Sums and remarks"),
    }
    at = order.index(doing) if doing else len(order)
    states = ["done" if place < at else "doing" if place == at else "todo" for place in range(len(order))]
    number = format_number(payers, get_language() or "fi")
    return [
        {"text": texts[name], "state": state, "number": number if name == "price" else "", "note": ""}
        for name, state in zip(order, states, strict=True)
    ]


@register(ISSUE_JOB, noun=ngettext_lazy("%(n)s invoice", "%(n)s invoices", "n"))
def issue(job: Job, deadline: Deadline) -> StepResult:
    """Number and freeze the approved items, a chunk in each step's transaction."""
    run = _run(job, RunState.ISSUING)
    language = get_language() or "fi"
    result = issuing.issue_chunk(run=run, actor=job.owner, at=clock.now(), size=issuing.CHUNK)
    if result.issued or result.refused:
        facts = {_("Sum"): format_money(issuing.issued_total(run), language)} if result.issued else {}
        attention = [
            {
                "name": name,
                "url": "",
                "what": _("Charged already by another run"),
                "then": _("No invoice was made"),
            }
            for name in result.refused
        ]
        return StepResult(
            processed=result.issued, failed=len(result.refused), facts=facts, attention=attention
        )
    run = issuing.finish(run=run, at=clock.now())
    job.result_url = reverse("office:run", args=[run.pk])
    job.result_label = _("See the run")
    return StepResult(done=True, facts={_("Sum"): format_money(issuing.issued_total(run), language)})


def _run(job: Job, state: str) -> InvoiceRun:
    run = InvoiceRun.objects.select_related("creditor").get(pk=job.params["run"])
    if run.state != state:
        raise JobFailed(_("The run is no longer waiting for this work."))
    return run
