"""A segment as conditions of the member list (ADR 0014): EXISTS over memberships in the reader's reach, never a join.

What a criterion says of a membership ("type is …", "joined …") is meant of one and the same membership within an "all"
group; a second criterion of the same kind is meant of another one. Its opposite is meant of all: "type is not …" is true of
those who have no membership of the type. Negations are brought down to the criteria, so that whoever is under a
non-disclosure order is left out by a criterion that would tell what the order hides, and by its opposite alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import and_, or_

from django.db.models import Exists, OuterRef, Q

from members import filters, listing
from members.choosing import Choices
from members.filters import Narrowing
from members.models import Membership
from members.models.memberships import in_hand
from members.scope import LASTING
from members.segments.criteria import Reading, classes_of, is_positive, kind_of
from members.segments.tree import Criterion, Group, Segment

UNPROTECTED = Q(non_disclosure=False)


@dataclass(frozen=True)
class _Leaf:
    """A criterion as conditions: on a membership, on the party, or on both. True when `positive` and they hold."""

    kind: str
    memberships: Q
    parties: Q
    hides: bool
    positive: bool

    @property
    def of_membership(self) -> bool:
        return bool(self.memberships) and not self.parties and self.positive


def narrowing(segment: Segment, choices: Choices, today: date) -> Narrowing:
    """What the segment amounts to for this reader; unfinished criteria narrow nothing. Raises SegmentError."""
    return _Compiler(Reading(segment, choices), today).narrowing()


def leaf_condition(reading: Reading, criterion: Criterion, today: date) -> Q:
    """Whether the criterion by itself is true of a party."""
    compiler = _Compiler(reading, today)
    return compiler.part(criterion, negated=False)


def base_condition(reading: Reading, today: date) -> Q:
    """Whether the party has a membership of the state that the segment is about, within reach."""
    return _Compiler(reading, today).exists(Q())


class _Compiler:
    def __init__(self, reading: Reading, today: date) -> None:
        segment, choices = reading.segment, reading.choices
        self.reading, self.choices, self.segment = reading, choices, segment
        self.on = segment.on or today
        self.classes = classes_of(segment)
        self.past = segment.state in filters.PAST or self.on != today
        self.units = sorted(choices.scope.unit_ids("members.view", "".join(self.classes)))
        about = self._scratch()
        filters.narrow_state(about, segment.state)
        self.base = about.memberships
        if self.past and self.classes - LASTING:
            self.base &= in_hand(today)

    def _scratch(self) -> Narrowing:
        return Narrowing(self.choices.scope, self.on, self.choices, as_of=self.segment.on is not None)

    def narrowing(self) -> Narrowing:
        root = self.reading.finished
        found = self._scratch()
        found.classes, found.past = set(self.classes), self.past
        found.memberships &= self.base
        if root.mode != "all":
            found.parties &= self.part(root, negated=False)
            return found
        buckets, others = self._sorted(root)
        for n, bucket in enumerate(buckets):
            if n:
                found.parties &= self._bucket(bucket, negated=False)
                continue
            found.memberships &= _all(leaf.memberships for leaf in bucket)
            found.parties &= _guard(bucket)
        for part in others:
            found.parties &= self.part(part, negated=False)
        return found

    # --- parts ----------------------------------------------------------------------------------------------------
    def part(self, part: Criterion | Group, *, negated: bool) -> Q:
        if isinstance(part, Criterion):
            return self._single(self._leaf(part), negated=negated)
        if part.mode == "none":
            negated = not negated
        if part.mode != "all":
            inner = [self.part(one, negated=negated) for one in part.parts]
            return _all(inner) if negated else _any(inner)
        buckets, others = self._sorted(part)
        inner = [self._bucket(bucket, negated=negated) for bucket in buckets]
        inner += [self.part(one, negated=negated) for one in others]
        return _any(inner) if negated else _all(inner)

    def _sorted(self, group: Group) -> tuple[list[list[_Leaf]], list[Criterion | Group]]:
        """Criteria that are about one membership together, and the rest."""
        buckets: list[list[_Leaf]] = []
        others: list[Criterion | Group] = []
        for part in group.parts:
            leaf = self._leaf(part) if isinstance(part, Criterion) else None
            if leaf is None or not leaf.of_membership:
                others.append(part)
                continue
            free = next((b for b in buckets if all(leaf.kind != other.kind for other in b)), None)
            if free is None:
                buckets.append([leaf])
            else:
                free.append(leaf)
        return buckets, others

    def _bucket(self, leaves: list[_Leaf], *, negated: bool) -> Q:
        found = self.exists(_all(leaf.memberships for leaf in leaves))
        return (~found if negated else found) & _guard(leaves)

    def _single(self, leaf: _Leaf, *, negated: bool) -> Q:
        true = leaf.positive != negated
        parts = [leaf.parties] if leaf.parties else []
        if leaf.memberships:
            parts.append(self.exists(leaf.memberships))
        return (_all(parts) if true else _any([~one for one in parts])) & _guard([leaf])

    def _leaf(self, criterion: Criterion) -> _Leaf:
        kind, found = kind_of(criterion), self._scratch()
        values = self.reading.values(criterion)
        if values is not None:
            kind.narrow(found, values)
        if found.units is not None:
            found.memberships &= Q(unit_id__in=sorted(found.units))
        return _Leaf(kind.key, found.memberships, found.parties, kind.hides_protected, is_positive(criterion))

    def exists(self, condition: Q) -> Q:
        tied = Membership.objects.filter(listing.among(self.units)).filter(self.base & condition)
        return Q(Exists(tied.filter(party_id=OuterRef("pk"))))


def _guard(leaves: Iterable[_Leaf]) -> Q:
    return UNPROTECTED if any(leaf.hides for leaf in leaves) else Q()


def _all(conditions: Iterable[Q]) -> Q:
    return reduce(and_, conditions, Q())


def _any(conditions: Iterable[Q]) -> Q:
    found = list(conditions)
    return reduce(or_, found) if found else Q()
