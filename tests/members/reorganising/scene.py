"""Changes of the organisation for the tests that visit everything: a draft that concerns A, one carried out; and the steps of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db import transaction

from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.registry import Deadline
from members import jobs_units
from members.models import OrgChange
from members.services.reorganising import carrying_out, drafting, undoing
from tests.cast import TODAY, Cast
from tests.members.reorganising.helpers import carried_out, merge, move, split


def things(cast: Cast) -> dict[str, Any]:
    draft = split(cast, "a", division="municipality", municipalities=["905"])
    done = carried_out(cast, move(cast, "a3", "region2", relation="fee"))
    return {
        "unit_change_new kind": "merge",
        "unit_change* pk": draft.pk,
        "unit_change_undo pk": done.pk,
        "unit_change_go_on pk": done.pk,
    }


def steps(cast: Cast) -> Iterator[tuple[str, Callable[[], Any]]]:
    """A merger and its undoing, step by step."""
    riitta = cast.users["riitta"]
    change = merge(cast, ["b"], "b2")
    yield "plan a change", lambda: drafting.plan(change=change, actor=riitta, at=clock.now())
    yield "begin a change", lambda: carrying_out.begin(change=_again(change), on=TODAY)
    yield from _worked("carry out", change, jobs_units.carry_out)
    yield "begin undoing a change", lambda: undoing.start(change=_again(change), actor=riitta)
    yield from _worked("undo a change", change, jobs_units.undo)


def _again(change: OrgChange) -> OrgChange:
    return OrgChange.objects.select_related("planned_by").get(pk=change.pk)


def _worked(
    name: str, change: OrgChange, step: Callable[..., Any]
) -> Iterator[tuple[str, Callable[[], Any]]]:
    job = Job.objects.get(pk=str(_again(change).job_id))
    done: list[bool] = []

    def one() -> None:
        with transaction.atomic():
            done.append(step(job, Deadline.after(5)).done)

    while not (done and done[-1]):
        yield f"{name}, step {len(done) + 1}", one
