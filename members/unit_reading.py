"""Units as they are shown: the tree within reach with its numbers of members, and one unit with everything about it (REG-1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import cast

from django.core.cache import cache
from django.db.models import Count, OuterRef, Q, Subquery

from jasenpalvelu.common.sorting import fold
from members.models import (
    Mandate,
    Membership,
    MembershipType,
    OrgUnit,
    UnitClosure,
    UnitParent,
    UnitRules,
)
from members.models.units import Relation
from members.scope import Scope

VIEW = "units.view"
COUNTS_KEPT = 600
# Up to this many units are counted at once; a whole federation's numbers are kept for ten minutes.
COUNTED_AT_ONCE = 5


@dataclass(frozen=True)
class Node:
    """A unit in the tree: what the list says of it, its numbers, and the units right below it."""

    unit: OrgUnit
    members: int | None
    children: tuple[Node, ...]

    @property
    def below(self) -> int:
        return sum(1 + child.below for child in self.children)


def tree(scope: Scope, *, on: date, text: str = "") -> list[Node]:
    """The units in reach, nested. With a text, those whose name or number fits, without nesting."""
    units = _units(scope, on)
    numbers = member_counts([unit.pk for unit in units], on=on)
    if text.strip():
        return [Node(unit, numbers.get(unit.pk), ()) for unit in units if _fits(unit, text)]
    known = {unit.pk for unit in units}
    below: dict[int | None, list[OrgUnit]] = {}
    for unit in units:
        above = getattr(unit, "parent_pk", None)  # annotated in _units
        parent = above if above in known else None
        below.setdefault(parent, []).append(unit)

    def nodes(parent: int | None) -> tuple[Node, ...]:
        return tuple(Node(u, numbers.get(u.pk), nodes(u.pk)) for u in below.get(parent, []))

    return list(nodes(None))


def _units(scope: Scope, on: date) -> list[OrgUnit]:
    """Those that have not ended; the tree as of a day shows the others."""
    parent = UnitClosure.objects.filter(
        descendant=OuterRef("pk"), relation=Relation.ADMINISTRATIVE, depth=1
    ).order_by("pk")
    lasting = Q(valid_to__isnull=True) | Q(valid_to__gte=on)
    rows = (
        OrgUnit.objects.visible_to(scope, VIEW)
        .filter(lasting)
        .annotate(parent_pk=Subquery(parent.values("ancestor_id")[:1]))
    )
    return list(rows.select_related("kind").order_by("sort_key", "pk"))


def _fits(unit: OrgUnit, text: str) -> bool:
    said = " ".join((fold(unit.name_fi), fold(unit.name_sv), str(unit.number), unit.y_tunnus))
    words = said.split()
    return all(any(word.startswith(typed) for word in words) for typed in fold(text).split())


def member_counts(unit_ids: Iterable[int], *, on: date) -> dict[int, int]:
    """People with a membership in force in each unit; one grouped query."""
    wanted = list(unit_ids)
    if len(wanted) <= COUNTED_AT_ONCE:
        return _counted(Q(unit_id__in=wanted), on)
    found = cache.get_or_set(f"units:members:{on:%Y%m%d}", lambda: _counted(Q(), on), COUNTS_KEPT)
    return cast("dict[int, int]", found)


def _counted(where: Q, on: date) -> dict[int, int]:
    rows = Membership.objects.in_force(on).filter(where).values("unit_id").order_by("unit_id")
    return dict(rows.annotate(n=Count("party_id", distinct=True)).values_list("unit_id", "n"))


# --- one unit -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class UnitFacts:
    """Everything the page of a unit shows beside its own columns."""

    members: int
    parents: list[UnitParent]
    children: list[Node]
    rules: UnitRules | None
    coming_rules: list[UnitRules]
    mandates: list[Mandate]


def facts(scope: Scope, unit: OrgUnit, *, on: date) -> UnitFacts:
    rules = list(UnitRules.objects.filter(unit=unit).order_by("-valid_from", "-pk"))
    links = UnitClosure.objects.filter(ancestor=unit, relation=Relation.ADMINISTRATIVE, depth=1)
    children = OrgUnit.objects.visible_to(scope, VIEW).filter(pk__in=links.values("descendant_id"))
    below = list(children.select_related("kind").order_by("sort_key", "pk"))
    numbers = member_counts([unit.pk, *(child.pk for child in below)], on=on)
    parents = UnitParent.objects.on(on).filter(unit=unit).select_related("parent")
    return UnitFacts(
        members=numbers.get(unit.pk, 0),
        parents=list(parents.order_by("relation", "pk")),
        children=[Node(child, numbers.get(child.pk), ()) for child in below],
        rules=next((r for r in rules if _in_force(r, on)), None),
        coming_rules=[r for r in rules if r.valid_from and r.valid_from > on],
        mandates=list(
            Mandate.objects.on(on)
            .filter(unit=unit)
            .select_related("party", "template")
            .order_by("template_id", "party__sort_key", "pk")
        ),
    )


def _in_force(rules: UnitRules, on: date) -> bool:
    begun = rules.valid_from is None or rules.valid_from <= on
    return begun and (rules.valid_to is None or rules.valid_to >= on)


def types_of(unit: OrgUnit) -> list[MembershipType]:
    """The types the unit uses: its own, and the common ones that none of its own replaces by name."""
    rows = list(MembershipType.objects.filter(Q(unit=unit) | Q(unit__isnull=True)).order_by("position", "pk"))
    own = {kind.name_fi for kind in rows if kind.unit_id}
    return [kind for kind in rows if kind.unit_id or kind.name_fi not in own]


def history_rows(unit: OrgUnit) -> list[tuple[str, object]]:
    """The rows whose changes are the unit's own history: itself, its parents, rules and types; nobody's member data."""
    rows: list[tuple[str, object]] = [("members_orgunit", unit.pk)]
    for table, model in (
        ("members_unitrules", UnitRules),
        ("members_unitparent", UnitParent),
        ("members_membershiptype", MembershipType),
    ):
        keys = model._default_manager.filter(unit_id=unit.pk).order_by("pk").values_list("pk", flat=True)
        rows += [(table, key) for key in keys]
    return rows
