"""Which memberships go with a change of the organisation, and which of them are in each other's way."""

from __future__ import annotations

from datetime import date

from django.db.models import Count, F, Q, QuerySet

from members import listing
from members.choosing import Choices
from members.models import Membership, MembershipType, OrgChange
from members.models.memberships import State
from members.models.reorganising import ChangeKind, Division
from members.scope import Scope
from members.segments import compiling, tree
from members.segments.tree import SegmentError
from members.states import OPEN


def lasting(day: date) -> Q:
    """Condition on a membership: it is open, or its end is known and comes after the day."""
    ends_later = Q(state=State.ENDED, ended_on__gt=day)
    has_days = Q(started_on__isnull=True) | Q(ended_on__gt=F("started_on"))
    return Q(state__in=OPEN) | (ends_later & has_days)


def memberships(change: OrgChange, *, scope: Scope, on: date) -> QuerySet[Membership]:
    """Those that go to another unit. A segment is asked as `scope` sees it on the day `on`; one that is not understood
    means nobody."""
    if change.kind == ChangeKind.MOVE:
        return Membership.objects.none()
    rows = Membership.objects.filter(lasting(change.effective_on))
    if change.kind == ChangeKind.MERGE:
        return rows.filter(unit__in=change.ending)
    return rows.filter(unit__in=change.sources).filter(_of_division(change, scope, on))


def _of_division(change: OrgChange, scope: Scope, on: date) -> Q:
    if change.division == Division.MUNICIPALITY:
        return Q(party__home_municipality__in=change.municipalities)
    if change.division == Division.PICKED:
        return Q(party__in=change.picked)
    nobody = Q(pk__in=[])
    if change.segment is None or change.segment.removed_at is not None:
        return nobody
    try:
        found = compiling.narrowing(tree.from_json(change.segment.spec), Choices(scope), on)
    except SegmentError:
        return nobody
    return Q(party__in=listing.parties(found).values("pk"))


# --- types --------------------------------------------------------------------------------------------------------------
def type_map(change: OrgChange) -> dict[int, MembershipType | None]:
    """What each association's own type becomes in the unit that goes on: the type of the same name and meaning that it has or
    all have, else None: a copy has to be made. Common types stay what they are."""
    own = MembershipType.objects.filter(unit__in=change.ending or change.sources).order_by("pk")
    theirs = {} if change.target_id is None else _by_name(MembershipType.objects.filter(unit=change.target))
    common = _by_name(MembershipType.objects.filter(unit__isnull=True))
    found: dict[int, MembershipType | None] = {}
    for kind in own:
        name = (kind.name_fi.casefold(), kind.federation_code)
        # In a division the new unit keeps what its members were: a common type of the same name was replaced by the own one.
        found[kind.pk] = theirs.get(name) or (common.get(name) if change.kind == ChangeKind.MERGE else None)
    return found


def _by_name(rows: QuerySet[MembershipType]) -> dict[tuple[str, str], MembershipType]:
    return {(kind.name_fi.casefold(), kind.federation_code): kind for kind in rows.order_by("-pk")}


# --- a person in two of the units ---------------------------------------------------------------------------------------
def of_both(change: OrgChange) -> QuerySet[Membership]:
    """Memberships in force of people who belong to two of the units that become one."""
    units = [*change.ending, *([change.target_id] if change.target_id else [])]
    rows = Membership.objects.filter(unit__in=units, state__in=(State.ACTIVE, State.LAPSED))
    twice = rows.order_by().values("party").annotate(n=Count("unit", distinct=True)).filter(n__gt=1)
    return rows.filter(party__in=twice.values("party")) if change.ending else rows.none()


def unclear(change: OrgChange) -> list[Membership]:
    """Of those the memberships that do not simply become one: another type, another holding, another payer. A person says which
    goes on. One of each member, in the order of names."""
    known = type_map(change)
    meant: dict[int, set[tuple[object, ...]]] = {}
    first: dict[int, Membership] = {}
    rows = of_both(change).select_related("party", "unit", "type").order_by("party__sort_key", "party", "pk")
    for row in rows:
        kind = known.get(row.type_id)
        # Types that are copied under the same name are one type.
        same = kind.pk if kind else (row.type.name_fi.casefold(), row.type.federation_code)
        type_key = same if row.type_id in known else row.type_id
        meant.setdefault(row.party_id, set()).add((type_key, row.holding_id, row.payer_id))
        first.setdefault(row.party_id, row)
    return [row for pk, row in first.items() if len(meant[pk]) > 1]
