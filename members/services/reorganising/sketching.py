"""The tree as it would be, without writing it: for the conflicts, the numbers and the fees of a change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from members.models import OrgChange, UnitParent
from members.models.reorganising import ChangeKind, Division
from members.models.units import Relation
from members.reorganising import NEW, Sketch
from members.scope import Scope
from members.services.reorganising import going

# unit → the units right above it.
Links = dict[int, frozenset[int]]


def links(on: date, relation: str) -> Links:
    found: dict[int, set[int]] = {}
    rows = UnitParent.objects.on(on).filter(relation=relation).order_by("pk")
    for unit, parent in rows.values_list("unit_id", "parent_id"):
        found.setdefault(unit, set()).add(parent)
    return {unit: frozenset(parents) for unit, parents in found.items()}


def changed(change: OrgChange, before: Links, relation: str) -> Links:
    """The links after the change; a unit that is still to be made has the key NEW."""
    after = dict(before)
    if change.kind == ChangeKind.MOVE:
        if relation == change.relation and change.target_id is not None:
            after |= dict.fromkeys(change.sources, frozenset({change.target_id}))
        return after
    if change.makes_unit and change.made_id is None:
        after[NEW] = before.get(change.like_id or change.sources[0], frozenset())
    goes_on = change.target_id or change.made_id or NEW
    ending = set(change.ending)
    for unit, parents in before.items():
        if unit not in ending and unit != goes_on and parents & ending:
            after[unit] = (parents - ending) | {goes_on}
    return after


def above(links: Mapping[int, frozenset[int]], units: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """The units above each, nearest first; a circle ends where it began."""
    found = {}
    for unit in units:
        seen, order, level = {unit}, [], {unit}
        while level:
            level = {p for one in level for p in links.get(one, frozenset())} - seen
            order += sorted(level)
            seen |= level
        found[unit] = tuple(order)
    return found


def below(links: Mapping[int, frozenset[int]]) -> dict[int, frozenset[int]]:
    """Unit → itself and everything under it."""
    units = {*links, *(parent for parents in links.values() for parent in parents)}
    found: dict[int, set[int]] = {unit: {unit} for unit in units}
    for unit, higher in above(links, units).items():
        for one in higher:
            found[one].add(unit)
    return {unit: frozenset(under) for unit, under in found.items()}


def would_loop(change: OrgChange) -> bool:
    after = changed(change, links(change.effective_on, change.relation), change.relation)
    return any(
        pk in above(after, [change.target_id or 0])[change.target_id or 0] for pk in change.sources
    ) or (change.target_id in change.sources)


def is_there(change: OrgChange) -> bool:
    """The unit belongs to the chosen one already, and to no other."""
    now = links(change.effective_on, change.relation)
    return all(now.get(pk, frozenset()) == {change.target_id} for pk in change.sources)


def sketch(change: OrgChange, *, scope: Scope, on: date) -> Sketch:
    """The change for those who count or object. Of a division by segment or names the keys are told; the rest is a whole unit."""
    before = links(on, Relation.FEE)
    after = changed(change, before, Relation.FEE)
    under = below(before)
    concerned = {*change.unit_ids, *(unit for pk in change.sources for unit in under.get(pk, ()))}
    moving = None
    if change.kind == ChangeKind.SPLIT and change.division in Division.values:
        rows = going.memberships(change, scope=scope, on=on)
        moving = frozenset(rows.order_by().values_list("pk", flat=True))
    goes_to = None if change.kind == ChangeKind.MOVE else change.target_id or change.made_id or NEW
    return Sketch(
        kind=change.kind,
        sources=tuple(change.sources),
        target=change.target_id,
        goes_to=goes_to,
        like=change.like_id or change.sources[0],
        copy_fees=change.copy_fees,
        effective_on=change.effective_on,
        ending=tuple(change.ending),
        moving=moving,
        above_before=above(before, concerned),
        above_after=above(after, [*concerned, NEW]),
    )
