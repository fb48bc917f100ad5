"""A change of the organisation in numbers, before it is done: members, households, posts, rights, fees, what stops it (REG-1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from members import reorganising
from members.models import Mandate, Membership, MembershipType, OrgChange, OrgUnit, Party, PartyLink
from members.models.mandates import Reach
from members.models.memberships import State
from members.models.reorganising import ChangeKind, PostChoice
from members.models.units import Relation
from members.reorganising import NEW, Conflict, Estimate, Receivable
from members.scope import Scope
from members.services.reorganising import going, hindering, posts, sketching
from members.services.reorganising.sketching import Links

VIEW = "members.view"
TOLD = 20
IN_FORCE = (State.ACTIVE, State.LAPSED)


@dataclass(frozen=True)
class Post:
    """A post and what becomes of it."""

    mandate: Mandate
    choice: PostChoice


@dataclass(frozen=True)
class Sight:
    """How many members come into, or leave, the view of one person with a post."""

    party: Party
    gains: int
    loses: int


@dataclass(frozen=True)
class Fees:
    """One beneficiary's fees of the year before and after."""

    name: str
    before: Decimal
    after: Decimal

    @property
    def difference(self) -> Decimal:
        return self.after - self.before


@dataclass(frozen=True)
class Preview:
    """Everything the page of a change says in numbers."""

    types: list[tuple[MembershipType, int]]
    going: int
    staying: int
    there: int
    applications: int
    joined: int
    households: int
    split_parties: list[Party]
    posts: list[Post]
    sights: list[Sight]
    more_sights: int
    estimate: Estimate | None
    fees: list[Fees]
    owed: list[tuple[str, Receivable]]
    conflicts: list[Conflict]
    remarks: list[Conflict] = field(default_factory=list)


def preview(change: OrgChange, *, reader: Scope, on: date) -> Preview:
    """`reader` looks at it; what is asked of rights is asked of the one who planned it, or of the reader before that."""
    planner = Scope.for_user(change.planned_by, on=on) if change.planned_by else reader
    rows = going.memberships(change, scope=planner, on=on)
    sketch = sketching.sketch(change, scope=planner, on=on)
    units = change.sources if change.kind == ChangeKind.SPLIT else [change.target_id or 0]
    here = Membership.objects.filter(going.lasting(change.effective_on), unit__in=units)
    staying = here.exclude(pk__in=rows.order_by().values("pk")) if change.kind == ChangeKind.SPLIT else here
    households, parties = _households(change, rows)
    sights = _sights(change, rows, reader, on)
    estimate = reorganising.estimate(sketch)
    return Preview(
        types=_types(rows),
        going=rows.count(),
        staying=staying.count() if change.kind == ChangeKind.SPLIT else 0,
        there=here.count() if change.kind == ChangeKind.MERGE else 0,
        applications=rows.filter(state=State.APPLIED).count(),
        joined=_joined(change),
        households=households,
        split_parties=parties,
        posts=_posts(change),
        sights=sights[:TOLD],
        more_sights=max(0, len(sights) - TOLD),
        estimate=estimate,
        fees=_fees(change, estimate),
        owed=_owed(change),
        conflicts=hindering.conflicts(change, scope=planner, on=on),
        remarks=reorganising.remarks_on(sketch),
    )


def _types(rows: QuerySet[Membership]) -> list[tuple[MembershipType, int]]:
    counted = rows.order_by().values_list("type").annotate(n=Count("pk"))
    numbers = dict(counted)
    kinds = MembershipType.objects.filter(pk__in=numbers).order_by("position", "pk")
    return [(kind, numbers[kind.pk]) for kind in kinds]


def _joined(change: OrgChange) -> int:
    """People in two of the units, whose memberships become one."""
    found = set(going.of_both(change).order_by().values_list("party", flat=True))
    return len(found - {row.party_id for row in going.unclear(change)})


# --- households ---------------------------------------------------------------------------------------------------------
def _households(change: OrgChange, rows: QuerySet[Membership]) -> tuple[int, list[Party]]:
    """Members who go while one of the same holding, a spouse, a parent or child or a payer stays: how many, and the first."""
    if change.kind != ChangeKind.SPLIT:
        return 0, []
    keys = rows.order_by().values("pk")
    stays = Membership.objects.filter(unit__in=change.sources, state__in=IN_FORCE).exclude(pk__in=keys)
    same_holding = stays.filter(holding=OuterRef("holding")).exclude(party=OuterRef("party"))
    links = PartyLink.objects.filter(valid_to__isnull=True, kind__in=("spouse", "child", "payer"))
    people = stays.order_by().values("party")
    linked = links.filter(
        Q(party=OuterRef("party"), other__in=people) | Q(other=OuterRef("party"), party__in=people)
    )
    split = rows.filter(Exists(same_holding) | Exists(linked) | Q(payer__in=people))
    parties = Party.objects.filter(pk__in=split.order_by().values("party")).order_by("sort_key", "pk")
    return parties.count(), list(parties[:TOLD])


# --- posts and who sees whom --------------------------------------------------------------------------------------------
def _posts(change: OrgChange) -> list[Post]:
    chosen = posts.chosen(change)
    return [
        Post(mandate, PostChoice(chosen.get(mandate.pk) or posts.usual(change, mandate)))
        for mandate in posts.of_change(change)
    ]


def _sights(change: OrgChange, rows: QuerySet[Membership], reader: Scope, on: date) -> list[Sight]:
    """People with posts whose view of the members concerned changes: the widest first."""
    before = sketching.links(on, Relation.ADMINISTRATIVE)
    after = sketching.changed(change, before, Relation.ADMINISTRATIVE)
    groups = _groups(change, rows, before)
    seen_before = _reached(_mandates(on), sketching.below(before))
    choices = {post.mandate.pk: post.choice for post in _posts(change)}
    goes_on = change.target_id or change.made_id or NEW
    seen_after = _reached(_as_planned(_mandates(on), choices, goes_on), sketching.below(after))
    found: dict[int, list[int]] = {}
    for was, will, n in groups:
        for party in seen_before.keys() | seen_after.keys():
            had, has = was in seen_before.get(party, ()), will in seen_after.get(party, ())
            if had != has:
                found.setdefault(party, [0, 0])[0 if has else 1] += n
    visible = Mandate.objects.visible_to(reader).order_by().values("party")
    people = Party.objects.filter(pk__in=found).filter(pk__in=visible).order_by("sort_key", "pk")
    sights = [Sight(party, *found[party.pk]) for party in people if any(found[party.pk])]
    return sorted(sights, key=lambda sight: -(sight.gains + sight.loses))


def _groups(change: OrgChange, rows: QuerySet[Membership], before: Links) -> list[tuple[int, int, int]]:
    """Members by where they are and where they would be: (unit now, unit then, how many)."""
    goes_on = change.target_id or change.made_id or NEW
    leaving: dict[int, int] = dict(rows.order_by().values_list("unit").annotate(n=Count("pk")))
    under = sketching.below(before)
    concerned = {one for pk in change.unit_ids for one in under.get(pk, {pk})}
    if change.kind == ChangeKind.MOVE:
        concerned = {one for pk in change.sources for one in under.get(pk, {pk})}
    open_rows = Membership.objects.filter(unit__in=concerned, state__in=IN_FORCE)
    totals: dict[int, int] = dict(open_rows.order_by().values_list("unit").annotate(n=Count("pk")))
    found = [(unit, goes_on, n) for unit, n in leaving.items()]
    return found + [
        (unit, unit, n - leaving.get(unit, 0)) for unit, n in totals.items() if n > leaving.get(unit, 0)
    ]


@dataclass(frozen=True)
class _Held:
    """A post as far as sight goes: whose, where, and each reach of the role."""

    party: int
    unit: int
    reaches: tuple[tuple[str, tuple[int, ...]], ...]
    pk: int = 0


def _mandates(on: date) -> list[_Held]:
    rows = Mandate.objects.in_force(on).filter(template__grants__capability=VIEW).distinct()
    found = []
    for mandate in rows.prefetch_related("template__grants").select_related("template").order_by("pk"):
        reaches = tuple(
            (grant.reach, tuple(mandate.listed_units) if grant.reach == Reach.LISTED else (mandate.unit_id,))
            for grant in mandate.template.grants.all()
            if grant.capability == VIEW
        )
        found.append(_Held(mandate.party_id, mandate.unit_id, reaches, mandate.pk))
    return found


def _as_planned(held: list[_Held], choices: Mapping[int, PostChoice], goes_on: int) -> list[_Held]:
    found = []
    for post in held:
        choice = choices.get(post.pk, PostChoice.STAY)
        if choice in (PostChoice.STAY, PostChoice.ALSO, PostChoice.SETTLE):
            found.append(post)
        if choice in (PostChoice.MOVE, PostChoice.ALSO):
            there = tuple(
                (reach, units if reach == Reach.LISTED else (goes_on,)) for reach, units in post.reaches
            )
            found.append(_Held(post.party, goes_on, there))
    return found


def _reached(held: list[_Held], below: Mapping[int, frozenset[int]]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for post in held:
        for reach, units in post.reaches:
            for unit in units:
                found[post.party] |= below.get(unit, frozenset({unit})) if reach == Reach.BELOW else {unit}
    return found


# --- money --------------------------------------------------------------------------------------------------------------
def _fees(change: OrgChange, estimate: Estimate | None) -> list[Fees]:
    """Each beneficiary whose sum changes, or that is one of the units; all others in one row; the whole last."""
    if estimate is None:
        return []
    units = estimate.before.keys() | estimate.after.keys()
    names = names_of(change, units)
    told = [
        unit
        for unit in sorted(units, key=lambda unit: (unit == NEW, names.get(unit, "")))
        if estimate.before.get(unit) != estimate.after.get(unit) or unit in change.unit_ids
    ]
    rows = [_sums(names.get(unit, ""), [unit], estimate) for unit in told]
    rest = units - set(told)
    others = [_sums(_("Others, unchanged"), rest, estimate)] if rest else []
    return [*rows, *others, _sums("", units, estimate)]


def _sums(name: str, units: Iterable[int], estimate: Estimate) -> Fees:
    before = sum((estimate.before.get(unit, Decimal(0)) for unit in units), Decimal(0))
    after = sum((estimate.after.get(unit, Decimal(0)) for unit in units), Decimal(0))
    return Fees(name, before, after)


def names_of(change: OrgChange, units: Iterable[int]) -> dict[int, str]:
    """Units by name, the one that is still to be made among them."""
    names = {unit.pk: unit.name for unit in OrgUnit.objects.filter(pk__in=set(units)).order_by("pk")}
    return names | {NEW: change.name_fi}


def _owed(change: OrgChange) -> list[tuple[str, Receivable]]:
    units = change.ending or change.sources
    names = names_of(change, units)
    return [(names[row.unit_id], row) for row in reorganising.owed(units)]
