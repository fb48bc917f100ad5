"""The two jobs of a change as steps, each one transaction with its progress: killed anywhere, it goes on from its last step."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from jasenpalvelu.audit.models import Mutation
from jasenpalvelu.audit.services import continued, mark_undone
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.registry import Deadline, JobFailed, StepResult, register
from members.models import OrgChange, OrgUnit
from members.models.reorganising import ChangeKind, ChangeState
from members.scope import Scope
from members.services.reorganising import (
    beginning,
    carrying_out,
    finishing,
    hindering,
    members_go,
    undoing,
)
from members.services.reorganising.carrying_out import CARRY_OUT, TAKE_BACK
from members.services.units import UnitLoop, rebuild_closure, take_turn

BATCH = 500
# Below this a step does not begin another batch.
KEPT_SECONDS = 1.5
MEMBERSHIPS = ngettext_lazy("%(n)s membership", "%(n)s memberships", "n")


def change_of(job: Job, state: str) -> OrgChange:
    """The job's change, locked. JobFailed when it is not at this work any more."""
    rows = OrgChange.objects.select_for_update(of=("self",)).filter(pk=job.params["change"], state=state)
    change = rows.select_related("target", "made", "like", "planned_by", "segment").first()
    if change is None:
        raise JobFailed(_("The change is not at this stage any more. Nothing was done."))
    return change


def _act(pk: UUID | None) -> UUID:
    assert pk is not None, "a change under way has its act"
    return pk


# --- out ----------------------------------------------------------------------------------------------------------------
@register(CARRY_OUT, noun=MEMBERSHIPS)
def carry_out(job: Job, deadline: Deadline) -> StepResult:
    """Make what has to be there; memberships in batches; end, link and follow. Where it is stands in the rows themselves."""
    change = change_of(job, ChangeState.RUNNING)
    with continued(_act(change.act)):
        if "begun" not in job.cursor and not job.params.get("begun"):
            return _begun(job, change)
        done = _batches(change, deadline)
        if done:
            return StepResult(processed=done)
        return _finished(job, change)


def _begun(job: Job, change: OrgChange) -> StepResult:
    on = clock.today()
    scope = Scope.for_user(change.planned_by, on=on)
    if hindering.conflicts(change, scope=scope, on=on):
        why = _("Something came in the way before it began. Nothing was done.")
        change.state = ChangeState.PLANNED
        change.save(update_fields=["state"])
        return StepResult(stopped=why)
    total = beginning.begin(change=change, scope=scope, actor=change.planned_by, on=on)
    job.cursor = {"begun": True}
    job.result_url, job.result_label = carrying_out.page_of(change.pk), _("See the change")
    return StepResult(total=total)


def _batches(change: OrgChange, deadline: Deadline) -> int:
    if change.kind == ChangeKind.MOVE:
        return 0
    unit = change.made or change.target
    assert isinstance(unit, OrgUnit), "members go to a unit"
    going = members_go.Going(
        change=change,
        unit=unit,
        act=_act(change.act),
        decision=beginning.decision_of(change),
        actor=change.planned_by,
    )
    done = 0
    while done == 0 or deadline.seconds_left > KEPT_SECONDS:
        batch = members_go.move_batch(going, size=BATCH)
        if batch == 0:
            break
        done += batch
    return done


def _finished(job: Job, change: OrgChange) -> StepResult:
    take_turn()
    held = finishing.lock_units(change)
    if change.kind == ChangeKind.MERGE and (late := beginning.settle_late(change)):
        return StepResult(total=(job.total or 0) + late)
    try:
        with transaction.atomic():
            finishing.finish(change=change, held=held, on=clock.today())
    except UnitLoop:
        why = _("A unit would come to lie below itself. Undo the change.")
        carrying_out.stop(change, why)
        return StepResult(stopped=why)
    carrying_out.done(change, clock.now())
    return StepResult(done=True, event=_("The change has been carried out"))


# --- back ---------------------------------------------------------------------------------------------------------------
@register(TAKE_BACK, noun=MEMBERSHIPS)
def undo(job: Job, deadline: Deadline) -> StepResult:
    """From the end: posts, links and ends as they were, memberships in batches, then what the change had made."""
    change = change_of(job, ChangeState.UNDOING)
    with continued(_act(change.undo_act)):
        if "begun" not in job.cursor and not job.params.get("begun"):
            job.cursor = {"begun": True}
            total = undoing.take_back_ends(change)
            job.result_url, job.result_label = carrying_out.page_of(change.pk), _("See the change")
            return StepResult(total=total)
        done = 0
        while done == 0 or deadline.seconds_left > KEPT_SECONDS:
            batch = members_go.give_back_batch(change, size=BATCH)
            if batch == 0:
                break
            done += batch
        return StepResult(processed=done) if done else _undone(change, clock.now())


def _undone(change: OrgChange, at: datetime) -> StepResult:
    take_turn()
    undoing.take_back_beginning(change)
    change.state, change.undone_at, change.made, change.types = ChangeState.UNDONE, at, None, {}
    change.save(update_fields=["state", "undone_at", "made", "types"])
    rebuild_closure(on=clock.today())
    act = Mutation.objects.get(pk=_act(change.act))
    if act.undone_by_id is None:
        mark_undone(undone=act, by=Mutation.objects.get(pk=_act(change.undo_act)))
    return StepResult(done=True, event=_("The change has been undone"))
