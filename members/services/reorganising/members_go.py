"""Memberships that go to another unit, batch by batch: one ends by transfer and the next begins on the same day.

Events are only added, so that the past stays true; what is charged or granted goes with the member. Each batch is one
transaction of the act, and a membership is handled once: its mark is written with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection

from jasenpalvelu.accounts.models import User
from members import dues
from members.models import (
    Decision,
    Membership,
    MembershipEvent,
    OrgChange,
    OrgChangeMember,
    OrgUnit,
    Resignation,
)
from members.models.memberships import ENDINGS, EventKind, State
from members.services.reorganising.going import lasting
from members.services.reorganising.recording import FINISH, Recorder
from members.states import OPEN


@dataclass
class _Moved:
    """One membership on its way: as it was, and as what it goes on (None: the one it joins goes on)."""

    note: OrgChangeMember
    old: Membership
    day: date
    new: Membership | None = None


@dataclass(frozen=True)
class Going:
    """Where the batch goes, and under which act and decision."""

    change: OrgChange
    unit: OrgUnit
    act: UUID
    decision: Decision | None
    actor: User | None

    @property
    def types(self) -> dict[int, int]:
        return {int(old): new for old, new in self.change.types.items()}


def move_batch(going: Going, *, size: int) -> int:
    """The next memberships that wait, in the order of their keys; how many were handled, 0 when none waits."""
    waiting = OrgChangeMember.objects.filter(change=going.change, handled=False).order_by("membership_id")
    notes = {note.membership_id: note for note in waiting[:size]}
    rows = Membership.objects.select_for_update(of=("self",)).filter(pk__in=notes)
    held = list(
        rows.filter(lasting(going.change.effective_on))
        .filter(unit__in=going.change.sources)
        .select_related("unit")
        .order_by("pk")
    )
    moved = [_Moved(notes[row.pk], row, _day(going.change, row)) for row in held]
    _find_successors(going, moved)
    _write(going, moved)
    for note in notes.values():
        note.handled = True
    OrgChangeMember.objects.bulk_update(notes.values(), ["became", "made", "handled", "before"])
    return len(notes)


def _day(change: OrgChange, old: Membership) -> date:
    """Whoever joined after the day of the change belonged to the old unit until noticed: not a day longer."""
    return max(change.effective_on, old.started_on or change.effective_on)


def _find_successors(going: Going, moved: list[_Moved]) -> None:
    """An open membership of the same type in the unit is the one that goes on; the others get one of their own."""
    parties = {row.old.party_id for row in moved}
    there = Membership.objects.filter(unit=going.unit, party__in=parties, state__in=OPEN).order_by("-pk")
    taken: dict[tuple[int, int], Membership] = {(m.party_id, m.type_id): m for m in there}
    for row in sorted(moved, key=lambda row: (row.old.state == State.APPLIED, row.old.pk)):
        kind = going.types.get(row.old.type_id, row.old.type_id)
        twin = taken.get((row.old.party_id, kind))
        if twin is None:
            row.new = _successor(going, row, kind)
            if row.new.state in OPEN:
                taken[row.old.party_id, kind] = row.new
        row.note.before = {
            "state": row.old.state,
            "ended_on": row.old.ended_on.isoformat() if row.old.ended_on else None,
        }


def _successor(going: Going, row: _Moved, kind: int) -> Membership:
    old = row.old
    applied = old.state == State.APPLIED
    return Membership(
        party_id=old.party_id,
        unit=going.unit,
        type_id=kind,
        holding_id=old.holding_id,
        payer_id=old.payer_id,
        state=old.state,
        started_on=None if applied else row.day,
        ended_on=old.ended_on if old.state == State.ENDED else None,
    )


# --- writing ------------------------------------------------------------------------------------------------------------
def _write(going: Going, moved: list[_Moved]) -> None:
    if not moved:
        return
    charged = _charged(moved)
    for row in moved:
        if row.new is not None:
            row.new.fee_exempt_until, row.new.fee_exempt_reason = _free(row, charged=row.old.pk in charged)
    Membership.objects.bulk_create(row.new for row in moved if row.new is not None)
    twins = _twins(going, moved)
    for row in moved:
        row.note.made = row.new is not None
        row.note.became = row.new.pk if row.new is not None else twins.get(row.old.pk)
    stories = _stories([row.old.pk for row in moved])
    MembershipEvent.objects.bulk_create(
        event for row in moved for event in _events(going, row, stories.get(row.old.pk, []))
    )
    _end(moved)
    _carry_notices(going, [row for row in moved if row.new is not None and row.old.state == State.ENDED])


def _twins(going: Going, moved: list[_Moved]) -> dict[int, int]:
    """What the others go on as: asked after the new ones have their keys."""
    joining = [row for row in moved if row.new is None]
    there = Membership.objects.filter(
        unit=going.unit, party__in=[row.old.party_id for row in joining], state__in=OPEN
    )
    found = {(m.party_id, m.type_id): m.pk for m in there.order_by("-pk")}
    kinds = going.types
    keys = {row.old.pk: (row.old.party_id, kinds.get(row.old.type_id, row.old.type_id)) for row in joining}
    return {pk: found[key] for pk, key in keys.items() if key in found}


def _charged(moved: list[_Moved]) -> frozenset[int]:
    """Whose fee of the year is on an invoice already: what has been charged is not charged again."""
    by_year: dict[int, list[int]] = defaultdict(list)
    for row in moved:
        by_year[row.day.year].append(row.old.pk)
    return frozenset().union(*(dues.charged(pks, year) for year, pks in by_year.items()))


def _free(row: _Moved, *, charged: bool) -> tuple[date | None, str]:
    """The exemption that goes on, or the one that stands for the fee of the year (see `estates.carry_fee`)."""
    until, reason = row.old.fee_exempt_until, row.old.fee_exempt_reason
    if charged and (until is None or until < date(row.day.year, 12, 31)):
        until, reason = date(row.day.year, 12, 31), f"{row.day.year}: {row.old.unit.name_fi}"[:120]
    return (until, reason) if until is not None and until >= row.day else (None, "")


def _stories(pks: list[int]) -> dict[int, list[MembershipEvent]]:
    found: dict[int, list[MembershipEvent]] = defaultdict(list)
    for event in MembershipEvent.objects.filter(membership__in=pks).order_by("pk"):
        found[event.membership_id].append(event)
    return found


def _events(going: Going, row: _Moved, story: list[MembershipEvent]) -> Iterable[MembershipEvent]:
    old, new = row.old, row.new

    def event(membership: Membership, kind: str, day: date, **values: object) -> MembershipEvent:
        common = {"actor": going.actor, "mutation_id": going.act, "decision": going.decision}
        return MembershipEvent(
            membership=membership, kind=kind, effective_on=day, **(common | {"reason": ""} | values)
        )

    there, here = (
        {"change": going.change.pk, "to": going.unit.pk},
        {"change": going.change.pk, "from": old.pk},
    )
    decided = going.decision.decided_on if going.decision else None
    leaving = EventKind.WITHDRAWN if old.state == State.APPLIED else EventKind.TRANSFERRED
    yield event(old, leaving, row.day, reason=going.unit.name_fi, data=there, decided_on=decided)
    if new is None:
        return
    if old.state == State.APPLIED:
        asked = next((e for e in reversed(story) if e.kind == EventKind.APPLIED), None)
        data = (asked.data if asked else {}) | here
        first = asked.applied_on if asked else row.day
        yield event(new, EventKind.APPLIED, first or row.day, applied_on=first, data=data, decision=None)
        return
    yield event(new, EventKind.ADMITTED, row.day, reason=old.unit.name_fi, data=here, decided_on=decided)
    if old.state == State.LAPSED:
        yield event(new, EventKind.LAPSED, row.day, data=here)
    if new.fee_exempt_until is not None:
        data = {"until": new.fee_exempt_until.isoformat()}
        yield event(new, EventKind.FEE_EXEMPTED, row.day, reason=new.fee_exempt_reason, data=data)
    if old.state == State.ENDED and old.ended_on is not None:
        end = next((e for e in reversed(story) if e.kind in ENDINGS), None)
        yield event(
            new,
            end.kind if end else EventKind.RESIGNED,
            old.ended_on,
            decided_on=end.decided_on if end else None,
            decision=end.decision if end else None,
            reason=end.reason if end else "",
            data=here,
        )


def _end(moved: list[_Moved]) -> None:
    by_day: dict[tuple[date, bool], list[int]] = defaultdict(list)
    for row in moved:
        by_day[row.day, row.old.state == State.APPLIED].append(row.old.pk)
    for (day, applied), pks in by_day.items():
        values = {"state": State.REJECTED} if applied else {"state": State.ENDED, "ended_on": day}
        Membership.objects.filter(pk__in=pks).update(**values)


def _carry_notices(going: Going, moved: list[_Moved]) -> None:
    """A notice the board has not noted yet goes with the member, to the board that will note it."""
    by_old = {row.old.pk: row.new for row in moved}
    notices = Resignation.objects.select_for_update(of=("self",)).waiting().filter(membership__in=by_old)
    record = Recorder(going.change, FINISH)
    for notice in notices.order_by("pk"):
        new = by_old[notice.membership_id]
        ends = MembershipEvent.objects.filter(membership=new, kind=EventKind.RESIGNED).order_by("-pk").first()
        if ends is not None:
            record.update(notice, membership=new, event=ends)


# --- back ---------------------------------------------------------------------------------------------------------------
_GONE = """
DELETE FROM members_membershipevent e USING unnest(%(new)s::bigint[]) n(id) WHERE e.membership_id = n.id;
DELETE FROM members_membership m USING unnest(%(new)s::bigint[]) n(id) WHERE m.id = n.id;
DELETE FROM members_membershipevent e USING unnest(%(old)s::bigint[]) o(id)
  WHERE e.membership_id = o.id AND e.mutation_id = %(act)s;
"""
_BACK = """
UPDATE members_membership m SET state = c.before->>'state', ended_on = (c.before->>'ended_on')::date
FROM members_orgchangemember c WHERE c.id = ANY(%(notes)s) AND m.id = c.membership_id
"""


def give_back_batch(change: OrgChange, *, size: int) -> int:
    """The last ones that went, as they stood; 0 when all are back. What the change added goes, as if it had not been."""
    rows = OrgChangeMember.objects.filter(change=change, handled=True).order_by("-membership_id")[:size]
    notes = [note for note in rows if note.before]
    idle = [note.pk for note in rows if not note.before]
    old = sorted(note.membership_id for note in notes)
    list(Membership.objects.select_for_update().filter(pk__in=old).order_by("pk").values_list("pk"))
    new = [note.became for note in notes if note.made]
    with connection.cursor() as cursor:
        if notes:
            cursor.execute(_GONE, {"new": new, "old": old, "act": change.act})
            cursor.execute(_BACK, {"notes": [note.pk for note in notes]})
    OrgChangeMember.objects.filter(pk__in=[*(note.pk for note in notes), *idle]).delete()
    return len(rows)
