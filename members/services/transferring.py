"""A member moves to another association: one membership ends and the next begins on the same day (REG-5).

The history stays with each, and what has been charged stays charged: the fee of the year is not asked for twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.models import Mutation
from jasenpalvelu.audit.services import mutation
from members import dues
from members.models import Membership, MembershipEvent, MembershipType, OrgUnit, Party
from members.models.memberships import EventKind, State
from members.services import estates, holdings, lifecycle
from members.states import OPEN

# The application tells which membership ends when it is admitted.
FORMER = "transfer_from"


class TransferError(Exception):
    """`code`: same (the same association), member (a member there already), ended, start (before the membership began),
    waiting (a move of this membership waits already), decided (none waits any more)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Move:
    """A move that waits for the board of the other association: its application there, and when it was sent."""

    application: Membership
    asked_on: date


def transfer(
    *, actor: User, membership: Membership, unit: OrgUnit, type: MembershipType, on: date, reason: str = ""
) -> Mutation:
    """End the membership and begin one in the other association on the day `on`, by somebody who may do both.

    Holding, payer and a granted exemption go with the member. TransferError.
    """
    with mutation(actor=actor, kind="membership.transfer", summary=str(unit), unit_id=unit.pk) as done:
        old = _checked(membership, unit, on)
        new = lifecycle.start(
            actor=actor,
            party=old.party,
            unit=unit,
            type=type,
            started_on=on,
            decided_on=on,
            holding=old.holding,
            payer=old.payer,
            reason=reason,
        )
        _leave(actor, old, new, on, reason)
    return done


def ask(
    *, actor: User, membership: Membership, unit: OrgUnit, type: MembershipType, on: date, reason: str = ""
) -> Membership:
    """The move as an application to the other association: when its board admits, the former membership ends the same day."""
    with mutation(actor=actor, kind="membership.transfer_ask", summary=str(unit), unit_id=membership.unit_id):
        old = _checked(membership, unit, on)
        if old.pk in waiting(party_id=old.party_id):
            raise TransferError("waiting")
        return lifecycle.apply(
            actor=actor,
            party=old.party,
            unit=unit,
            type=type,
            on=on,
            holding=old.holding,
            payer=old.payer,
            told={FORMER: str(old.pk), "former": old.unit.name_fi, "note": reason},
        )


def waiting(*, party_id: int) -> dict[int, Move]:
    """The party's moves that wait for a board, by the membership that ends when it admits. One question."""
    rows = MembershipEvent.objects.filter(
        membership__party=party_id,
        membership__state=State.APPLIED,
        kind=EventKind.APPLIED,
        data__has_key=FORMER,
    )
    return {
        int(event.data[FORMER]): Move(event.membership, event.applied_on or event.effective_on)
        for event in rows.select_related("membership__unit", "membership__type").order_by("pk")
    }


def withdraw(*, actor: User, membership: Membership, on: date) -> Membership:
    """Take back the move that was sent of the membership, as long as no board has decided. TransferError "decided"."""
    found = waiting(party_id=membership.party_id).get(membership.pk)
    told = str(found.application.unit) if found else ""
    with mutation(actor=actor, kind="membership.transfer_withdraw", summary=told, unit_id=membership.unit_id):
        Party.objects.select_for_update().get(pk=membership.party_id)
        rows = Membership.objects.select_for_update(of=("self",)).filter(state=State.APPLIED)
        application = rows.filter(pk=found.application.pk).first() if found else None
        if application is None:
            raise TransferError("decided")
        lifecycle.record(membership=application, kind=EventKind.WITHDRAWN, effective_on=on, actor=actor)
    return application


def hold_with_former(*, memberships: Iterable[int]) -> None:
    """Lock applications together with the memberships that end when they are admitted, all in the order of their keys."""
    wanted = set(memberships)
    moving = MembershipEvent.objects.filter(
        membership__in=wanted, kind=EventKind.APPLIED, data__has_key=FORMER
    )
    wanted |= {int(data[FORMER]) for data in moving.values_list("data", flat=True).order_by("pk")}
    list(Membership.objects.select_for_update(of=("self",)).filter(pk__in=wanted).order_by("pk"))


def leave_the_former(*, actor: User | None, membership: Membership, on: date) -> None:
    """An application of a move has been admitted: the former membership ends, if it has not ended by itself."""
    applied = membership.events.filter(kind=EventKind.APPLIED).order_by("-pk").first()
    former = applied.data.get(FORMER) if applied else None
    if not former:
        return
    old = (
        Membership.objects.select_for_update(of=("self",))
        .filter(pk=int(former), party_id=membership.party_id, state__in=(State.ACTIVE, State.LAPSED))
        .first()
    )
    if old is not None and (old.started_on is None or old.started_on <= on):
        _leave(actor, old, membership, on, "")


def former_of(event: MembershipEvent | None) -> str:
    """The association the applicant moves from, as the application tells it."""
    return str(event.data.get("former", "")) if event is not None and FORMER in event.data else ""


def _checked(membership: Membership, unit: OrgUnit, on: date) -> Membership:
    Party.objects.select_for_update().get(pk=membership.party_id)
    old = (
        Membership.objects.select_related("party", "unit", "holding", "payer")
        .select_for_update(of=("self",))
        .get(pk=membership.pk)
    )
    if old.state not in (State.ACTIVE, State.LAPSED):
        raise TransferError("ended")
    if old.unit_id == unit.pk:
        raise TransferError("same")
    if old.started_on is not None and on < old.started_on:
        raise TransferError("start")
    if Membership.objects.filter(party=old.party, unit=unit, state__in=OPEN).exists():
        raise TransferError("member")
    return old


def _leave(actor: User | None, old: Membership, new: Membership, on: date, reason: str) -> None:
    charged = old.pk in dues.charged([old.pk], on.year)
    lifecycle.end(
        actor=actor,
        membership=old,
        kind=EventKind.TRANSFERRED,
        effective_on=on,
        decided_on=on,
        reason=reason,
    )
    new.refresh_from_db()
    if new.holding_id is None and old.holding is not None:
        new = holdings.tie(actor=actor, membership=new, holding=old.holding, on=on)
    estates.carry_fee(actor=actor, old=old, new=new, day=on, charged=charged)
