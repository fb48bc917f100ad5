"""Reading what was done: acts in order, newest first, each with the rows it changed. What to tell of them is decided above."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from jasenpalvelu.audit.models import AccessLog, Change, Mutation

CHANGES_PER_ACT = 12


@dataclass(frozen=True)
class Act:
    """One mutation as far as it touched what was asked for; `actor` is "" when the system acted."""

    mutation: Mutation
    at: datetime
    actor: str
    changes: tuple[Change, ...]

    @property
    def cursor(self) -> int:
        """Ask for acts before this to go on."""
        return min(change.pk for change in self.changes)


def acts(
    *,
    party_id: int | None = None,
    joined_ids: Collection[int] = (),
    unit_id: int | None = None,
    holding_ids: Collection[int] = (),
    rows: Collection[tuple[str, object]] = (),
    limit: int = 20,
    before: int | None = None,
) -> tuple[list[Act], bool]:
    """At most `limit` acts that touched any of what is asked for, and whether there are older ones.

    `joined_ids`: entries that have been joined to the party, whose past is the party's.
    `rows` names single rows by table and key: `[("billing_invoice", 17)]`.
    """
    party_ids = [*([] if party_id is None else [party_id]), *joined_ids]
    found = Change.objects.filter(_touching(party_ids, unit_id, holding_ids, rows))
    if before is not None:
        found = found.filter(pk__lt=before)
    window = limit * CHANGES_PER_ACT
    changes = list(found.select_related("mutation__actor").order_by("-pk")[: window + 1])
    by_act: dict[UUID, list[Change]] = {}
    for change in changes:  # acts that ran at the same time have their rows interleaved
        by_act.setdefault(change.mutation_id, []).append(change)
    found_acts = [_act(group) for group in by_act.values()]
    if len(changes) > window and len(found_acts) > 1:
        found_acts.pop()  # its other half lies beyond the window
        return found_acts[:limit], True
    return found_acts[:limit], len(found_acts) > limit


def _touching(
    party_ids: Collection[int],
    unit_id: int | None,
    holding_ids: Collection[int],
    rows: Collection[tuple[str, object]],
) -> Q:
    touched = Q(pk__in=[])
    if party_ids:
        touched |= Q(party_id__in=party_ids)
    if unit_id is not None:
        touched |= Q(unit_id=unit_id)
    if holding_ids:
        touched |= Q(holding_id__in=holding_ids)
    for table, key in rows:
        touched |= Q(table_name=table, row_id=str(key))
    return touched


def moment_of(cursor: int) -> datetime | None:
    """When the change was made after which a page of older acts begins."""
    return Change.objects.filter(pk=cursor).values_list("at", flat=True).first()


def with_changes(mutation_ids: Collection[UUID], *, party_ids: Collection[int]) -> frozenset[UUID]:
    """Those of the mutations that recorded changes of one of the parties."""
    rows = Change.objects.filter(mutation_id__in=mutation_ids, party_id__in=party_ids)
    return frozenset(rows.order_by().values_list("mutation_id", flat=True).distinct())


def times_viewed(*, party_ids: Collection[int], since: datetime) -> int:
    """How many times the sensitive data of the parties was looked at since the moment."""
    return AccessLog.objects.filter(party_id__in=party_ids, at__gte=since).count()


def actor_name(mutation: Mutation | None) -> str:
    """The actor's name, never the address of the login."""
    return mutation.actor.full_name if mutation and mutation.actor else ""


def _act(changes: list[Change]) -> Act:
    mutation = changes[0].mutation
    return Act(mutation, mutation.at, actor_name(mutation), tuple(reversed(changes)))
