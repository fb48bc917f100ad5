"""The scan for members who stand in the register twice, in the background: each night what has changed, at times everybody."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from jasenpalvelu.common import clock
from jasenpalvelu.common.money import format_number
from jasenpalvelu.jobs.models import Job, State
from jasenpalvelu.jobs.registry import Deadline, StepResult, register
from jasenpalvelu.jobs.services import enqueue
from members.models import Party
from members.services import scanning

SCAN_JOB = "members.scan"
# So many parties are compared in one statement: about half a second of work.
CHUNK = 4_000
# Below this a step does not begin another chunk.
KEPT_SECONDS = 1.5
TITLE = gettext_lazy("Search for members entered twice")


def start_scan(*, owner: AbstractBaseUser | None, whole: bool) -> Job:
    """Queue a scan; one that is under way already is given back. Without an earlier one everybody has a turn."""
    since = _watermark()
    params = {"whole": whole or since is None, "since": since or 0}
    return enqueue(kind=SCAN_JOB, title=str(TITLE), owner=owner, params=params, dedupe_key="scan")


def _watermark() -> int | None:
    """The last change that the latest finished scan may have seen."""
    done = Job.objects.filter(kind=SCAN_JOB, state=State.DONE).order_by("-finished_at").first()
    return done.cursor.get("until") if done else None


@register(SCAN_JOB, noun=ngettext_lazy("%(n)s member compared", "%(n)s members compared", "n"))
def scan(job: Job, deadline: Deadline) -> StepResult:
    """Chunks of parties in the order of their keys; repeating one finds the same pairs."""
    cursor = dict(job.cursor) or {"after": 0, "found": 0, "until": scanning.latest_change()}
    whole, done, last = bool(job.params["whole"]), 0, False
    total = Party.objects.filter(merged_into=None).count() if whole and not job.cursor else None
    while not last and (done == 0 or deadline.seconds_left > KEPT_SECONDS):
        ids = (
            scanning.next_parties(after=cursor["after"], size=CHUNK)
            if whole
            else scanning.next_changed(since=job.params["since"], after=cursor["after"], size=CHUNK)
        )
        last = len(ids) < CHUNK
        if ids:
            cursor["found"] += scanning.scan(ids=ids, whole=whole, on=clock.today())
            cursor["after"] = ids[-1]
            done += len(ids)
    job.cursor = cursor
    facts = {_("Possible pairs"): format_number(cursor["found"])}
    return StepResult(done=last, processed=done, total=total, facts=facts)
