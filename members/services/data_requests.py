"""The register of people's requests about their own data (GDPR articles 12 and 15–21; REG-14)."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.models import DataRequest, Membership, OrgUnit, Party
from members.models.data_requests import ANSWERED_WITHIN, EXTENDED_TO, RequestKind, RequestState

TEXT = 1000


class RequestError(Exception):
    """`code`: twice (the same is waiting already), closed (answered or taken back), extended (longer is not allowed)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def units_of(party: Party, on: date) -> list[OrgUnit]:
    """The associations that can answer the person, the present ones first; of somebody without any the central union."""
    rows = Membership.objects.filter(party=party).select_related("unit").order_by("-started_on", "pk")
    found = sorted(rows, key=lambda membership: not membership.is_in_hand(on))
    units = list(dict.fromkeys(membership.unit for membership in found))
    return units or list(OrgUnit.objects.on(on).order_by("kind__level", "pk")[:1])


def file(
    *,
    actor: User,
    party: Party,
    unit: OrgUnit,
    kind: str,
    text: str,
    channel: str,
    received_on: date,
) -> DataRequest:
    """Enter a request; the answer is due in a month (article 12(3)). RequestError "twice" while the same waits."""
    try:
        with transaction.atomic(), mutation(actor=actor, kind="request.file", unit_id=unit.pk):
            return DataRequest.objects.create(
                party=party,
                unit=unit,
                kind=kind,
                text=text.strip()[:TEXT],
                channel=channel,
                received_on=received_on,
                due_on=received_on + ANSWERED_WITHIN,
            )
    except IntegrityError:
        raise RequestError("twice") from None


def extend(*, actor: User, request: DataRequest, reason: str) -> DataRequest:
    """Take two further months, once, with the reason that is told to the person (article 12(3))."""
    with mutation(actor=actor, kind="request.extend", unit_id=request.unit_id):
        row = _open(request)
        if row.is_extended:
            raise RequestError("extended")
        row.due_on = row.received_on + EXTENDED_TO
        row.extension_reason = reason.strip()[:300]
        row.handled_by = actor
        row.save(update_fields=["due_on", "extension_reason", "handled_by"])
    return row


def answer(*, actor: User, request: DataRequest, state: str, text: str, on: date) -> DataRequest:
    """Close the request as done or refused; a refusal says why (article 12(4))."""
    with mutation(actor=actor, kind="request.answer", unit_id=request.unit_id):
        row = _open(request)
        if state == RequestState.REFUSED and not text.strip():
            raise ValueError("a refusal needs its reason")
        row.state, row.answer, row.answered_on, row.handled_by = state, text.strip()[:TEXT], on, actor
        row.save(update_fields=["state", "answer", "answered_on", "handled_by"])
    return row


def reopen(*, actor: User, request: DataRequest) -> DataRequest:
    """Take an answer back: the request waits again, until the day it did before."""
    try:
        with transaction.atomic(), mutation(actor=actor, kind="request.reopen", unit_id=request.unit_id):
            row = DataRequest.objects.select_for_update().get(pk=request.pk)
            if row.is_open or row.state == RequestState.WITHDRAWN:
                raise RequestError("closed")
            row.state, row.answer, row.answered_on = RequestState.OPEN, "", None
            row.save(update_fields=["state", "answer", "answered_on"])
    except IntegrityError:
        raise RequestError("twice") from None
    return row


def withdraw(*, actor: User, request: DataRequest, on: date) -> None:
    """The person thinks better of it."""
    with mutation(actor=actor, kind="request.withdraw", unit_id=request.unit_id):
        row = _open(request)
        row.state, row.answered_on = RequestState.WITHDRAWN, on
        row.save(update_fields=["state", "answered_on"])


def close_access(*, actor: User, party: Party, on: date, text: str) -> None:
    """The copy was handed over: a waiting request for it is done."""
    waiting = DataRequest.objects.waiting().filter(party=party, kind=RequestKind.ACCESS).order_by("pk")
    for request in waiting:
        answer(actor=actor, request=request, state=RequestState.DONE, text=text, on=on)


def _open(request: DataRequest) -> DataRequest:
    row = DataRequest.objects.select_for_update().get(pk=request.pk)
    if not row.is_open:
        raise RequestError("closed")
    return row
