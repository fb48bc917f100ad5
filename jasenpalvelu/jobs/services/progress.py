"""What each turn of events means for a job's columns. Every function returns the columns to save."""

import time
from datetime import timedelta
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from jasenpalvelu.common import clock
from jasenpalvelu.common.queue import after
from jasenpalvelu.jobs.models import Job, State, Wish
from jasenpalvelu.jobs.registry import StepResult

ATTENTION_ROWS = 200  # the page shows the first of them; a handler puts the whole list into its result
LONGEST_BACKOFF = timedelta(minutes=10)

FREED: dict[str, Any] = {"lease_token": None, "leased_until": None, "wish": Wish.NONE}
# What a handler may change on the job it is given.
HANDLERS_OWN = ("cursor", "detail", "result", "result_name", "result_url", "result_label")


def begun(job: Job, *, interrupted: bool) -> dict[str, Any]:
    columns: dict[str, Any] = {"state": State.RUNNING, "not_before": None}
    if job.started_at is None:
        return columns | {"started_at": clock.now(), "timeline": timeline_with(job, _("Started"))}
    if interrupted:
        again = timeline_with(job, _("Went on after an interruption"), _("Nothing was done twice"))
        columns |= {"timeline": again, "failures": job.failures + 1}
    return columns


def stepped(job: Job, result: StepResult, *, began: float) -> dict[str, Any]:
    """`began` is the moment of the monotonic clock at which the step started."""
    timeline = timeline_with(job, result.event) if result.event else job.timeline
    columns: dict[str, Any] = {name: getattr(job, name) for name in HANDLERS_OWN} | {
        "done": F("done") + result.processed,
        "failed": F("failed") + result.failed,
        "facts": {**job.facts, **result.facts},
        "attention": [*job.attention, *map(dict, result.attention)][:ATTENTION_ROWS],
        "timeline": timeline,
        "worked": F("worked") + timedelta(seconds=time.monotonic() - began),
        "failures": 0,
        "message": result.message[:500],
        "log": "",
    }
    if result.phases is not None:
        columns["phases"] = [dict(phase) for phase in result.phases]
    if result.total is not None:
        columns["total"] = result.total
    job.timeline = timeline
    if result.stopped:
        columns |= ended(job, State.FAILED, event=_("Stopped"), message=result.stopped)
    elif result.done:
        columns |= ended(job, State.DONE, event=_("Ready"))
    return columns


def ended(job: Job, state: State, *, event: str, message: str | None = None, log: str = "") -> dict[str, Any]:
    columns = FREED | {"state": state, "finished_at": clock.now(), "timeline": timeline_with(job, event)}
    return columns if message is None else columns | {"message": message[:500], "log": log}


def paused(job: Job) -> dict[str, Any]:
    return FREED | {"state": State.PAUSED, "timeline": timeline_with(job, _("Paused"))}


def granted(job: Job) -> dict[str, Any]:
    """What the person asked for while a step was running."""
    return paused(job) if job.wish == Wish.PAUSE else cancelled(job)


def cancelled(job: Job) -> dict[str, Any]:
    return ended(job, State.CANCELLED, event=_("Cancelled"))


def put_off(job: Job, *, log: str) -> dict[str, Any]:
    """After an unexpected error: once more, each time after a pause twice as long."""
    failures = job.failures + 1
    wait = min(timedelta(seconds=10 * 2 ** (failures - 1)), LONGEST_BACKOFF)
    message = _("An unexpected error interrupted the work. It is tried again by itself.")
    return FREED | {
        "state": State.QUEUED,
        "failures": failures,
        "not_before": after(wait),
        "message": message,
        "log": log,
        "timeline": timeline_with(job, _("Interrupted by an error")),
    }


def gave_up(job: Job, *, log: str) -> dict[str, Any]:
    message = _("The work stopped at an error that did not pass. What was done so far is kept.")
    return ended(job, State.FAILED, event=_("Stopped"), message=message, log=log) | {
        "failures": job.failures + 1
    }


def timeline_with(job: Job, text: str, detail: str = "") -> list[dict[str, str]]:
    return [*job.timeline, {"at": clock.now().isoformat(), "text": text, "detail": detail}]
