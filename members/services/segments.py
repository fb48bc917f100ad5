"""Keeping segments: made, changed, removed and brought back; every version stays in the history (REG-8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.models import Change
from jasenpalvelu.audit.services import mutation
from members.models import OrgUnit
from members.models import Segment as Kept
from members.segments import tree
from members.segments.criteria import kind_of
from members.segments.tree import Segment, SegmentError

MOST = 100


class TooMany(Exception):
    """A person keeps at most MOST segments, so that they can be read."""


def keep(*, actor: User, unit: OrgUnit, name: str, shared: bool, segment: Segment) -> Kept:
    """Keep a new segment. Raises SegmentError for one that cannot be asked, TooMany."""
    spec = _spec(segment)
    with mutation(actor=actor, kind="segment.create", summary=name, unit_id=unit.pk):
        if Kept.objects.filter(owner=actor, removed_at__isnull=True).count() >= MOST:
            raise TooMany
        return Kept.objects.create(unit=unit, owner=actor, name=name, shared=shared, spec=spec)


def change(*, actor: User, kept: Kept, name: str, shared: bool, segment: Segment) -> Kept:
    """The same segment with other criteria; whoever uses it uses these from now on. Raises SegmentError."""
    spec = _spec(segment)
    with mutation(actor=actor, kind="segment.edit", summary=name, unit_id=kept.unit_id):
        kept = Kept.objects.select_for_update().get(pk=kept.pk)
        kept.name, kept.shared, kept.spec = name, shared, spec
        kept.save(update_fields=["name", "shared", "spec", "changed_at"])
    return kept


def remove(*, actor: User, kept: Kept, at: datetime) -> Kept:
    """Nobody sees it any more; `bring_back` undoes it."""
    return _mark(actor, kept, "segment.remove", at)


def bring_back(*, actor: User, kept: Kept) -> Kept:
    return _mark(actor, kept, "segment.restore", None)


def _mark(actor: User, kept: Kept, kind: str, at: datetime | None) -> Kept:
    with mutation(actor=actor, kind=kind, summary=kept.name, unit_id=kept.unit_id):
        kept = Kept.objects.select_for_update().get(pk=kept.pk)
        kept.removed_at = at
        kept.save(update_fields=["removed_at", "changed_at"])
    return kept


def _spec(segment: Segment) -> dict[str, Any]:
    tree.check(segment)
    for leaf in segment.root.leaves():
        kind_of(leaf)
    return tree.to_json(segment)


# --- versions ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Version:
    """What a segment was from a moment on. `segment` is None where that cannot be read any more."""

    pk: int
    at: datetime
    actor: str
    name: str
    segment: Segment | None


def versions(kept: Kept) -> list[Version]:
    """Every version, the newest first."""
    return list(_versions(kept))[::-1]


def _versions(kept: Kept) -> Iterator[Version]:
    rows = Change.objects.filter(table_name="members_segment", row_id=str(kept.pk))
    name: str = ""
    spec: Any = None
    for row in rows.select_related("mutation__actor").order_by("pk"):
        after = row.after or {}
        if not after.keys() & {"name", "spec"}:
            continue
        name, spec = after.get("name", name), after.get("spec", spec)
        actor = row.mutation.actor
        yield Version(row.pk, row.at, actor.full_name if actor else "", name, _read(spec))


def _read(spec: Any) -> Segment | None:
    try:
        return tree.from_json(spec)
    except SegmentError:
        return None
