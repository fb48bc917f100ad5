"""What the pickers of the member list offer: associations as a tree, membership types, municipalities.

Names and codes of units only, no member's data. Kept for five minutes per reach, so that a page need not ask for them
anew; whether a choice may be used is decided by the scope each time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from django.core.cache import cache
from django.db.models import OuterRef, Q, Subquery
from django.utils.text import capfirst
from django.utils.translation import get_language

from jasenpalvelu.common.reference import municipality_choices, municipality_name
from members.models import MembershipType, OrgUnit, UnitClosure
from members.models.memberships import FEDERATION_TYPES
from members.models.units import Relation
from members.scope import Scope

KEPT_SECONDS = 300
# Up to this many associations a reach is narrow: its own membership types are offered and its members are counted at once.
NARROW = 3


@dataclass(frozen=True)
class UnitChoice:
    """A unit in the picker; `below` are its own key and those of the units under it within the reach."""

    pk: int
    depth: int
    names: tuple[str, str, str]
    below: tuple[int, ...]

    def name(self, language: str) -> str:
        fi, sv, en = self.names
        return {"sv": sv, "en": en}.get(language, "") or fi


@dataclass(frozen=True)
class TypeChoice:
    pk: int
    code: str
    names: tuple[str, str, str]

    def name(self, language: str) -> str:
        fi, sv, en = self.names
        return {"sv": sv, "en": en}.get(language, "") or fi


def reach_key(scope: Scope, capability: str = "members.view") -> str:
    """The same for all who reach the same units with the same field classes: a name for what is kept about a reach."""
    held = sorted(
        (g.unit_id, g.below, "".join(sorted(g.classes))) for g in scope.grants if g.capability == capability
    )
    return hashlib.blake2b(repr(held).encode(), digest_size=12).hexdigest()


class Choices:
    """The choices of one reader, asked for when a field needs them."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.language = get_language() or "fi"
        # What else the reader's criteria have asked for.
        self.kept: dict[str, Any] = {}

    @cached_property
    def unit_ids(self) -> frozenset[int]:
        return self.scope.unit_ids("members.view")

    @property
    def narrow(self) -> bool:
        return len(self.unit_ids) <= NARROW

    @cached_property
    def units(self) -> list[UnitChoice]:
        """The reach as a tree in the order it is shown; empty when there is nothing to choose."""
        if len(self.unit_ids) < 2:
            return []
        key = f"members:units:{reach_key(self.scope)}"
        return cast("list[UnitChoice]", cache.get_or_set(key, lambda: _tree(self.unit_ids), KEPT_SECONDS))

    @cached_property
    def types(self) -> list[tuple[str, str]]:
        """Types of the associations in a narrow reach by their keys, in a wide one the federation's codes; in one order."""
        if not self.narrow:
            return [(code, capfirst(str(label))) for code, label in FEDERATION_TYPES]
        return [(str(kind.pk), kind.name(self.language)) for kind in self._own_types]

    @cached_property
    def _own_types(self) -> list[TypeChoice]:
        key = f"members:types:{reach_key(self.scope)}"
        return cast("list[TypeChoice]", cache.get_or_set(key, lambda: _types(self.unit_ids), KEPT_SECONDS))

    def types_of(self, code: str) -> list[int]:
        """Every type of the federation code, told as keys, so that the database knows how many members have it."""
        key = f"members:types-of:{code}"
        kinds = (
            MembershipType.objects.filter(federation_code=code).order_by("pk").values_list("pk", flat=True)
        )
        return cast("list[int]", cache.get_or_set(key, lambda: list(kinds), KEPT_SECONDS))

    @cached_property
    def places(self) -> list[tuple[str, str]]:
        """Municipalities, those of the working unit's own area first."""
        pairs = municipality_choices(self.language)
        near = set(self.scope.unit.municipalities) if self.scope.unit else set()
        return [p for p in pairs if p[0] in near] + [p for p in pairs if p[0] not in near]

    def place_name(self, code: str) -> str:
        return municipality_name(code, self.language)

    def units_of(self, unit_id: int) -> frozenset[int]:
        """The unit and those below it, within the reach."""
        chosen = next((unit for unit in self.units if unit.pk == unit_id), None)
        return self.unit_ids & frozenset(chosen.below if chosen else [unit_id])


def tree_of(scope: Scope, capability: str) -> list[UnitChoice]:
    """Every unit the capability reaches, as a tree in the order it is shown; one alone too."""
    units = scope.unit_ids(capability)
    key = f"members:tree:{capability}:{reach_key(scope, capability)}"
    return cast("list[UnitChoice]", cache.get_or_set(key, lambda: _tree(units), KEPT_SECONDS))


def forget_types(scope: Scope) -> None:
    """After the person has edited a membership type; others see the change within five minutes."""
    cache.delete(f"members:types:{reach_key(scope)}")


def _types(unit_ids: Iterable[int]) -> list[TypeChoice]:
    rows = MembershipType.objects.filter(Q(unit__isnull=True) | Q(unit_id__in=list(unit_ids)))
    order = {code: place for place, (code, _label) in enumerate(FEDERATION_TYPES)}
    kinds = sorted(rows, key=lambda t: (order.get(t.federation_code, len(order)), t.position, t.pk))
    return [TypeChoice(t.pk, t.federation_code, (t.name_fi, t.name_sv, t.name_en)) for t in kinds]


def _tree(unit_ids: Iterable[int]) -> list[UnitChoice]:
    parent = UnitClosure.objects.filter(
        descendant=OuterRef("pk"), relation=Relation.ADMINISTRATIVE, depth=1
    ).order_by("pk")
    rows = list(
        OrgUnit.objects.filter(pk__in=list(unit_ids))
        .annotate(parent_pk=Subquery(parent.values("ancestor_id")[:1]))
        .order_by("sort_key", "pk")
        .values_list("pk", "parent_pk", "name_fi", "name_sv", "name_en")
    )
    known = {row[0] for row in rows}
    children: dict[int | None, list[tuple]] = {}
    for row in rows:
        children.setdefault(row[1] if row[1] in known else None, []).append(row)
    found: list[UnitChoice] = []

    def walk(parent_pk: int | None, depth: int) -> list[int]:
        walked: list[int] = []
        for pk, _parent, fi, sv, en in children.get(parent_pk, []):
            place = len(found)
            below = [pk]
            found.append(UnitChoice(pk, depth, (fi, sv, en), ()))
            below += walk(pk, depth + 1)
            found[place] = UnitChoice(pk, depth, (fi, sv, en), tuple(below))
            walked += below
        return walked

    walk(None, 0)
    return found
