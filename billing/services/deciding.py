"""What the office decides of the corrections that payers have proposed (REG-16, REG-3).

Whoever decides must be able to write the value itself: a fee basis is of a holding, an e-mail address of a member, whoever
asked. It is asked again under the lock, and so is that the value is still what the payer saw.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from billing.models import DataProposal
from billing.models.checks import ProposalKind, ProposalState, Via
from jasenpalvelu.accounts.models import User
from jasenpalvelu.accounts.services.notices import send_notice
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common.clock import HELSINKI
from members import dues
from members.models import ContactPoint, FeeBasisValue, Holding, Membership, Party
from members.models.parties import ContactKind, Source
from members.scope import Scope
from members.services import emails, holdings, registering
from members.services.holdings import Basis, HoldingError


class DecisionError(Exception):
    """`code`: decided (somebody was first, or it is not one's own to decide), changed (the value is not what the payer saw),
    own_letter (the code was in a letter made by the one who decides), before_current (a value that begins later stands)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def by_own_letter(proposal: DataProposal, user: User) -> bool:
    """Whether it came with a code that the user has seen: anybody could have answered in the payer's name."""
    return proposal.via == Via.CODE and proposal.code_by_id == user.pk


def accept(
    *, actor: User, scope: Scope, proposal: DataProposal, source: str, on: date, at: datetime
) -> DataProposal:
    """The proposed value comes into force, with `source` and the payer as the one who confirmed it.

    A fee basis holds for the whole year of the round as long as nothing of it has been charged (`first_day`). An e-mail
    address is written to the register and the old one is told; something said in words has been put right by hand.
    DecisionError; emails.Beyond for somebody with a higher post.
    """
    with mutation(actor=actor, kind="proposal.accept", summary=proposal.check_of.payer.display_name):
        proposal = _waiting(proposal, scope)
        payer = proposal.check_of.payer
        if proposal.kind == ProposalKind.BASIS:
            _write_basis(actor, proposal, payer, source, on)
        elif proposal.kind == ProposalKind.EMAIL:
            _write_email(actor, proposal, payer, on)
        return _decided(proposal, ProposalState.ACCEPTED, actor, at)


def refuse(*, actor: User, scope: Scope, proposal: DataProposal, reason: str, at: datetime) -> DataProposal:
    """Nothing changes; the payer sees the reason on the page of the check."""
    with mutation(actor=actor, kind="proposal.refuse", summary=proposal.check_of.payer.display_name):
        proposal = _waiting(proposal, scope)
        proposal.reason = reason
        return _decided(proposal, ProposalState.REFUSED, actor, at)


def first_day(proposal: DataProposal, on: date) -> date:
    """From which day an accepted fee basis holds: from the first of the round's year, so that the invoice has it whatever its
    day is; from today when the year has been charged of the holding. A value that began in between is put right itself."""
    year = proposal.check_of.round.year
    tied = Membership.objects.filter(holding=proposal.holding_id).order_by("pk").values_list("pk", flat=True)
    if dues.charged(tied, year):
        return on
    day = min(on, date(year, 1, 1))
    begun = [value.valid_from for value in _in_force(proposal) if value.valid_from]
    return max([day, *(began for began in begun if began <= on)])


def _waiting(proposal: DataProposal, scope: Scope) -> DataProposal:
    rows = DataProposal.objects.visible_to(scope).waiting().select_for_update(of=("self",))
    held = rows.select_related("check_of__payer", "check_of__round__unit", "holding", "basis", "unit")
    found = held.filter(pk=proposal.pk).first()
    if found is None:
        raise DecisionError("decided")
    return found


def _decided(proposal: DataProposal, state: str, actor: User, at: datetime) -> DataProposal:
    proposal.state, proposal.decided_by, proposal.decided_at = state, actor, at
    proposal.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    return proposal


def _in_force(proposal: DataProposal) -> Sequence[FeeBasisValue]:
    rows = FeeBasisValue.objects.filter(
        holding=proposal.holding_id, kind=proposal.basis_id, unit=proposal.unit_id, valid_to__isnull=True
    )
    return list(rows.order_by("pk"))


def _write_basis(actor: User, proposal: DataProposal, payer: Party, source: str, on: date) -> None:
    assert proposal.holding is not None, "a check constraint says so"
    assert proposal.basis is not None
    Holding.objects.select_for_update(of=("self",)).get(pk=proposal.holding.pk)
    now = next((row.value for row in _in_force(proposal)), None)
    if now not in {proposal.before, proposal.value}:
        raise DecisionError("changed")
    try:
        holdings.set_fee_bases(
            actor=actor,
            holding=proposal.holding,
            bases=[Basis(proposal.basis, proposal.value, proposal.unit)],
            valid_from=first_day(proposal, on),
            source=source,
            confirmed_by=payer.display_name,
            confirmed_on=proposal.made_at.astimezone(HELSINKI).date(),
        )
    except HoldingError as error:
        raise DecisionError(error.code) from None


def _write_email(actor: User, proposal: DataProposal, payer: Party, on: date) -> None:
    """The address is a key to the member's own pages, so the old one is told, as when it is changed there."""
    if by_own_letter(proposal, actor):
        raise DecisionError("own_letter")
    Party.objects.select_for_update().get(pk=payer.pk)
    points = ContactPoint.objects.filter(
        party=payer, kind=ContactKind.EMAIL, primary=True, valid_to__isnull=True
    )
    old = points.order_by("pk").values_list("value", flat=True).first() or ""
    if old not in {proposal.was, proposal.text}:
        raise DecisionError("changed")
    if emails.is_guarded(payer.pk, on):
        emails.hold_back_contact(party=payer, old=old, new=proposal.text, actor=actor, on=on)
        return
    registering.set_contacts(party=payer, on=on, actor=actor, email=proposal.text, source=Source.MEMBER)
    if old and old != proposal.text:
        send_notice(
            "members/email/email_accepted",
            user=actor,
            email=old,
            facts={"new": proposal.text, "unit": proposal.check_of.round.unit.name_in(payer.language)},
            language=payer.language,
            kind="members.email",
        )
