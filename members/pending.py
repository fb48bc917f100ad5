"""What waits for the board of one association: applications, resignations, deemed resignations, expulsions (REG-5).

A matter is named by its kind and key ("application-12"): the key is the membership's, of an expulsion and a resignation
their own row's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from django.db.models import Min, QuerySet

from members import dues
from members.dues import Arrears
from members.models import (
    Expulsion,
    Membership,
    MembershipEvent,
    OrgUnit,
    Resignation,
    UnitRules,
)
from members.models.meetings import MatterKind
from members.models.memberships import EventKind, State

# One meeting decides on so many of a kind; the rest waits for its own sitting.
MOST = 100
# Days by which months of different lengths may differ, so that nobody falls out before the exact comparison.
SLACK = 3
LATELY = timedelta(days=60)


@dataclass(frozen=True)
class Matter:
    """One thing to decide. `since` is when it began to wait; the details of its kind come with it."""

    kind: str
    pk: int
    membership: Membership
    since: date
    event: MembershipEvent | None = None
    resignation: Resignation | None = None
    expulsion: Expulsion | None = None
    arrears: Arrears | None = None

    @property
    def key(self) -> str:
        return f"{self.kind}-{self.pk}"


def matters(unit: OrgUnit, on: date) -> dict[str, list[Matter]]:
    """All that waits, by kind, the oldest first; at most MOST of each."""
    found = {
        MatterKind.APPLICATION: applications(unit),
        MatterKind.RESIGNATION: resignations(unit),
        MatterKind.DEEMED: deemed(unit, on),
        MatterKind.EXPULSION: expulsions(unit),
    }
    return {str(kind): rows[:MOST] for kind, rows in found.items()}


def applications(unit: OrgUnit) -> list[Matter]:
    rows = _with_names(Membership.objects.filter(unit=unit, state=State.APPLIED))
    waiting = rows.annotate(since=Min("events__effective_on")).order_by("since", "pk")[:MOST]
    events = MembershipEvent.objects.filter(membership__in=[m.pk for m in waiting], kind=EventKind.APPLIED)
    told = {event.membership_id: event for event in events.order_by("pk")}
    return [Matter(MatterKind.APPLICATION, m.pk, m, m.since, event=told.get(m.pk)) for m in waiting]


def resignations(unit: OrgUnit) -> list[Matter]:
    rows = Resignation.objects.waiting().filter(membership__unit=unit).order_by("received_at", "pk")[:MOST]
    members = _members(row.membership_id for row in rows)
    return [
        Matter(MatterKind.RESIGNATION, r.pk, members[r.membership_id], r.noticed_on, resignation=r)
        for r in rows
    ]


def expulsions(unit: OrgUnit) -> list[Matter]:
    rows = Expulsion.objects.under_way().filter(membership__unit=unit).order_by("proposed_on", "pk")[:MOST]
    members = _members(row.membership_id for row in rows)
    return [
        Matter(MatterKind.EXPULSION, e.pk, members[e.membership_id], e.proposed_on, expulsion=e) for e in rows
    ]


def deemed(unit: OrgUnit, on: date) -> list[Matter]:
    """Members whose fee has been unpaid as long as the rules say; nobody where the rules do not know it."""
    owed = in_arrears(unit, on)
    rows = _with_names(Membership.objects.filter(pk__in=owed, unit=unit, state__in=_MEMBERS))
    found = [
        Matter(MatterKind.DEEMED, m.pk, m, owed[m.pk].due_on, arrears=owed[m.pk])
        for m in rows.order_by("sort_key", "pk")
    ]
    return sorted(found, key=lambda matter: matter.since)


_MEMBERS = (State.ACTIVE, State.LAPSED)


def in_arrears(unit: OrgUnit, on: date) -> dict[int, Arrears]:
    """By membership, what has been unpaid for the months of the unit's rules on the day; the last of them is over.

    Associations Act 503/1989, section 14: the right to deem a member resigned stands in the rules or is not there.
    """
    rules = UnitRules.objects.for_unit(unit.pk, on)
    months = rules.deemed_resigned_months if rules else None
    if not months:
        return {}
    owed = dues.unpaid(unit.pk, on - relativedelta(months=months) + relativedelta(days=SLACK))
    return {pk: one for pk, one in owed.items() if one.due_on + relativedelta(months=months) < on}


def lapsed(unit: OrgUnit, on: date) -> list[MembershipEvent]:
    """Applications that have lapsed lately: the applicant may still be there, and the board may take it up after all."""
    rows = MembershipEvent.objects.filter(
        kind=EventKind.EXPIRED,
        membership__unit=unit,
        membership__state=State.REJECTED,
        effective_on__gte=on - LATELY,
    )
    return list(rows.select_related("membership__party", "membership__type").order_by("-pk")[:MOST])


def _with_names(rows: QuerySet[Membership]) -> QuerySet[Membership]:
    return rows.select_related("party__person", "party__organisation", "unit", "type")


def _members(pks: Iterable[int]) -> dict[int, Membership]:
    found: Sequence[Membership] = list(_with_names(Membership.objects.filter(pk__in=list(pks))))
    return {m.pk: m for m in found}
