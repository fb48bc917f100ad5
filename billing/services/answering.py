"""What a payer answers to a check: it is right, or this is otherwise (REG-16, REG-3). The office decides in `deciding`.

Contact data are the payer's own and are changed at once. Fee bases have a source and somebody who answers for them, so a
correction is a proposal until the office accepts it. An e-mail address opens the member's own pages: whoever holds only a
link or a code cannot change it, it is proposed as well.

Every answer is to what was shown: it is compared under the locks of the payer and the holdings with what stands there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from billing.asking import Facts, facts_of
from billing.models import DataCheck, DataProposal
from billing.models.checks import Answer, ProposalKind, ProposalState, Via
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.models import FeeBasisKind, Holding, OrgUnit, Party
from members.models.parties import ContactKind, Source
from members.services import editing, holdings, registering


class AnswerError(Exception):
    """`code`: over (the round takes no answers), changed (something is otherwise than it was shown)."""

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
    *, check: DataCheck, seen: Facts, via: str, actor: User | None, on: date, at: datetime
) -> DataCheck:
    """What was seen is right: the fee bases get the payer as the one who confirmed them, on this day."""
    with mutation(actor=actor, kind="check.confirm", summary=check.payer.display_name):
        check = _held(check, seen, via, on)
        for holding in seen.holdings:
            holdings.confirm_fee_bases(
                actor=actor, holding=holding, confirmed_by=check.payer.display_name, on=on
            )
        return _answered(check, Answer.CONFIRMED, via, at)


def correct(
    *,
    check: DataCheck,
    seen: Facts,
    told: Correction,
    via: str,
    actor: User | None,
    on: date,
    at: datetime,
) -> list[DataProposal]:
    """Write the contact data, propose the rest; what waits for the office. A later proposal takes the place of an earlier."""
    with mutation(actor=actor, kind="check.correct", summary=check.payer.display_name):
        check = _held(check, seen, via, on)
        wanted = _bases(told) + _words(told)
        if via == Via.PORTAL and actor is not None:
            _write_own(actor, check.payer, told, on)
        else:
            _write_contacts(actor, check.payer, told, on)
            wanted += _email(told, seen)
        code_by = check.code_by if via == Via.CODE else None
        made = [_propose(check, made_at=at, via=via, code_by=code_by, **one) for one in wanted]
        _answered(check, Answer.CORRECTED, via, at)
    return made


def _held(check: DataCheck, seen: Facts, via: str, on: date) -> DataCheck:
    """The check under lock with all that an answer touches, as long as the round takes answers and nothing has changed since
    it was shown. AnswerError otherwise."""
    rows = DataCheck.objects.select_for_update(of=("self",)).select_related(
        "round", "payer__person", "payer__organisation"
    )
    held = rows.get(pk=check.pk)
    replaced = via == Via.CODE and held.code_version != check.code_version
    if held.version != check.version or replaced or not held.round.is_open(on):
        raise AnswerError("over")
    waiting = held.proposals.select_for_update().filter(state=ProposalState.WAITING)
    list(waiting.order_by("pk"))
    held.payer = (
        Party.objects.select_for_update(of=("self",))
        .select_related("person", "organisation")
        .get(pk=held.payer_id)
    )
    ids = [holding.pk for holding in seen.holdings]
    list(Holding.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk"))
    if facts_of(round=held.round, payer=held.payer, on=on).digest != seen.digest:
        raise AnswerError("changed")
    return held


def _answered(check: DataCheck, answer: str, via: str, at: datetime) -> DataCheck:
    check.answer, check.answered_at, check.via = answer, at, via
    check.opened_at = check.opened_at or at
    check.save(update_fields=["answer", "answered_at", "via", "opened_at"])
    return check


def _write_own(actor: User, party: Party, told: Correction, on: date) -> None:
    """As on one's own pages: the old e-mail address is told of a new one, and that of somebody with a post waits."""
    values: dict[str, Any] = {
        name: value
        for name in ("invoice_channel", "email", "phone")
        if (value := getattr(told, name)) is not None
    }
    if told.address is not None:
        values |= asdict(told.address)
    if values:
        editing.edit_own(actor=actor, party=party, values=values, expected={}, on=on)


def _write_contacts(actor: User | None, party: Party, told: Correction, on: date) -> None:
    if told.invoice_channel is not None:
        registering.update_party(party=party, values={"invoice_channel": told.invoice_channel}, actor=actor)
    registering.set_contacts(
        party=party, on=on, actor=actor, phone=told.phone, address=told.address, source=Source.MEMBER
    )


def _bases(told: Correction) -> list[dict[str, Any]]:
    return [
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


def _words(told: Correction) -> list[dict[str, Any]]:
    return [{"kind": ProposalKind.OTHER, "text": told.text}] if told.text else []


def _email(told: Correction, seen: Facts) -> list[dict[str, Any]]:
    if not told.email:
        return []
    now = seen.contacts.get(ContactKind.EMAIL)
    return [{"kind": ProposalKind.EMAIL, "text": told.email, "was": now.value if now else ""}]


def _propose(check: DataCheck, **wanted: Any) -> DataProposal:
    same = {name: wanted.get(name) for name in ("kind", "holding", "basis", "unit")}
    DataProposal.objects.filter(check_of=check, state=ProposalState.WAITING, **_equal(same)).update(
        state=ProposalState.REPLACED, decided_at=wanted["made_at"]
    )
    return DataProposal.objects.create(check_of=check, **wanted)


def _equal(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        (f"{name}__isnull" if value is None else name): (True if value is None else value)
        for name, value in values.items()
    }
