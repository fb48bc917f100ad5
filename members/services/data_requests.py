"""The register of people's requests about their own data (GDPR articles 12 and 15–21; REG-14)."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.models import DataRequest, Membership, OrgUnit, Party, PartyLogin
from members.models.data_requests import ANSWERED_WITHIN, EXTENDED_TO, RequestKind, RequestState
from members.personal import rights
from members.personal.reading import person
from members.services.logins import is_same_person

TEXT = 1000
Told = DataRequest.Told


class RequestError(Exception):
    """`code`: twice (the same is waiting already), closed (answered or taken back), extended (longer is not allowed), late (the
    month has passed), none (nobody has asked), same (the one who wrote the request down)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def units_of(party: Party, on: date) -> list[OrgUnit]:
    """The associations that can answer the person, the present ones first; of somebody who is no member those the person has a
    post in or a tie to, else the central union."""
    rows = Membership.objects.filter(party=party).select_related("unit").order_by("-started_on", "pk")
    found = sorted(rows, key=lambda membership: not membership.is_in_hand(on))
    units = list(dict.fromkeys(membership.unit for membership in found))
    return units or list(
        OrgUnit.objects.filter(pk__in=rights.units_of(person(party.pk))).order_by("sort_key", "pk")
    )


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
                entered_by=actor,
            )
    except IntegrityError:
        raise RequestError("twice") from None


def may_extend(request: DataRequest, on: date) -> bool:
    """Once, and within the first month: after it the answer is late whatever is said (article 12(3))."""
    return request.is_open and not request.is_extended and on <= request.received_on + ANSWERED_WITHIN


def extend(*, actor: User, request: DataRequest, reason: str, on: date) -> DataRequest:
    """Take two further months, once, with the reason that is told to the person within the first month (article 12(3))."""
    with mutation(actor=actor, kind="request.extend", unit_id=request.unit_id):
        row = _open(request)
        if row.is_extended:
            raise RequestError("extended")
        if not may_extend(row, on):
            raise RequestError("late")
        row.extended_on = on
        row.due_on = row.received_on + EXTENDED_TO
        row.extension_reason = reason.strip()[:300]
        row.handled_by = actor
        _note_own_pages(row, on)
        row.save(
            update_fields=["due_on", "extended_on", "extension_reason", "handled_by", "told_on", "told_how"]
        )
    return row


def answer(*, actor: User, request: DataRequest, state: str, text: str, on: date) -> DataRequest:
    """Close the request as done or refused; a refusal says why (article 12(4))."""
    with mutation(actor=actor, kind="request.answer", unit_id=request.unit_id):
        row = _open(request)
        if state == RequestState.REFUSED and not text.strip():
            raise ValueError("a refusal needs its reason")
        row.state, row.answer, row.answered_on, row.handled_by = state, text.strip()[:TEXT], on, actor
        _note_own_pages(row, on)
        row.save(update_fields=["state", "answer", "answered_on", "handled_by", "told_on", "told_how"])
    return row


def reads_own_pages(request: DataRequest) -> bool:
    """Whether the person sees the answer in the member service: has a login, and has not been erased."""
    erased = request.kind == RequestKind.ERASURE and request.state == RequestState.DONE
    return not erased and PartyLogin.objects.filter(party=request.party_id).exists()


def is_to_tell(request: DataRequest) -> bool:
    """Whether there is an answer, or a longer time, that the person is to be told of (article 12(3) and (4))."""
    return request.state in {RequestState.DONE, RequestState.REFUSED} or (
        request.is_open and request.is_extended
    )


def tell(*, actor: User, request: DataRequest, how: str, on: date) -> DataRequest:
    """Write down that the person was told by letter or by e-mail. RequestError "closed" when there is nothing to tell or it has
    been told."""
    with mutation(actor=actor, kind="request.tell", unit_id=request.unit_id):
        row = DataRequest.objects.select_for_update().get(pk=request.pk)
        if row.told_on or not is_to_tell(row):
            raise RequestError("closed")
        row.told_on, row.told_how = on, Told(how)
        row.save(update_fields=["told_on", "told_how"])
    return row


def untell(*, actor: User, request: DataRequest) -> None:
    """It was written down by mistake. What the person reads on their own pages stays told."""
    with mutation(actor=actor, kind="request.untell", unit_id=request.unit_id):
        row = DataRequest.objects.select_for_update().get(pk=request.pk)
        if row.told_on is None or row.told_how == Told.PORTAL:
            raise RequestError("closed")
        row.told_on, row.told_how = None, ""
        row.save(update_fields=["told_on", "told_how"])


def _note_own_pages(row: DataRequest, on: date) -> None:
    """A new answer has been told to nobody yet, but to those who read it on their own pages."""
    row.told_on, row.told_how = (on, Told.PORTAL) if reads_own_pages(row) else (None, "")


def reopen(*, actor: User, request: DataRequest) -> DataRequest:
    """Take an answer back: the request waits again, until the day it did before."""
    try:
        with transaction.atomic(), mutation(actor=actor, kind="request.reopen", unit_id=request.unit_id):
            row = DataRequest.objects.select_for_update().get(pk=request.pk)
            if row.is_open or row.state == RequestState.WITHDRAWN:
                raise RequestError("closed")
            row.state, row.answer, row.answered_on = RequestState.OPEN, "", None
            row.told_on, row.told_how = None, ""
            row.save(update_fields=["state", "answer", "answered_on", "told_on", "told_how"])
    except IntegrityError:
        raise RequestError("twice") from None
    return row


def withdraw(*, actor: User, request: DataRequest, on: date) -> None:
    """The person thinks better of it."""
    with mutation(actor=actor, kind="request.withdraw", unit_id=request.unit_id):
        row = _open(request)
        row.state, row.answered_on = RequestState.WITHDRAWN, on
        row.save(update_fields=["state", "answered_on"])


def to_erase(*, actor: User, party: Party) -> DataRequest:
    """The waiting request an erasure in the office answers. Two people: whoever wrote the request down does not carry it out.

    RequestError "none" when nobody has asked, "same" when the actor wrote it down, also as the person concerned.
    """
    rows = DataRequest.objects.waiting().filter(party=party, kind=RequestKind.ERASURE)
    request = rows.select_related("entered_by").first()
    if request is None:
        raise RequestError("none")
    if request.entered_by is not None and is_same_person(request.entered_by, actor):
        raise RequestError("same")
    return request


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
