"""The life of a membership: events are added, the state and the period are their fold (REG-4).

No event is ever changed. Payment never decides the state.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.models import (
    Decision,
    Holding,
    Membership,
    MembershipEvent,
    MembershipType,
    OrgUnit,
    Party,
    Person,
    Resignation,
)
from members.models.memberships import ENDINGS, EventKind, State
from members.states import OPEN


class LifecycleError(Exception):
    """The act is not possible in the membership's present state."""


@dataclass(frozen=True)
class Folded:
    """State and period that follow from a list of events."""

    state: str
    started_on: date | None
    ended_on: date | None


def fold(events: Iterable[MembershipEvent]) -> Folded:
    """State after the events in their order of recording. An end in the future keeps the membership in force till then."""
    state, started, ended = "", None, None
    for event in events:
        kind = event.kind
        if kind == EventKind.APPLIED:
            state, started, ended = State.APPLIED, None, None
        elif kind in (EventKind.ADMITTED, EventKind.ACTIVATED, EventKind.REINSTATED):
            state, started, ended = State.ACTIVE, started or event.effective_on, None
        elif kind in (EventKind.REJECTED, EventKind.WITHDRAWN, EventKind.EXPIRED):
            state = State.REJECTED
        elif kind == EventKind.LAPSED:
            state = State.LAPSED
        elif kind in ENDINGS:
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
    told: Mapping[str, str] | None = None,
) -> Membership:
    """File an application; it waits for the board (Associations Act, section 12).

    `told` is what the applicant wrote for the board: "guardian", whose word a minor has; "holding", not in the register yet.
    """
    with mutation(actor=actor, kind="membership.apply", summary=party.display_name, unit_id=unit.pk):
        membership = Membership.objects.create(
            party=party, unit=unit, type=type, holding=holding, payer=payer, state=State.APPLIED
        )
        record(
            membership=membership,
            kind=EventKind.APPLIED,
            applied_on=on,
            effective_on=on,
            data={name: text for name, text in (told or {}).items() if text},
            actor=actor,
        )
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
    *,
    actor: User | None,
    membership: Membership,
    decided_on: date,
    effective_on: date,
    decision: Decision | None = None,
) -> Membership:
    """Admit an applicant; LifecycleError when the application is no longer waiting."""
    return _act(
        actor,
        membership,
        EventKind.ADMITTED,
        {State.APPLIED},
        effective_on,
        decided_on=decided_on,
        decision=decision,
    )


def reject(
    *,
    actor: User | None,
    membership: Membership,
    decided_on: date,
    reason: str,
    decision: Decision | None = None,
) -> Membership:
    """Reject an applicant; LifecycleError when the application is no longer waiting."""
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
    decision: Decision | None = None,
    reason: str = "",
) -> Membership:
    """End a membership: resigned (section 13), expelled (14), deemed resigned, died, transferred.

    `effective_on` is the first day no longer a member; it may lie in the future, never before the membership began.
    """
    if kind not in ENDINGS:
        raise ValueError(kind)
    if membership.started_on and effective_on < membership.started_on:
        raise LifecycleError("before_start")
    return _act(
        actor,
        membership,
        kind,
        {State.ACTIVE, State.LAPSED},
        effective_on,
        decided_on=decided_on,
        decision=decision,
        reason=reason,
    )


def expire(*, actor: User | None, membership: Membership, on: date) -> Membership:
    """An application nobody has decided on lapses; LifecycleError when it is no longer waiting."""
    return _act(actor, membership, EventKind.EXPIRED, {State.APPLIED}, on)


def reinstate(*, actor: User | None, membership: Membership, effective_on: date, reason: str) -> Membership:
    """Take back an ending: the membership goes on as if it had not ended. A resignation behind it is taken back too.

    LifecycleError "deceased" of somebody marked so: the mark is taken back with everything it ended.
    """
    if Person.objects.filter(party=membership.party_id, deceased_on__isnull=False).exists():
        raise LifecycleError("deceased")
    with mutation(actor=actor, kind=f"membership.{EventKind.REINSTATED}", unit_id=membership.unit_id):
        membership = _act(
            actor, membership, EventKind.REINSTATED, {State.ENDED, State.LAPSED}, effective_on, reason=reason
        )
        Resignation.objects.waiting().filter(membership=membership).update(withdrawn_on=effective_on)
    return membership


def change_type(
    *, actor: User | None, membership: Membership, type: MembershipType, effective_on: date, reason: str = ""
) -> Membership:
    """Change what kind of member the party is; LifecycleError when it is that already or the membership is over."""
    with mutation(actor=actor, kind="membership.type_changed", unit_id=membership.unit_id):
        membership = _locked(membership, OPEN)
        if membership.type_id == type.pk:
            raise LifecycleError("same_type")
        open_twin = Membership.objects.filter(
            party_id=membership.party_id, unit_id=membership.unit_id, type=type, state__in=OPEN
        )
        if open_twin.exists():
            raise LifecycleError("type_taken")
        data: dict[str, object] = {"from": membership.type_id, "to": type.pk}
        membership.type = type
        membership.save(update_fields=["type"])
        record(
            membership=membership,
            kind=EventKind.TYPE_CHANGED,
            effective_on=effective_on,
            reason=reason,
            data=data,
            actor=actor,
        )
    return membership


def exempt_from_fee(
    *, actor: User | None, membership: Membership, until: date | None, reason: str, on: date
) -> Membership:
    """Free the member of the fee until a day (the last free one); None ends the exemption. Membership goes on as it was.

    As long as a membership that ends later is in force, what is paid for it can be set.
    """
    with mutation(actor=actor, kind="membership.fee_exempted", unit_id=membership.unit_id):
        membership = _locked_going_on(membership, on)
        membership.fee_exempt_until = until
        membership.fee_exempt_reason = reason if until else ""
        membership.save(update_fields=["fee_exempt_until", "fee_exempt_reason"])
        data: dict[str, object] = {"until": until.isoformat() if until else None}
        record(
            membership=membership,
            kind=EventKind.FEE_EXEMPTED,
            effective_on=on,
            reason=reason,
            data=data,
            actor=actor,
        )
    return membership


def correct_start(
    *, actor: User | None, membership: Membership, started_on: date, reason: str, on: date
) -> Membership:
    """Put right a wrong first day; the wrong one stays in the events."""
    with mutation(actor=actor, kind="membership.corrected", unit_id=membership.unit_id):
        membership = _locked(membership, {State.ACTIVE, State.LAPSED, State.ENDED})
        if membership.ended_on and started_on > membership.ended_on:
            raise LifecycleError("after_end")
        data: dict[str, object] = {"started_on": started_on.isoformat()}
        record(
            membership=membership,
            kind=EventKind.CORRECTED,
            effective_on=on,
            reason=reason,
            data=data,
            actor=actor,
        )
    return membership


def set_payer(*, actor: User | None, membership: Membership, payer: Party | None, on: date) -> Membership:
    """Who pays the fee when it is not the member; None: the member. LifecycleError when the membership is over."""
    with mutation(actor=actor, kind="membership.payer", unit_id=membership.unit_id):
        membership = _locked_going_on(membership, on)
        membership.payer = None if payer and payer.pk == membership.party_id else payer
        membership.save(update_fields=["payer"])
    return membership


def withdraw_decision(*, actor: User | None, membership: Membership, on: date, reason: str) -> Membership:
    """Take back an admission or a rejection: the application waits for the board again."""
    with mutation(actor=actor, kind="membership.corrected", unit_id=membership.unit_id):
        membership = _locked(membership, {State.ACTIVE, State.REJECTED})
        data: dict[str, object] = {"state": State.APPLIED, "started_on": None, "ended_on": None}
        record(
            membership=membership,
            kind=EventKind.CORRECTED,
            effective_on=on,
            reason=reason,
            data=data,
            actor=actor,
        )
    return membership


def _locked(membership: Membership, allowed: Collection[str]) -> Membership:
    membership = Membership.objects.select_for_update().get(pk=membership.pk)
    if membership.state not in allowed:
        raise LifecycleError(membership.state)
    return membership


def _locked_going_on(membership: Membership, on: date) -> Membership:
    membership = Membership.objects.select_for_update().get(pk=membership.pk)
    if not membership.goes_on(on):
        raise LifecycleError(membership.state)
    return membership


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
        membership = _locked(membership, allowed)
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
