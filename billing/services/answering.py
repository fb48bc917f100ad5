"""What a payer answers to a check: it is right, or this is otherwise; and what the office decides of the proposals (REG-16, REG-3).

Contact data are the payer's own and are changed at once. Fee bases have a source and somebody who answers for them, so a
correction is a proposal until the office accepts it. An e-mail address opens the member's own pages: whoever holds only a
link or a code cannot change it, it is proposed as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from billing.models import DataCheck, DataProposal
from billing.models.checks import Answer, ProposalKind, ProposalState, Via
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.models import FeeBasisKind, Holding, OrgUnit, Party
from members.models.parties import Source
from members.services import emails, holdings, registering
from members.services.holdings import Basis, HoldingError


class AnswerError(Exception):
    """`code`: over (the round takes no answers), decided (somebody was first), before_current (the value is newer)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class NewBasis:
    """What a fee basis should be, and what it was when it was looked at."""

    holding: Holding
    kind: FeeBasisKind
    unit: OrgUnit | None
    before: Decimal | None
    value: Decimal


@dataclass(frozen=True)
class Correction:
    """Contact fields are None where they were not asked for or not changed."""

    phone: str | None = None
    address: registering.Address | None = None
    invoice_channel: str | None = None
    email: str | None = None
    bases: Sequence[NewBasis] = ()
    text: str = ""

    def __bool__(self) -> bool:
        told = (self.phone, self.address, self.invoice_channel, self.email)
        return any(value is not None for value in told) or bool(self.bases or self.text)


def opened(*, check: DataCheck, at: datetime) -> None:
    """The page has been seen; the first time counts."""
    with mutation(actor=None, kind="check.opened"):
        DataCheck.objects.filter(pk=check.pk, opened_at=None).update(opened_at=at)


def confirm(
    *, check: DataCheck, holding_ids: Sequence[int], via: str, actor: User | None, on: date, at: datetime
) -> DataCheck:
    """The data shown are right: the fee bases get the payer as the one who confirmed them, on this day."""
    with mutation(actor=actor, kind="check.confirm", summary=check.payer.display_name):
        check = _held(check, on)
        for holding in Holding.objects.filter(pk__in=holding_ids).order_by("pk"):
            holdings.confirm_fee_bases(
                actor=actor, holding=holding, confirmed_by=check.payer.display_name, on=on
            )
        return _answered(check, Answer.CONFIRMED, via, at)


def correct(
    *, check: DataCheck, told: Correction, via: str, actor: User | None, on: date, at: datetime
) -> list[DataProposal]:
    """Write the contact data, propose the rest; what waits for the office. A later proposal takes the place of an earlier."""
    with mutation(actor=actor, kind="check.correct", summary=check.payer.display_name):
        check = _held(check, on)
        email = _contacts(check.payer, told, via, actor, on)
        made = [_propose(check, at, **wanted) for wanted in _wanted(told, email)]
        _answered(check, Answer.CORRECTED, via, at)
    return made


def _held(check: DataCheck, on: date) -> DataCheck:
    """The check under lock, as long as the round takes answers. AnswerError otherwise."""
    rows = DataCheck.objects.select_for_update(of=("self",)).select_related(
        "round", "payer__person", "payer__organisation"
    )
    held = rows.get(pk=check.pk)
    if held.version != check.version or not held.round.is_open(on):
        raise AnswerError("over")
    return held


def _answered(check: DataCheck, answer: str, via: str, at: datetime) -> DataCheck:
    check.answer, check.answered_at, check.via = answer, at, via
    check.opened_at = check.opened_at or at
    check.save(update_fields=["answer", "answered_at", "via", "opened_at"])
    return check


def _contacts(party: Party, told: Correction, via: str, actor: User | None, on: date) -> str:
    """Change what may be changed at once; the e-mail address that has to be proposed, "" when there is none."""
    guarded = told.email is not None and (via != Via.PORTAL or emails.is_guarded(party.pk, on))
    if told.invoice_channel is not None:
        registering.update_party(party=party, values={"invoice_channel": told.invoice_channel}, actor=actor)
    registering.set_contacts(
        party=party,
        on=on,
        actor=actor,
        email=None if guarded else told.email,
        phone=told.phone,
        address=told.address,
        source=Source.MEMBER,
    )
    return (told.email or "") if guarded else ""


def _wanted(told: Correction, email: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {
            "kind": ProposalKind.BASIS,
            "holding": new.holding,
            "basis": new.kind,
            "unit": new.unit,
            "before": new.before,
            "value": new.value,
        }
        for new in told.bases
    ]
    if email:
        found.append({"kind": ProposalKind.EMAIL, "text": email})
    if told.text:
        found.append({"kind": ProposalKind.OTHER, "text": told.text})
    return found


def _propose(check: DataCheck, at: datetime, **wanted: Any) -> DataProposal:
    same = {name: wanted.get(name) for name in ("kind", "holding", "basis", "unit")}
    DataProposal.objects.filter(check_of=check, state=ProposalState.WAITING, **_equal(same)).update(
        state=ProposalState.REPLACED, decided_at=at
    )
    return DataProposal.objects.create(check_of=check, made_at=at, **wanted)


def _equal(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        (f"{name}__isnull" if value is None else name): (True if value is None else value)
        for name, value in values.items()
    }


# --- the office -------------------------------------------------------------------------------------------------------
def accept(*, actor: User, proposal: DataProposal, source: str, on: date, at: datetime) -> DataProposal:
    """The proposed value comes into force on the day, with `source` and the payer as the one who confirmed it.

    An e-mail address is written to the register; something said in words has been put right by hand. AnswerError
    "before_current" when a value that begins later stands there already, emails.Beyond for somebody with a higher post.
    """
    with mutation(actor=actor, kind="proposal.accept", summary=proposal.check_of.payer.display_name):
        proposal = _waiting(proposal)
        payer = proposal.check_of.payer
        if proposal.kind == ProposalKind.BASIS:
            _write_basis(actor, proposal, payer, source, on)
        elif proposal.kind == ProposalKind.EMAIL:
            _write_email(actor, payer, proposal.text, on)
        return _decided(proposal, ProposalState.ACCEPTED, actor, at)


def refuse(*, actor: User, proposal: DataProposal, reason: str, at: datetime) -> DataProposal:
    """Nothing changes; the payer sees the reason on the page of the check."""
    with mutation(actor=actor, kind="proposal.refuse", summary=proposal.check_of.payer.display_name):
        proposal = _waiting(proposal)
        proposal.reason = reason
        return _decided(proposal, ProposalState.REFUSED, actor, at)


def _waiting(proposal: DataProposal) -> DataProposal:
    rows = DataProposal.objects.select_for_update(of=("self",)).select_related(
        "check_of__payer", "holding", "basis", "unit"
    )
    held = rows.get(pk=proposal.pk)
    if held.state != ProposalState.WAITING:
        raise AnswerError("decided")
    return held


def _decided(proposal: DataProposal, state: str, actor: User, at: datetime) -> DataProposal:
    proposal.state, proposal.decided_by, proposal.decided_at = state, actor, at
    proposal.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    return proposal


def _write_basis(actor: User, proposal: DataProposal, payer: Party, source: str, on: date) -> None:
    assert proposal.holding is not None, "a check constraint says so"
    assert proposal.basis is not None
    try:
        holdings.set_fee_bases(
            actor=actor,
            holding=proposal.holding,
            bases=[Basis(proposal.basis, proposal.value, proposal.unit)],
            valid_from=on,
            source=source,
            confirmed_by=payer.display_name,
            confirmed_on=proposal.made_at.date(),
        )
    except HoldingError as error:
        raise AnswerError(error.code) from None


def _write_email(actor: User, payer: Party, email: str, on: date) -> None:
    if emails.is_guarded(payer.pk, on):
        now = payer.contact_points.filter(kind="email", primary=True, valid_to__isnull=True).first()
        emails.hold_back_contact(party=payer, old=now.value if now else "", new=email, actor=actor, on=on)
    else:
        registering.set_contacts(party=payer, on=on, actor=actor, email=email, source=Source.MEMBER)
