"""The tree of units as it was on any day, or as it will be by what has been planned (REG-1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time

from django.utils.translation import get_language

from jasenpalvelu.audit.models import Change
from jasenpalvelu.common.clock import HELSINKI
from members.models import OrgChange, OrgUnit, UnitParent
from members.models.reorganising import ChangeKind, ChangeState
from members.models.units import Relation
from members.reorganising import NEW
from members.scope import Scope
from members.unit_reading import member_counts

VIEW = "units.view"
NAMES = ("name_fi", "name_sv", "name_en")


@dataclass(frozen=True)
class PastNode:
    """A unit as of a day. `pk` is None for one that is only planned; `ended` and `begins` say what it is not on the day."""

    pk: int | None
    name: str
    kind: str
    has_members: bool
    members: int | None
    ended: date | None
    planned: bool
    children: tuple[PastNode, ...]

    @property
    def below(self) -> int:
        return sum(1 + child.below for child in self.children)


@dataclass
class _Shape:
    """The units of a day with what is above each; changed by what is planned until the day."""

    units: dict[int, OrgUnit]
    names: dict[int, str]
    ended: dict[int, date]
    parents: dict[int, int | None]
    planned: set[int]


def tree(scope: Scope, *, on: date, today: date) -> list[PastNode]:
    """Units in reach that had begun by the day, under what they belonged to then. Later days follow the plans in reach."""
    shape = _shape(scope, on)
    if on > today:
        for change in _plans(scope, on):
            _apply(shape, change)
    counts = member_counts(shape.units, on=on) if on <= today else None
    below: dict[int | None, list[int]] = {}
    for pk, parent in shape.parents.items():
        below.setdefault(parent if parent in shape.parents else None, []).append(pk)
    return list(_nodes(shape, counts, below, None))


def _shape(scope: Scope, on: date) -> _Shape:
    rows = OrgUnit.objects.visible_to(scope, VIEW).select_related("kind").order_by("sort_key", "pk")
    units = {unit.pk: unit for unit in rows if unit.valid_from is None or unit.valid_from <= on}
    ended = {pk: unit.valid_to for pk, unit in units.items() if unit.valid_to and unit.valid_to < on}
    links = UnitParent.objects.on(on).filter(unit__in=units, relation=Relation.ADMINISTRATIVE)
    above = dict(links.order_by("-pk").values_list("unit_id", "parent_id"))
    return _Shape(units, names_on(units.values(), on), ended, {pk: above.get(pk) for pk in units}, set())


def names_on(units: Iterable[OrgUnit], on: date) -> dict[int, str]:
    """What each was called on the day: the history tells what a name was before it was changed."""
    language = (get_language() or "fi")[:2]
    names = {unit.pk: {name: getattr(unit, name) for name in NAMES} for unit in units}
    after = datetime.combine(on + timedelta(days=1), clock_time.min, HELSINKI).astimezone(UTC)
    rows = Change.objects.filter(
        table_name="members_orgunit", row_id__in=[str(pk) for pk in names], op="U", at__gte=after
    )
    for row in rows.order_by("-pk"):
        names[int(row.row_id)] |= {name: value for name, value in (row.before or {}).items() if name in NAMES}
    order = (f"name_{language}", "name_fi", "name_sv", "name_en")
    return {pk: next((known[name] for name in order if known.get(name)), "") for pk, known in names.items()}


# --- plans --------------------------------------------------------------------------------------------------------------
def _plans(scope: Scope, on: date) -> Sequence[OrgChange]:
    rows = OrgChange.objects.visible_to(scope, VIEW).filter(state=ChangeState.PLANNED, effective_on__lte=on)
    return list(rows.order_by("effective_on", "pk"))


def _apply(shape: _Shape, change: OrgChange) -> None:
    """As carrying it out would: a planned unit has a key below zero."""
    goes_on = change.target_id
    if change.kind == ChangeKind.MOVE:
        if change.relation == Relation.ADMINISTRATIVE:
            shape.parents |= dict.fromkeys(
                (pk for pk in change.sources if pk in shape.parents), change.target_id
            )
        return
    if change.makes_unit:
        goes_on, like = -change.pk, change.like_id or change.sources[0]
        shape.parents[goes_on] = shape.parents.get(like)
        shape.names[goes_on] = change.name_fi
        if like in shape.units:
            shape.units[goes_on] = shape.units[like]
        shape.planned.add(goes_on)
    for pk in change.ending:
        shape.ended[pk] = change.effective_on - timedelta(days=1)
    for pk, parent in shape.parents.items():
        if parent in change.ending and pk not in change.ending and pk != goes_on:
            shape.parents[pk] = goes_on


def _nodes(
    shape: _Shape, counts: dict[int, int] | None, below: dict[int | None, list[int]], parent: int | None
) -> Iterable[PastNode]:
    ordered = sorted(below.get(parent, []), key=lambda pk: (pk in shape.ended, _sort_key(shape, pk)))
    for pk in ordered:
        unit = shape.units[pk]
        yield PastNode(
            pk=pk if pk > NEW else None,
            name=shape.names[pk],
            kind=str(unit.kind),
            has_members=unit.kind.has_members,
            members=None if counts is None else counts.get(pk, 0),
            ended=shape.ended.get(pk),
            planned=pk in shape.planned,
            children=tuple(_nodes(shape, counts, below, pk)),
        )


def _sort_key(shape: _Shape, pk: int) -> str:
    return shape.units[pk].sort_key if pk > NEW else shape.names[pk].casefold()
