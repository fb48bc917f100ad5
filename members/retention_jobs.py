"""Erasures by the rules, carried out in the background when their thirty days are over (REG-14)."""

from __future__ import annotations

from datetime import date

import structlog
from django.db import InterfaceError, OperationalError, transaction
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
# Below this a step does not begin another person.
KEPT_SECONDS = 2.0
# So many unexpected errors with one person, and the person is left.
TRIES = 3
log = structlog.get_logger(__name__)


def begin_due(*, on: date) -> None:
    """Queue what two people have approved and whose day has come; what a broken worker left goes on."""
    for run in retention.due_runs(on=on):
        if not retention.begin(run=run, on=on):
            continue
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
    """`params`: run. One act for each person; who has been done is written in the run itself, how often one failed in the cursor."""
    run_id, handled, failed = int(job.params["run"]), 0, 0
    if not retention.goes_on(run_id=run_id, on=clock.today()):
        return StepResult(
            stopped=_("Whoever approved it has no right to any more. It waits for a second person anew.")
        )
    tries: dict[str, int] = dict(job.cursor.get("tries", {}))
    while handled + failed == 0 or deadline.seconds_left > KEPT_SECONDS:
        item = retention.next_item(run_id=run_id, put_off=[int(pk) for pk in tries])
        if item is None:
            retention.finish(run_id=run_id, on=clock.today())
            job.result_url = reverse("office:retention_run", args=[run_id])
            job.result_label = _("The receipt")
            return StepResult(done=True, processed=handled, failed=failed)
        if _carried_out(item, tries):
            handled += 1
        elif tries[str(item.pk)] >= TRIES:
            retention.give_up(item=item)
            failed += 1
        job.cursor = {"tries": tries}
    return StepResult(processed=handled, failed=failed)


def _carried_out(item: ErasureItem, tries: dict[str, int]) -> bool:
    """False after an unexpected error, which is counted: one person's does not keep the others waiting."""
    try:
        with transaction.atomic():
            retention.carry_out(item=item, on=clock.today(), at=clock.now())
    except (OperationalError, InterfaceError):  # the database went, not this person
        raise
    except Exception:
        log.exception("retention_item_failed", item=item.pk)
        tries[str(item.pk)] = tries.get(str(item.pk), 0) + 1
        return False
    tries.pop(str(item.pk), None)
    return True
