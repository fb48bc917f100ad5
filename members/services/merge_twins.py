"""The same membership entered twice: what becomes of the two when their entries are joined (REG-10).

One of them goes on, as a membership since the earlier first day; the other is closed as entered twice. Closed so it has been in
force on no day, so neither a list of any day nor the statistics count a member who left. Both are told by an event, and parting
takes the events back with everything else.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from jasenpalvelu.accounts.models import User
from members import dues
from members.models import Expulsion, Membership, MembershipEvent, Merge, Party
from members.models.memberships import EventKind, State
from members.services import lifecycle
from members.services.merge_rows import Change, Values
from members.states import OPEN

_STRONGER = [State.APPLIED, State.LAPSED, State.ACTIVE]


@dataclass(frozen=True)
class Twin:
    """`kept` goes on with the values it lacked; `since`: the closed one's first day when that is the earlier."""

    kept: Membership
    closed: Membership
    since: date | None = None
    values: Values = field(default_factory=dict)

    @property
    def apart(self) -> bool:
        """They are about two holdings, so they may be two memberships: somebody has to say which one goes on."""
        held = {self.kept.holding_id, self.closed.holding_id} - {None}
        return len(held) > 1

    @property
    def told(self) -> list[Any]:
        """What a digest of the plan says of it."""
        return [self.kept.pk, self.closed.pk, str(self.since), {k: str(v) for k, v in self.values.items()}]


def twins(*, survivor: Party, merged: Party, on: date) -> list[Twin]:
    """Open memberships of the same type in the same association, one of each entry. Reads only."""
    rows = Membership.objects.filter(party__in=[survivor, merged], state__in=OPEN)
    by_kind: dict[tuple[int, int], dict[int, Membership]] = {}
    for row in rows.select_related("unit", "type", "party").order_by("pk"):
        by_kind.setdefault((row.unit_id, row.type_id), {})[row.party_id] = row
    pairs = [(held[survivor.pk], held[merged.pk]) for held in by_kind.values() if len(held) == 2]
    if not pairs:
        return []
    ids = [row.pk for pair in pairs for row in pair]
    charged = dues.charged(ids, on.year)
    heard = set(
        Expulsion.objects.under_way()
        .filter(membership__in=ids)
        .order_by("pk")
        .values_list("membership_id", flat=True)
    )

    def weight(row: Membership) -> tuple[int, bool, bool]:
        """What must go on: the stronger state, a hearing, the year's fee that has been charged for it."""
        return _STRONGER.index(State(row.state)), row.pk in heard, row.pk in charged

    both = (survivor.pk, merged.pk)
    return [
        _twin(mine, other, both, on.year, charged)
        if weight(mine) >= weight(other)
        else _twin(other, mine, both, on.year, charged)
        for mine, other in pairs
    ]


def _twin(kept: Membership, closed: Membership, both: tuple[int, int], year: int, charged: Set[int]) -> Twin:
    values: Values = {}
    if kept.holding_id is None and closed.holding_id is not None:
        values["holding_id"] = closed.holding_id
    if kept.payer_id is None and closed.payer_id is not None and closed.payer_id not in both:
        values["payer_id"] = closed.payer_id
    if kept.fee_exempt_until is None and closed.fee_exempt_until is not None:
        values["fee_exempt_until"] = closed.fee_exempt_until.isoformat()
        values["fee_exempt_reason"] = closed.fee_exempt_reason
    if closed.pk in charged and kept.pk not in charged:
        values |= _charged_already(kept, closed, year)
    earlier = closed.started_on if kept.started_on and closed.started_on else None
    since = earlier if earlier and kept.started_on and earlier < kept.started_on else None
    return Twin(kept, closed, since, values)


def _charged_already(kept: Membership, closed: Membership, year: int) -> Values:
    """What was charged for the closed one is not charged for the one that goes on (as `estates.carry_fee`)."""
    last = date(year, 12, 31)
    known = kept.fee_exempt_until or closed.fee_exempt_until
    if known is not None and known >= last:
        return {}
    return {"fee_exempt_until": last.isoformat(), "fee_exempt_reason": f"{year}: {closed.unit.name_fi}"}


def changes(found: Sequence[Twin]) -> list[Change]:
    """The rows as they stand afterwards; the closed one first, for one may not be open twice."""
    rows = [Change("members_membership", "id", twin.closed.pk, _closed(twin.closed)) for twin in found]
    for twin in found:
        values = twin.values | ({"started_on": twin.since.isoformat()} if twin.since else {})
        if values:
            rows.append(Change("members_membership", "id", twin.kept.pk, values))
    return rows


def tell(*, actor: User, found: Sequence[Twin], on: date) -> None:
    """The events that say so, once the memberships belong to one entry. Inside the act of joining."""
    for twin in found:
        _corrected(actor, twin.closed.pk, _closed(twin.closed), on)
        if twin.since:
            _corrected(actor, twin.kept.pk, {"started_on": twin.since.isoformat()}, on)


def _corrected(actor: User, membership_id: int, data: Values, on: date) -> None:
    lifecycle.record(
        membership=Membership.objects.get(pk=membership_id),
        kind=EventKind.CORRECTED,
        effective_on=on,
        reason=_("entered twice"),
        data=data,
        actor=actor,
    )


def _closed(row: Membership) -> Values:
    if row.started_on is None:
        return {"state": str(State.REJECTED), "ended_on": None}
    return {"state": str(State.ENDED), "ended_on": row.started_on.isoformat()}


def take_back(merge: Merge) -> None:
    """The events go while the joining stands: they are deleted with the act that wrote them only (see `MembershipEvent`)."""
    MembershipEvent.objects.filter(mutation_id=merge.mutation_id).delete()
