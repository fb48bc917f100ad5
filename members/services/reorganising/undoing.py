"""Undoing a change as long as nothing later stands on it; and why not, when something does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connection, models

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common.events import publish
from jasenpalvelu.jobs.models import Job
from members.events import MembershipsLeave
from members.models import (
    Membership,
    MembershipEvent,
    OrgChange,
    OrgChangeMember,
    OrgChangeMove,
    OrgUnit,
    QualityScore,
    UnitClosure,
)
from members.models.reorganising import ChangeState
from members.services.reorganising import carrying_out, recording
from members.services.reorganising.drafting import ChangeError, locked, title
from members.services.reorganising.recording import BEGIN, FINISH

# What tells of a unit what is counted or kept anew at any time, and the record of changes itself.
_PASSING: tuple[type[models.Model], ...] = (
    UnitClosure,
    QualityScore,
    OrgChange,
    OrgChangeMember,
    OrgChangeMove,
)
_TOUCHED = """
SELECT DISTINCT table_name, row_id, max(at) FROM (
  SELECT c.table_name, c.row_id, c.at FROM members_orgchangemove v
  JOIN audit_change c ON c.table_name = v.table AND c.row_id = v.row_id
  WHERE v.change_id = %(change)s AND c.mutation_id <> %(act)s AND c.id > %(since)s
  UNION ALL
  SELECT c.table_name, c.row_id, c.at FROM members_orgchangemember g
  JOIN audit_change c ON c.table_name = 'members_membership'
    AND (c.row_id = g.membership_id::text OR (g.made AND c.row_id = g.became::text))
  WHERE g.change_id = %(change)s AND c.mutation_id <> %(act)s AND c.id > %(since)s
) f GROUP BY 1, 2
"""
_SINCE = "SELECT coalesce(max(id), 0) FROM audit_change WHERE mutation_id = %(act)s"
_EVENTS = """
SELECT count(*) FROM members_orgchangemember g JOIN members_membershipevent e
  ON e.membership_id = g.membership_id OR (g.made AND e.membership_id = g.became)
WHERE g.change_id = %(change)s AND e.mutation_id IS DISTINCT FROM %(act)s
  AND e.id > (SELECT coalesce(max(o.id), 0) FROM members_membershipevent o WHERE o.mutation_id = %(act)s)
"""


@dataclass(frozen=True)
class Hindrance:
    """Why it stays done. `code`: later (a later change of the same units: `pk`), invoiced (`n` memberships), changed (`n` rows of
    `table`, last `at`), in_use (`n` rows of `table` stand on something the change made)."""

    code: str
    n: int = 0
    table: str = ""
    at: datetime | None = None
    pk: int | None = None


def hindrances(change: OrgChange) -> list[Hindrance]:
    """Reads only."""
    since = change.done_at or change.planned_at
    later = OrgChange.objects.touching(change.unit_ids).filter(act__isnull=False)
    later = later.exclude(state=ChangeState.UNDONE).exclude(pk=change.pk)
    found = [
        Hindrance("later", pk=other.pk)
        for other in later.order_by("pk")
        if other.done_at is None or since is None or other.done_at > since
    ]
    if found:
        return found
    made = list(
        OrgChangeMember.objects.filter(change=change, made=True)
        .order_by("pk")
        .values_list("became", flat=True)
    )
    leaving = MembershipsLeave(frozenset(pk for pk in made if pk))
    if made:
        publish(leaving)
    if kept := len(list(leaving)):
        found.append(Hindrance("invoiced", n=kept))
    return found + list(_changed(change)) + list(_in_use(change, made))


def _changed(change: OrgChange) -> Iterator[Hindrance]:
    """What another act has written since to a row this one touched."""
    params: dict[str, Any] = {"change": change.pk, "act": change.act}
    with connection.cursor() as cursor:
        cursor.execute(_SINCE, params)
        params["since"] = cursor.fetchone()[0]
        cursor.execute(_TOUCHED, params)
        rows = cursor.fetchall()
        cursor.execute(_EVENTS, params)
        (events,) = cursor.fetchone()
    # An erasure has emptied what stood there before.
    emptied = change.moves.filter(op__in=["U", "D"], before={}).values_list("table", flat=True)
    for table in sorted(set(emptied.order_by())):
        yield Hindrance("changed", n=1, table=table)
    by_table: dict[str, list[datetime]] = defaultdict(list)
    for table, _pk, at in rows:
        by_table[table].append(at)
    if events and not by_table["members_membership"]:
        yield Hindrance("changed", n=events, table="members_membership")
    for table, times in sorted(by_table.items()):
        if times:
            yield Hindrance("changed", n=len(times), table=table, at=max(times))


def _in_use(change: OrgChange, memberships: list[int | None]) -> Iterator[Hindrance]:
    """Rows of others that refer to something the change made: they would hang in the air."""
    made: dict[type[models.Model], set[int]] = defaultdict(set)
    written: dict[type[models.Model], set[int]] = defaultdict(set)
    for move in OrgChangeMove.objects.filter(change=change).order_by("pk"):
        (made if move.op == "I" else written)[_model(move.table)].add(int(move.row_id))
    made[Membership] |= {pk for pk in memberships if pk}
    if change.made_id:
        made[OrgUnit].add(change.made_id)
    counts: dict[str, int] = defaultdict(int)
    for model, pks in made.items():
        for field in _references(model):
            rows = field.model._default_manager.filter(**{f"{field.name}__in": pks})
            if field.model is MembershipEvent:
                rows = rows.exclude(mutation_id=change.act)
            own = made.get(field.model, set()) | written.get(field.model, set())
            if n := rows.exclude(pk__in=own).count():
                counts[field.model._meta.db_table] += n
    for table, n in sorted(counts.items()):
        yield Hindrance("in_use", n=n, table=table)


def _references(model: type[models.Model]) -> Iterator[models.ForeignKey]:
    for relation in model._meta.related_objects:
        field = relation.field
        if isinstance(field, models.ForeignKey) and relation.related_model not in _PASSING:
            yield field


def _model(table: str) -> type[models.Model]:
    return next(model for model in apps.get_models() if model._meta.db_table == table)


# --- doing it -----------------------------------------------------------------------------------------------------------
def start(*, change: OrgChange, actor: User) -> Job:
    """Undo a change that is done, or half done and stopped. ChangeError: state, conflicts (see `hindrances`)."""
    with mutation(actor=actor, kind="units.undo", summary=title(change), unit_id=change.unit_ids[0]) as done:
        if change.state == ChangeState.DONE:
            change = locked(change, ChangeState.DONE)
        else:
            change = carrying_out.locked_stalled(change)
        if change.undo_act is not None:
            raise ChangeError("state")
        if hindrances(change):
            raise ChangeError("conflicts")
        job = carrying_out.enqueue_undo(change=change, actor=actor)
        change.state, change.undo_act, change.job_id = ChangeState.UNDOING, done.pk, job.pk
        change.problem = ""
        change.save()
    return job


def take_back_ends(change: OrgChange) -> int:
    """The units live on, posts and links are as they were; how many memberships there are to bring back."""
    recording.take_back(change, FINISH)
    OrgChangeMove.objects.filter(change=change, phase=FINISH).delete()
    return OrgChangeMember.objects.filter(change=change).count()


def take_back_beginning(change: OrgChange) -> None:
    """The unit the change made is nobody's any more: it goes, with what it began with."""
    if change.made_id is not None:
        unit = change.made_id
        UnitClosure.objects.filter(models.Q(ancestor=unit) | models.Q(descendant=unit)).delete()
        QualityScore.objects.filter(unit=unit).delete()
        OrgChange.objects.filter(pk=change.pk).update(made=None)
    recording.take_back(change, BEGIN)
    OrgChangeMove.objects.filter(change=change).delete()
    OrgChangeMember.objects.filter(change=change).delete()
