"""Background work of letters: looking behind their links, and putting them on paper for those without e-mail."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from communications.letters import paper
from communications.models import Mailing
from communications.permissions import SEND
from communications.services import linking, printing
from jasenpalvelu.audit.services import log_export
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.registry import Deadline, JobFailed, StepResult, register
from members.owners import scope_of
from members.paper_parts import Parts

CHUNK = 40


@register(linking.LINKS_JOB, noun=ngettext_lazy("%(n)s link", "%(n)s links", "n"))
def look_at_links(job: Job, deadline: Deadline) -> StepResult:
    """First which links there are, then a few at a time. `params`: mailing."""
    mailing = _mailing(job)
    if not job.cursor.get("settled"):
        job.cursor |= {"settled": True}
        return StepResult(total=linking.settle(mailing=mailing))
    looked, dead = linking.look_at_next(mailing=mailing, at=clock.now())
    return StepResult(processed=looked - dead, failed=dead, done=not looked)


@register(printing.PAPER_JOB, queue="pdf", noun=ngettext_lazy("%(n)s letter", "%(n)s letters", "n"))
def print_letters(job: Job, deadline: Deadline) -> StepResult:
    """Letters in the order of postal codes, part by part; when the file is whole, its letters are marked as sent. `params`: mailing."""
    mailing = _mailing(job)
    if job.cursor.get("gathered"):
        return _put_together(job, mailing)
    first = "last" not in job.cursor
    rows = printing.next_chunk(mailing, job.cursor.get("last", ["", 0]), size=CHUNK)
    if rows:
        Parts(job).keep(paper.pdf(mailing, [row.delivery for row in rows], clock.today()))
    job.cursor |= {
        "last": rows[-1].place if rows else job.cursor.get("last", ["", 0]),
        "printed": [*job.cursor.get("printed", []), *(row.delivery.pk for row in rows)],
        "gathered": len(rows) < CHUNK,
    }
    return StepResult(processed=len(rows), total=printing.waiting(mailing).count() if first else None)


def _put_together(job: Job, mailing: Mailing) -> StepResult:
    parts = Parts(job)
    result = parts.put_together(f"kirjeet-{mailing.unit.slug}-{clock.today():%Y%m%d}")
    marked = printing.mark_printed(
        mailing=mailing, keys=job.cursor["printed"], at=clock.now(), actor=job.owner
    )
    log_export(actor=job.owner, subject=mailing.title, count=marked, unit_id=mailing.unit_id, classes="B")
    transaction.on_commit(parts.forget)
    return result


def _mailing(job: Job) -> Mailing:
    """The letter, as long as the job's owner may send it."""
    mailing: Any = Mailing.objects.select_related("unit", "topic").filter(pk=job.params["mailing"]).first()
    if mailing is None:
        raise JobFailed(_("The letter is not there any more."))
    if not scope_of(job).can(SEND, mailing.unit_id, "B"):
        raise JobFailed(
            _("You may not send letters in the name of this association any more. Nothing was written.")
        )
    found: Mailing = mailing
    return found
