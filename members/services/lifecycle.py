"""The life of a membership: events are added, the state and the period are their fold (REG-4).

No event is ever changed. Payment never decides the state.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.models import Decision, Holding, Membership, MembershipEvent, MembershipType, OrgUnit, Party
from members.models.memberships import EventKind, State


class LifecycleError(Exception):
    """The act is not possible in the membership's present state."""


@dataclass(frozen=True)
class Folded:
    """State and period that follow from a list of events."""

    state: str
    started_on: date | None
    ended_on: date | None


_ENDING = {EventKind.RESIGNED, EventKind.DEEMED_RESIGNED, EventKind.EXPELLED, EventKind.DIED, EventKind.TRANSFERRED}


def fold(events: Iterable[MembershipEvent]) -> Folded:
    """State after the events in their order of recording. An end in the future keeps the membership in force till then."""
    state, started, ended = "", None, None
    for event in events:
        kind = event.kind
        if kind == EventKind.APPLIED:
            state, started, ended = State.APPLIED, None, None
        elif kind in (EventKind.ADMITTED, EventKind.ACTIVATED):
            state, started, ended = State.ACTIVE, started or event.effective_on, None
        elif kind == EventKind.REINSTATED:
            state, started, ended = State.ACTIVE, started or event.effective_on, None
        elif kind in (EventKind.REJECTED, EventKind.WITHDRAWN):
            state = State.REJECTED
        elif kind == EventKind.LAPSED:
            state = State.LAPSED
        elif kind in _ENDING:
            state, ended = State.ENDED, event.effective_on
        elif kind == EventKind.CORRECTED:
            started = _date_of(event, "started_on", started)
            ended = _date_of(event, "ended_on", ended)
            state = event.data.get("state", state)
    return Folded(state, started, ended)


def _date_of(event: MembershipEvent, key: str, otherwise: date | None) -> date | None:
    if key not in event.data:
        return otherwise
    value = event.data[key]
    return date.fromisoformat(value) if value else None


def apply(
    *,
    actor: User | None,
    party: Party,
    unit: OrgUnit,
    type: MembershipType,
    on: date,
    holding: Holding | None = None,
    payer: Party | None = None,
    reason: str = "",
) -> Membership:
    """File an application; it waits for the board (Associations Act, section 12)."""
    with mutation(actor=actor, kind="membership.apply", summary=party.display_name, unit_id=unit.pk):
        membership = Membership.objects.create(
            party=party, unit=unit, type=type, holding=holding, payer=payer, state=State.APPLIED
        )
        record(membership=membership, kind=EventKind.APPLIED, applied_on=on, effective_on=on, reason=reason, actor=actor)
    return membership


def start(
    *,
    actor: User | None,
    party: Party,
    unit: OrgUnit,
    type: MembershipType,
    started_on: date,
    decided_on: date | None = None,
    decision: Decision | None = None,
    holding: Holding | None = None,
    payer: Party | None = None,
    reason: str = "",
) -> Membership:
    """Enter a membership that is already decided, in force from `started_on`."""
    with mutation(actor=actor, kind="membership.start", summary=party.display_name, unit_id=unit.pk):
        membership = Membership.objects.create(
            party=party,
            unit=unit,
            type=type,
            holding=holding,
            payer=payer,
            state=State.ACTIVE,
            started_on=started_on,
        )
        record(
            membership=membership,
            kind=EventKind.ADMITTED,
            decided_on=decided_on,
            effective_on=started_on,
            decision=decision,
            reason=reason,
            actor=actor,
        )
    return membership


def admit(
    *, actor: User | None, membership: Membership, decided_on: date, effective_on: date, decision: Decision | None = None
) -> Membership:
    """Admit an applicant; LifecycleError when the application is no longer waiting."""
    return _act(
        actor, membership, EventKind.ADMITTED, {State.APPLIED}, effective_on, decided_on=decided_on, decision=decision
    )


def reject(
    *, actor: User | None, membership: Membership, decided_on: date, reason: str, decision: Decision | None = None
) -> Membership:
    return _act(
        actor,
        membership,
        EventKind.REJECTED,
        {State.APPLIED},
        decided_on,
        decided_on=decided_on,
        decision=decision,
        reason=reason,
    )


def end(
    *,
    actor: User | None,
    membership: Membership,
    kind: str,
    effective_on: date,
    decided_on: date | None = None,
    reason: str = "",
) -> Membership:
    """End a membership: resigned (section 13), expelled (14), deemed resigned, died, transferred.

    `effective_on` is the first day no longer a member; it may lie in the future, never before the membership began.
    """
    if kind not in _ENDING:
        raise ValueError(kind)
    if membership.started_on and effective_on < membership.started_on:
        raise LifecycleError("before_start")
    return _act(
        actor, membership, kind, {State.ACTIVE, State.LAPSED}, effective_on, decided_on=decided_on, reason=reason
    )


def reinstate(*, actor: User | None, membership: Membership, effective_on: date, reason: str) -> Membership:
    """Take back an ending: the membership goes on as if it had not ended."""
    return _act(actor, membership, EventKind.REINSTATED, {State.ENDED, State.LAPSED}, effective_on, reason=reason)


def record(
    *,
    membership: Membership,
    kind: str,
    effective_on: date,
    actor: User | None,
    applied_on: date | None = None,
    decided_on: date | None = None,
    decision: Decision | None = None,
    reason: str = "",
    data: dict[str, object] | None = None,
) -> MembershipEvent:
    """Add one event and write the fold into the membership."""
    with mutation(actor=actor, kind=f"membership.{kind}", unit_id=membership.unit_id) as done:
        event = MembershipEvent.objects.create(
            membership=membership,
            kind=kind,
            effective_on=effective_on,
            applied_on=applied_on,
            decided_on=decided_on,
            decision=decision,
            reason=reason,
            data=data or {},
            actor=actor,
            mutation_id=done.pk,
        )
        folded = fold(membership.events.order_by("pk"))
        membership.state, membership.started_on = folded.state, folded.started_on
        membership.ended_on = folded.ended_on
        membership.save(update_fields=["state", "started_on", "ended_on"])
    return event


def _act(
    actor: User | None,
    membership: Membership,
    kind: str,
    allowed: set[str],
    effective_on: date,
    *,
    decided_on: date | None = None,
    decision: Decision | None = None,
    reason: str = "",
) -> Membership:
    with mutation(actor=actor, kind=f"membership.{kind}", unit_id=membership.unit_id):
        membership = Membership.objects.select_for_update().get(pk=membership.pk)
        if membership.state not in allowed:
            raise LifecycleError(membership.state)
        record(
            membership=membership,
            kind=kind,
            effective_on=effective_on,
            decided_on=decided_on,
            decision=decision,
            reason=reason,
            actor=actor,
        )
    return membership
