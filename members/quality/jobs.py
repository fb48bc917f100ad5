"""The nightly look at everything, in the background: a chunk of parties at a time."""

from __future__ import annotations

from django.utils.translation import ngettext_lazy

from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.registry import Deadline, StepResult, register
from members.services import quality

CHECK_JOB = "members.quality"
KEPT_SECONDS = 2


@register(CHECK_JOB, noun=ngettext_lazy("%(n)s member checked", "%(n)s members checked", "n"))
def check_everybody(job: Job, deadline: Deadline) -> StepResult:
    """Ask the rules of every party, then count how the associations stand. Repeating a step changes nothing."""
    after, done = job.cursor.get("after", 0), 0
    began = job.cursor.get("began")
    if began is None:  # what changes while we look is looked at again afterwards
        began = quality.newest_change()
    while done == 0 or deadline.seconds_left > KEPT_SECONDS:
        last = quality.check_range(after=after, on=clock.today())
        if last is None:
            quality.finish_check(at=clock.now())
            quality.begin_following(began)
            return StepResult(done=True, processed=done)
        after, done = last, done + quality.CHUNK
    job.cursor = {"after": after, "began": began}
    return StepResult(processed=done)
