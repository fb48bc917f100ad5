"""A meeting decides on members: everything that waited, in one act, with its decisions and its minutes (REG-5).

Associations Act 503/1989: sections 12 (admission), 13 (resignation), 14 and 15 (expulsion and its hearing).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from uuid import UUID

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.models import Mutation
from jasenpalvelu.audit.services import mark_undone, mutation
from jasenpalvelu.common.events import publish
from members import pending
from members.events import AdmissionsDecided
from members.models import BoardMeeting, Decision, Expulsion, MeetingItem, Membership, OrgUnit, Resignation
from members.models.meetings import MatterKind, Outcome
from members.models.memberships import EventKind, State
from members.pending import Matter
from members.services import ending, joining, lifecycle, transferring, undoing
from members.services.undoing import UndoError

KINDS = tuple(str(kind) for kind in MatterKind)
SUBJECTS = {
    MatterKind.APPLICATION: "Jäseneksi hyväksyminen",
    MatterKind.RESIGNATION: "Eronneet jäsenet",
    MatterKind.DEEMED: "Eronneeksi katsominen",
    MatterKind.EXPULSION: "Jäsenen erottaminen",
}


class MeetingError(Exception):
    """`code`: nothing (no matter was dealt with), hearing (an expulsion before the time to answer has run out), reason (a
    rejection without one), twice (two endings of one membership), early (a fee not unpaid long enough on the day of the meeting), start (an ending before the
    membership began). `key` names the matter."""

    def __init__(self, code: str, key: str = "") -> None:
        super().__init__(code)
        self.code, self.key = code, key


class Taken(Exception):
    """Somebody else has dealt with these matters meanwhile, or they have gone by themselves; nothing was done."""

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__(", ".join(keys))
        self.keys = list(keys)


@dataclass(frozen=True)
class Minutes:
    """What the minutes say of the meeting itself. `section` is the first section used; each kind of matter has its own."""

    held_on: date
    chair: str
    secretary: str
    body: str = "board"
    number: str = ""
    place: str = ""
    present: str = ""
    section: str = ""
    members_from: date | None = None


@dataclass(frozen=True)
class Verdict:
    """What was decided of one matter, named as in `members.pending`."""

    kind: str
    pk: int
    outcome: str
    reason: str = ""

    @property
    def key(self) -> str:
        return f"{self.kind}-{self.pk}"


def hold(
    *, actor: User, unit: OrgUnit, minutes: Minutes, verdicts: Sequence[Verdict], token: UUID, on: date
) -> BoardMeeting:
    """Enter what a meeting decided, all of it or nothing. Errors: MeetingError, Taken, joining.SentAlready.

    Meetings of one association are entered one after another: of two at once the second finds what the first decided.
    """
    if not verdicts:
        raise MeetingError("nothing")
    with mutation(actor=actor, kind="meeting.hold", summary=minutes.number, unit_id=unit.pk) as done:
        OrgUnit.objects.select_for_update(no_key=True).get(pk=unit.pk)
        if (before := joining.result_of(token)) is not None:
            raise joining.SentAlready(before)
        matters = _waiting(unit, verdicts, on)
        _no_second_ending(verdicts, matters)
        sitting = _Sitting(_entered(actor, unit, minutes, done.pk), minutes, actor)
        for verdict in sorted(verdicts, key=lambda v: (KINDS.index(v.kind), v.pk)):
            sitting.decide(verdict, matters[verdict.key])
        if any(verdict.outcome == Outcome.ADMITTED for verdict in verdicts):
            publish(AdmissionsDecided(unit.pk, sitting.meeting.members_from))
        joining.spend(token, sitting.meeting.pk)
    return sitting.meeting


def _no_second_ending(verdicts: Sequence[Verdict], matters: Mapping[str, Matter]) -> None:
    """Who is both unpaid and proposed to be expelled is lost once: one of the two is decided, and the other falls away."""
    ended: set[int] = set()
    for verdict in verdicts:
        if verdict.outcome in (Outcome.CONFIRMED, Outcome.EXPELLED):
            membership = matters[verdict.key].membership
            if membership.pk in ended:
                raise MeetingError("twice", verdict.key)
            ended.add(membership.pk)


def _entered(actor: User, unit: OrgUnit, minutes: Minutes, mutation_id: UUID) -> BoardMeeting:
    return BoardMeeting.objects.create(
        unit=unit,
        body=minutes.body,
        held_on=minutes.held_on,
        number=minutes.number,
        place=minutes.place,
        chair=minutes.chair,
        secretary=minutes.secretary,
        present=minutes.present,
        members_from=minutes.members_from or minutes.held_on,
        recorded_by=actor,
        mutation_id=mutation_id,
    )


def _waiting(unit: OrgUnit, verdicts: Sequence[Verdict], on: date) -> dict[str, Matter]:
    """The matters with their rows locked; Taken when one of them does not wait any more."""
    named: dict[str, set[int]] = {kind: {v.pk for v in verdicts if v.kind == kind} for kind in KINDS}
    notices = Resignation.objects.filter(pk__in=named[MatterKind.RESIGNATION], membership__unit=unit)
    proposals = Expulsion.objects.filter(pk__in=named[MatterKind.EXPULSION], membership__unit=unit)
    pks = named[MatterKind.APPLICATION] | named[MatterKind.DEEMED]
    pks |= set(notices.values_list("membership_id", flat=True))
    pks |= set(proposals.values_list("membership_id", flat=True))
    transferring.hold_with_former(memberships=pks)
    rows = Membership.objects.filter(pk__in=pks, unit=unit)
    members = {m.pk: m for m in rows.select_related("party", "type", "unit").order_by("pk")}
    owed = pending.in_arrears(unit, on) if named[MatterKind.DEEMED] else {}
    found = [
        *(
            Matter(MatterKind.APPLICATION, pk, members[pk], on)
            for pk in named[MatterKind.APPLICATION]
            if pk in members and members[pk].state == State.APPLIED
        ),
        *(
            Matter(MatterKind.DEEMED, pk, members[pk], owed[pk].due_on, arrears=owed[pk])
            for pk in named[MatterKind.DEEMED] & owed.keys() & members.keys()
            if members[pk].state in (State.ACTIVE, State.LAPSED)
        ),
        *(
            Matter(MatterKind.RESIGNATION, r.pk, members[r.membership_id], r.noticed_on, resignation=r)
            for r in notices.waiting().select_for_update(of=("self",)).order_by("pk")
        ),
        *(
            Matter(MatterKind.EXPULSION, e.pk, members[e.membership_id], e.proposed_on, expulsion=e)
            for e in proposals.under_way().select_for_update(of=("self",)).order_by("pk")
        ),
    ]
    by_key = {matter.key: matter for matter in found}
    if gone := [v.key for v in verdicts if v.key not in by_key]:
        raise Taken(gone)
    return by_key


@dataclass
class _Sitting:
    """The meeting while it is being entered: one decision for each kind of matter, sections counted on from the first."""

    meeting: BoardMeeting
    minutes: Minutes
    actor: User
    decisions: dict[str, Decision] = field(default_factory=dict)
    position: int = 0

    def decide(self, verdict: Verdict, matter: Matter) -> None:
        acts: dict[str, Callable[[Verdict, Matter], date | None]] = {
            Outcome.ADMITTED: self._admit,
            Outcome.REJECTED: self._reject,
            Outcome.NOTED: self._note,
            Outcome.CONFIRMED: self._deem,
            Outcome.EXPELLED: self._expel,
            Outcome.DROPPED: self._drop,
            Outcome.KEPT: lambda verdict, matter: None,
        }
        decided = verdict.outcome in acts
        try:
            effective = acts[verdict.outcome](verdict, matter) if decided else None
        except lifecycle.LifecycleError as error:
            raise MeetingError("start", verdict.key) from error
        self.position += 1
        MeetingItem.objects.create(
            meeting=self.meeting,
            position=self.position,
            kind=verdict.kind,
            outcome=verdict.outcome,
            membership=matter.membership,
            resignation=matter.resignation,
            expulsion=matter.expulsion,
            decision=self._decision(verdict.kind),
            name=matter.membership.party.display_name,
            effective_on=effective,
            reason=verdict.reason,
        )

    def _decision(self, kind: str) -> Decision:
        if kind not in self.decisions:
            first = self.minutes.section
            section = str(int(first) + len(self.decisions)) if first.isdigit() else first
            self.decisions[kind] = Decision.objects.create(
                unit=self.meeting.unit,
                body=self.meeting.body,
                decided_on=self.meeting.held_on,
                section=section,
                subject=SUBJECTS[MatterKind(kind)],
            )
        return self.decisions[kind]

    def _admit(self, verdict: Verdict, matter: Matter) -> date:
        day = self.meeting.members_from
        lifecycle.admit(
            actor=self.actor,
            membership=matter.membership,
            decided_on=self.meeting.held_on,
            effective_on=day,
            decision=self._decision(verdict.kind),
        )
        transferring.leave_the_former(actor=self.actor, membership=matter.membership, on=day)
        return day

    def _reject(self, verdict: Verdict, matter: Matter) -> None:
        if not verdict.reason:
            raise MeetingError("reason", verdict.key)
        lifecycle.reject(
            actor=self.actor,
            membership=matter.membership,
            decided_on=self.meeting.held_on,
            reason=verdict.reason,
            decision=self._decision(verdict.kind),
        )

    def _note(self, verdict: Verdict, matter: Matter) -> date:
        """A resignation needs no decision: it took effect by itself, and the board has now read it."""
        notice = matter.resignation
        assert notice is not None
        notice.noted_on = self.meeting.held_on
        notice.save(update_fields=["noted_on"])
        return notice.effective_on

    def _deem(self, verdict: Verdict, matter: Matter) -> date:
        if matter.membership.pk not in self._late:
            raise MeetingError("early", verdict.key)
        return self._end(EventKind.DEEMED_RESIGNED, verdict, matter, verdict.reason)

    @cached_property
    def _late(self) -> set[int]:
        """Memberships whose fee was unpaid long enough on the day of the meeting."""
        return set(pending.in_arrears(self.meeting.unit, self.meeting.held_on))

    def _expel(self, verdict: Verdict, matter: Matter) -> date:
        day, proposal = self.meeting.held_on, matter.expulsion
        assert proposal is not None
        if not proposal.may_be_decided(day):
            raise MeetingError("hearing", verdict.key)
        self._close(proposal, Expulsion.State.EXPELLED)
        return self._end(EventKind.EXPELLED, verdict, matter, proposal.get_ground_display()[:200])

    def _drop(self, verdict: Verdict, matter: Matter) -> None:
        assert matter.expulsion is not None
        self._close(matter.expulsion, Expulsion.State.DROPPED)

    def _close(self, proposal: Expulsion, state: str) -> None:
        proposal.state, proposal.decided_on = state, self.meeting.held_on
        proposal.save(update_fields=["state", "decided_on"])

    def _end(self, kind: str, verdict: Verdict, matter: Matter, reason: str) -> date:
        """The first day no longer a member."""
        membership, decided_on = matter.membership, self.meeting.held_on
        day = ending.effective_day(unit_id=membership.unit_id, kind=kind, noticed_on=decided_on)
        lifecycle.end(
            actor=self.actor,
            membership=membership,
            kind=kind,
            effective_on=day,
            decided_on=decided_on,
            decision=self._decision(verdict.kind),
            reason=reason,
        )
        return day


def undo(*, actor: User, meeting: BoardMeeting, on: date) -> int:
    """Everything the meeting decided waits again, as long as nothing was done after it; UndoError says whose matter was.

    How many matters wait again. The meeting stays to be read, marked as undone.
    """
    with mutation(actor=actor, kind="meeting.undo", summary=meeting.number, unit_id=meeting.unit_id) as done:
        undone: Mutation = undoing.standing(mutation_id=meeting.mutation_id)
        OrgUnit.objects.select_for_update(no_key=True).get(pk=meeting.unit_id)
        undoing.put_back(actor=actor, mutation_id=meeting.mutation_id, on=on)
        items = list(meeting.items.select_related("resignation", "expulsion").order_by("pk"))
        for item in items:
            _waits_again(item)
        if any(item.outcome == Outcome.ADMITTED for item in items):
            publish(AdmissionsDecided(meeting.unit_id, meeting.members_from, undone=True))
        BoardMeeting.objects.filter(pk=meeting.pk).update(undone_on=on)
        mark_undone(undone=undone, by=done)
    return len(items)


def _waits_again(item: MeetingItem) -> None:
    if item.outcome == Outcome.NOTED and item.resignation is not None:
        if item.resignation.event.membership.state != State.ENDED:
            raise UndoError("later", item.name)
        Resignation.objects.filter(pk=item.resignation.pk).update(noted_on=None)
    elif item.outcome in (Outcome.EXPELLED, Outcome.DROPPED) and item.expulsion is not None:
        again = Expulsion.objects.filter(
            membership_id=item.expulsion.membership_id, state=Expulsion.State.HEARING
        )
        if again.exists():
            raise UndoError("later", item.name)
        Expulsion.objects.filter(pk=item.expulsion.pk).update(state=Expulsion.State.HEARING, decided_on=None)
