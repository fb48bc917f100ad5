"""Who reads: to which units a person belongs as a member and as an officer, and in which of the asked segments they are.

A unit's announcements, materials and benefits reach the members of the units below it; so the reader is told by the units above
their own. A segment counts within the reach of the unit whose thing it is, whoever made the segment.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import BooleanField, Case, OuterRef, Q, Value, When
from django.db.models.expressions import Exists

from members import listing
from members.choosing import Choices
from members.models import Mandate, Membership, Party, Segment, UnitClosure
from members.models.units import Relation
from members.scope import Grant, Scope
from members.segments import compiling, tree
from members.segments.criteria import classes_of
from members.segments.tree import SegmentError

Pair = tuple[int, int]  # segment, unit in whose reach it is asked
REACHED = frozenset("ABCD")


@dataclass(frozen=True)
class Reader:
    """`units`: of memberships in force; `above`: these and all above them; `posts`: of mandates in force, with `posts_above`.

    `types`: federation codes of the memberships; `roles`: codes of the roles.
    """

    party_id: int
    on: date
    units: frozenset[int]
    above: frozenset[int]
    posts: frozenset[int]
    posts_above: frozenset[int]
    types: frozenset[str]
    roles: frozenset[str]
    municipality: str

    @property
    def all_above(self) -> frozenset[int]:
        return self.above | self.posts_above


def reader_of(party_id: int, on: date) -> Reader:
    memberships = Membership.objects.in_force(on).filter(party=party_id).order_by()
    belongs = list(memberships.values_list("unit_id", "type__federation_code"))
    mandates = list(
        Mandate.objects.in_force(on)
        .filter(party=party_id)
        .order_by()
        .values_list("unit_id", "template__code")
    )
    units, posts = frozenset(unit for unit, _ in belongs), frozenset(unit for unit, _ in mandates)
    above = _above(units | posts)
    place = Party.objects.filter(pk=party_id).values_list("home_municipality", flat=True).first()
    return Reader(
        party_id=party_id,
        on=on,
        units=units,
        above=frozenset().union(*(above.get(unit, ()) for unit in units)),
        posts=posts,
        posts_above=frozenset().union(*(above.get(unit, ()) for unit in posts)),
        types=frozenset(code for _, code in belongs),
        roles=frozenset(code for _, code in mandates),
        municipality=place or "",
    )


def _above(units: Collection[int]) -> dict[int, set[int]]:
    if not units:
        return {}
    found: dict[int, set[int]] = {}
    pairs = UnitClosure.objects.filter(descendant_id__in=sorted(units), relation=Relation.ADMINISTRATIVE)
    for below, above in pairs.order_by().values_list("descendant_id", "ancestor_id"):
        found.setdefault(below, set()).add(above)
    return found


# --- segments -----------------------------------------------------------------------------------------------------------
def segments_with(party_id: int, pairs: Collection[Pair], on: date) -> frozenset[Pair]:
    """Those of the pairs in which the person is; one question for all. A segment that is not understood has nobody in it."""
    if not pairs:
        return frozenset()
    segments = Segment.objects.in_bulk({segment for segment, _unit in pairs})
    asked: dict[str, Pair] = {}
    questions = {}
    for n, (segment, unit) in enumerate(sorted(pairs)):
        condition = _condition(segments[segment], unit, on) if segment in segments else None
        if condition is not None:
            asked[f"in_{n}"] = (segment, unit)
            questions[f"in_{n}"] = Case(
                When(condition, then=Value(True)), default=Value(False), output_field=BooleanField()
            )
    if not questions:
        return frozenset()
    row = Party.objects.filter(pk=party_id).annotate(**questions).values(*questions).first() or {}
    return frozenset(pair for name, pair in asked.items() if row.get(name))


def people_in(segment: Segment, unit_id: int, on: date):  # type: ignore[no-untyped-def]
    """The parties of a segment within the unit's reach; None for one that is not understood."""
    try:
        read = tree.from_json(segment.spec)
        return listing.parties(compiling.narrowing(read, Choices(_reach_of(unit_id)), on))
    except SegmentError:
        return None


def _condition(segment: Segment, unit_id: int, on: date) -> Q | None:
    people = people_in(segment, unit_id, on)
    return None if people is None else Q(Exists(people.filter(pk=OuterRef("pk"))))


def _reach_of(unit_id: int) -> Scope:
    """The unit itself asks, over itself and those below it."""
    return Scope(grants=[Grant("members.view", unit_id, True, REACHED)])


def may_choose(scope: Scope, segment: Segment, unit_id: int) -> bool:
    """Whether somebody may aim at the segment in the unit's name: they hold there what its criteria tell of people."""
    try:
        needed = classes_of(tree.from_json(segment.spec))
    except SegmentError:
        return False
    return scope.can("members.view", unit_id, "".join(sorted(needed)))
