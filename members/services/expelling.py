"""Expelling a member: a ground, a hearing with a deadline, the answer, and only then a decision (REG-5).

Associations Act 503/1989: section 14 names the grounds, section 15 gives the member an occasion to be heard before the
decision, but where the ground is the unpaid fee. The decision itself is a meeting's (`services.meetings`).
"""

from __future__ import annotations

from datetime import date

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.models import Expulsion, Membership
from members.models.leaving import Ground
from members.models.memberships import State

# The Act names no number of days; a member must have a real occasion to answer.
SHORTEST_DAYS = 7


class ExpulsionError(Exception):
    """`code`: member (not a member), open (one is under way), hearing (too short a time), closed (decided already)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def propose(
    *,
    actor: User,
    membership: Membership,
    ground: str,
    reasons: str,
    on: date,
    told_on: date | None = None,
    hear_by: date | None = None,
) -> Expulsion:
    """Take up an expulsion. The member is told on a day and may answer until another, a week later at the least."""
    with mutation(actor=actor, kind="expulsion.propose", unit_id=membership.unit_id):
        membership = Membership.objects.select_for_update(of=("self",)).get(pk=membership.pk)
        if membership.state not in (State.ACTIVE, State.LAPSED):
            raise ExpulsionError("member")
        if Expulsion.objects.filter(membership=membership, state=Expulsion.State.HEARING).exists():
            raise ExpulsionError("open")
        _check_hearing(ground, told_on, hear_by)
        return Expulsion.objects.create(
            membership=membership,
            ground=ground,
            reasons=reasons,
            proposed_on=on,
            told_on=told_on,
            hear_by=hear_by,
            opened_by=actor,
        )


def _check_hearing(ground: str, told_on: date | None, hear_by: date | None) -> None:
    if told_on is None and hear_by is None and ground == Ground.UNPAID:
        return
    if told_on is None or hear_by is None or (hear_by - told_on).days < SHORTEST_DAYS:
        raise ExpulsionError("hearing")


def record_answer(*, actor: User, expulsion: Expulsion, answer: str, answered_on: date) -> Expulsion:
    """What the member answered, as told or written; put right as long as nothing is decided."""
    with mutation(actor=actor, kind="expulsion.answer", unit_id=expulsion.membership.unit_id):
        expulsion = _open(expulsion)
        expulsion.answer, expulsion.answered_on = answer, answered_on
        expulsion.save(update_fields=["answer", "answered_on"])
    return expulsion


def drop(*, actor: User, expulsion: Expulsion, on: date) -> Expulsion:
    """The proposal is given up before any meeting."""
    with mutation(actor=actor, kind="expulsion.drop", unit_id=expulsion.membership.unit_id):
        expulsion = _open(expulsion)
        expulsion.state, expulsion.decided_on = Expulsion.State.DROPPED, on
        expulsion.save(update_fields=["state", "decided_on"])
    return expulsion


def take_up_again(*, actor: User, expulsion: Expulsion) -> Expulsion:
    """Undo of `drop`: the hearing goes on. ExpulsionError "open" when another has been taken up since, "member" when the
    membership has ended, "closed" when a meeting decided it."""
    with mutation(actor=actor, kind="expulsion.again", unit_id=expulsion.membership.unit_id):
        membership = Membership.objects.select_for_update(of=("self",)).get(pk=expulsion.membership_id)
        expulsion = Expulsion.objects.select_for_update(of=("self",)).get(pk=expulsion.pk)
        if expulsion.state != Expulsion.State.DROPPED or expulsion.is_minuted:
            raise ExpulsionError("closed")
        if membership.state not in (State.ACTIVE, State.LAPSED):
            raise ExpulsionError("member")
        if Expulsion.objects.filter(membership=membership, state=Expulsion.State.HEARING).exists():
            raise ExpulsionError("open")
        expulsion.state, expulsion.decided_on = Expulsion.State.HEARING, None
        expulsion.save(update_fields=["state", "decided_on"])
    return expulsion


def _open(expulsion: Expulsion) -> Expulsion:
    expulsion = (
        Expulsion.objects.select_related("membership").select_for_update(of=("self",)).get(pk=expulsion.pk)
    )
    if expulsion.state != Expulsion.State.HEARING:
        raise ExpulsionError("closed")
    return expulsion
