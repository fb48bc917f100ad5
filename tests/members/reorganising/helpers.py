"""Changes of the organisation as the register manager draws them up, and what the database holds before and after."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job, State
from jasenpalvelu.jobs.services import running
from members.models import OrgChange, OrgUnit
from members.models.reorganising import ChangeKind, ChangeState
from members.scope import Scope
from members.services.reorganising import carrying_out, drafting, undoing
from tests.cast import TODAY, Cast
from tests.members.merging.helpers import everything

# The record of the change, and what is written for everybody's work.
OWN = {
    "members_orgchange",
    "members_orgchangepost",
    "members_orgchangemember",
    "members_orgchangemove",
    "jobs_job",
}


def scope(cast: Cast, name: str = "riitta", on: date = TODAY) -> Scope:
    return Scope.for_user(cast.users[name], on=on)


def draw(
    cast: Cast,
    kind: str,
    sources: list[str],
    target: str | None = None,
    *,
    on: date = TODAY,
    edit: dict[str, Any] | None = None,
    **values: Any,
) -> OrgChange:
    """A draft of Riitta's; units by their names in the cast."""
    given: dict[str, Any] = {
        "sources": [cast.units[name].pk for name in sources],
        "effective_on": on,
        "decided_on": TODAY,
        "section": "7",
        "ground": "Syyskokous",
    } | values
    if kind != ChangeKind.SPLIT:
        given["target"] = cast.units[target] if target else None
    change = drafting.draw_up(kind=kind, values=given, actor=cast.users["riitta"])
    return drafting.edit(change=change, values=edit, actor=cast.users["riitta"]) if edit else change


def merge(cast: Cast, sources: list[str], target: str | None = None, **values: Any) -> OrgChange:
    named = {} if target else {"name_fi": "Uusi tuottajayhdistys", "name_sv": "Nya producentföreningen"}
    return draw(cast, ChangeKind.MERGE, sources, target, **(named | values))


def split(cast: Cast, source: str, **edit: Any) -> OrgChange:
    return draw(cast, ChangeKind.SPLIT, [source], name_fi="Lohkottu yhdistys", edit=edit)


def move(cast: Cast, source: str, target: str, **values: Any) -> OrgChange:
    return draw(cast, ChangeKind.MOVE, [source], target, **values)


def carried_out(cast: Cast, change: OrgChange, *, on: date = TODAY) -> OrgChange:
    change = drafting.plan(change=change, actor=cast.users["riitta"], at=clock.now())
    return worked_off(change, carrying_out.begin(change=change, on=on), ChangeState.DONE)


def undone(cast: Cast, change: OrgChange) -> OrgChange:
    found = undoing.hindrances(change)
    assert not found, found
    job = undoing.start(change=change, actor=cast.users["riitta"])
    return worked_off(change, job, ChangeState.UNDONE)


def worked_off(change: OrgChange, job: Job, state: str) -> OrgChange:
    while running.run(job_id=job.pk):
        pass
    job.refresh_from_db()
    assert job.state == State.DONE, f"{job.message} {job.log}"
    change = OrgChange.objects.select_related("made", "target", "planned_by").get(pk=change.pk)
    assert change.state == state
    return change


def standing() -> dict[str, list[str]]:
    """Every row but the record of changes; of the closure what it says, not under which key it says it."""
    found = {table: rows for table, rows in everything().items() if table not in OWN}
    pairs = [json.loads(row) for row in found["members_unitclosure"]]
    found["members_unitclosure"] = sorted(
        str((p["ancestor_id"], p["descendant_id"], p["relation"], p["depth"])) for p in pairs
    )
    return found


def differences(before: dict[str, list[str]], after: dict[str, list[str]]) -> dict[str, set[str]]:
    changed = {table: set(after[table]) ^ set(before[table]) for table in after}
    return {table: rows for table, rows in changed.items() if rows}


def made(change: OrgChange) -> OrgUnit:
    assert change.made is not None
    return change.made


def fresh(unit: OrgUnit) -> OrgUnit:
    return OrgUnit.objects.get(pk=unit.pk)
