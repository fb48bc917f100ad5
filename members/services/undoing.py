"""Taking an act back: every membership it touched goes on as it stood before, in a new event (REG-5)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.models import Mutation
from jasenpalvelu.common.events import publish
from members.events import MembershipsLeave
from members.models import Membership, MembershipEvent
from members.models.memberships import EventKind, State
from members.services import lifecycle


class UndoError(Exception):
    """`code`: later (something was done after it), done (taken back already), taken (a new membership is in its place),
    invoiced (a fee has been charged since), noted (the board has noted the resignation). `names`: whom it is about."""

    def __init__(self, code: str, *names: str) -> None:
        super().__init__(code)
        self.code, self.names = code, names


def standing(*, mutation_id: UUID) -> Mutation:
    """The act, locked, if it has not been taken back."""
    undone = Mutation.objects.select_for_update().filter(pk=mutation_id).first()
    if undone is None or undone.undone_by_id is not None:
        raise UndoError("done")
    return undone


def put_back(*, actor: User | None, mutation_id: UUID, on: date) -> list[Membership]:
    """Every membership of the act as it stood before it; UndoError when something has been recorded after it.

    One that the act began is entered as rejected: its events stay, and it is nobody's membership.
    """
    pks = MembershipEvent.objects.filter(mutation_id=mutation_id).values("membership_id")
    rows = list(Membership.objects.select_for_update(of=("self",)).filter(pk__in=pks).order_by("pk"))
    fresh = []
    for membership in rows:
        events = list(membership.events.order_by("pk"))
        if events[-1].mutation_id != mutation_id:
            raise UndoError("later", membership.party.display_name)
        if membership.state == State.ACTIVE and _was_no_member(events, mutation_id):
            fresh.append(membership)
    _not_invoiced(fresh)
    for membership in rows:
        _as_before(actor, membership, mutation_id, on)
    return rows


def _was_no_member(events: list[MembershipEvent], mutation_id: UUID) -> bool:
    before = lifecycle.fold(event for event in events if event.mutation_id != mutation_id)
    return before.started_on is None


def _not_invoiced(memberships: list[Membership]) -> None:
    """Who became a member by the act and has been invoiced since stays one: the invoice has to find the membership."""
    leaving = MembershipsLeave(frozenset(m.pk for m in memberships))
    if memberships:
        publish(leaving)
    if kept := set(leaving):
        raise UndoError("invoiced", *(m.party.display_name for m in memberships if m.pk in kept))


def _as_before(actor: User | None, membership: Membership, mutation_id: UUID, on: date) -> None:
    """Its fold without the act, written as a correction when that is not simply in force."""
    events = membership.events.exclude(mutation_id=mutation_id).order_by("pk")
    before = lifecycle.fold(events)
    data: dict[str, object] = {
        "state": before.state or State.REJECTED,
        "started_on": before.started_on.isoformat() if before.started_on else None,
        "ended_on": before.ended_on.isoformat() if before.ended_on else None,
    }
    kind = EventKind.REINSTATED if before.state == State.ACTIVE else EventKind.CORRECTED
    try:
        with transaction.atomic():
            lifecycle.record(membership=membership, kind=kind, effective_on=on, actor=actor, data=data)
    except IntegrityError:
        raise UndoError("taken", membership.party.display_name) from None
