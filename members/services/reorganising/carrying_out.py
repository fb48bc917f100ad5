"""Carrying a change out: begun by a person or by the night of its day, done by a job in batches, all of it one act."""

from __future__ import annotations

from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import enqueue
from members.models import OrgChange
from members.models.reorganising import CAPABILITY, UNDER_WAY, ChangeState
from members.scope import Scope
from members.services.reorganising import hindering
from members.services.reorganising.drafting import ChangeError, locked, title
from members.services.reorganising.recording import BEGIN

CARRY_OUT, TAKE_BACK = "members.units_change", "members.units_undo"
TITLES = {
    "merge": gettext_lazy("Merger of units"),
    "split": gettext_lazy("Division of a unit"),
    "move": gettext_lazy("Move of a unit"),
}


def begin(*, change: OrgChange, on: date) -> Job:
    """Begin a planned change whose day has come, in the name of whoever planned it. ChangeError: state, early, conflicts."""
    actor = change.planned_by
    with mutation(
        actor=actor, kind=f"units.{change.kind}", summary=title(change), unit_id=_unit(change)
    ) as done:
        change = locked(change, ChangeState.PLANNED)
        if change.effective_on > on:
            raise ChangeError("early")
        if actor is None or hindering.conflicts(change, scope=Scope.for_user(actor, on=on), on=on):
            raise ChangeError("conflicts")
        job = _enqueue(change, CARRY_OUT, str(TITLES[change.kind]), actor)
        change.state, change.act, change.job_id, change.problem = ChangeState.RUNNING, done.pk, job.pk, ""
        change.save()
    return job


def begin_due(*, on: date) -> int:
    """Each night: those whose day has come begin; one that is hindered stays planned and is told of in the work queue."""
    begun = 0
    for change in OrgChange.objects.due(on).select_related("planned_by").order_by("effective_on", "pk"):
        try:
            begin(change=change, on=on)
        except ChangeError:
            continue
        begun += 1
    return begun


def go_on(*, change: OrgChange, actor: User) -> Job:
    """Work that stopped goes on from where it was. ChangeError("state")."""
    with mutation(actor=actor, kind="units.retry", summary=title(change), unit_id=_unit(change)):
        change = locked_stalled(change)
        undoing = change.undo_act is not None
        kind = TAKE_BACK if undoing else CARRY_OUT
        begun = change.moves.filter(phase=BEGIN).exists()
        job = _enqueue(change, kind, str(TITLES[change.kind]), actor, begun=begun)
        change.state = ChangeState.UNDOING if undoing else ChangeState.RUNNING
        change.job_id, change.problem = job.pk, ""
        change.save()
    return job


def is_stalled(change: OrgChange) -> bool:
    """It has been begun, and nobody works at it any more: the job stopped, or somebody cancelled it."""
    if change.state == ChangeState.FAILED:
        return True
    if change.state not in UNDER_WAY or change.job_id is None:
        return False
    return not Job.objects.active().filter(pk=change.job_id).exists()


def locked_stalled(change: OrgChange) -> OrgChange:
    change = locked(change, *UNDER_WAY)
    if not is_stalled(change):
        raise ChangeError("state")
    return change


def enqueue_undo(*, change: OrgChange, actor: User) -> Job:
    text = _("Undoing: %(what)s") % {"what": TITLES[change.kind]}
    return _enqueue(change, TAKE_BACK, text, actor)


def stop(change: OrgChange, why: str) -> None:
    """It cannot go on by itself; what has been written stays till somebody lets it go on or undoes it."""
    change.state, change.problem = ChangeState.FAILED, why[:300]
    change.save(update_fields=["state", "problem"])


def done(change: OrgChange, at: datetime) -> None:
    change.state, change.done_at = ChangeState.DONE, at
    change.save(update_fields=["state", "done_at"])


def _enqueue(change: OrgChange, kind: str, text: str, actor: User | None, *, begun: bool = False) -> Job:
    return enqueue(
        kind=kind,
        title=text,
        detail=title(change)[:300],
        owner=actor,
        unit_id=_unit(change),
        params={"change": change.pk} | ({"begun": True} if begun else {}),
        dedupe_key=str(change.pk),
        capability=CAPABILITY,
    )


def _unit(change: OrgChange) -> int:
    return change.target_id or change.sources[0]


def page_of(change_pk: int) -> str:
    return reverse("office:unit_change", args=[change_pk])
