"""From a public join form to the board's decision (REG-5; Associations Act 503/1989, section 12).

A sent form makes a `JoinRequest` and a letter with a link; only the confirmed e-mail makes a party and an application. The
sender is never told whether somebody stands in the register already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import (
    DateField,
    ExpressionWrapper,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce
from django.utils import translation

from jasenpalvelu.accounts.events import MailWanted
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.models import Mutation
from jasenpalvelu.audit.services import mark_undone, mutation
from jasenpalvelu.common.events import publish
from members.events import AdmissionsDecided, JoiningConfirmed
from members.models import (
    Decision,
    FormToken,
    JoinRequest,
    Membership,
    MembershipEvent,
    MembershipType,
    OrgUnit,
    Party,
    UnitRules,
)
from members.models.consents import ConsentSource
from members.models.joining import KEPT
from members.models.memberships import EventKind, State
from members.models.parties import ContactKind, Source
from members.models.units import LAPSE_AFTER, REMIND_AFTER, Admission
from members.services import consenting, lifecycle, registering, transferring, undoing
from members.services.consenting import ConsentError, Said
from members.services.duplicates import Keys, certain_match
from members.states import OPEN


class UndoError(Exception):
    """The decision cannot be taken back any more: something was done after it."""


def offered_types(unit: OrgUnit, kind: str | None = None) -> list[MembershipType]:
    """The types the association takes new members into, its own before the common ones of the same name."""
    rows = MembershipType.objects.filter(Q(unit=unit) | Q(unit__isnull=True), active=True)
    own = list(rows.order_by("position", "pk"))
    named = {t.name_fi for t in own if t.unit_id}
    offered = [t for t in own if t.unit_id or t.name_fi not in named]
    return [t for t in offered if kind is None or not t.for_kinds or kind in t.for_kinds]


def submit(
    *,
    token: UUID,
    unit: OrgUnit,
    type: MembershipType,
    language: str,
    data: dict[str, Any],
    now: datetime,
    campaign: str = "",
    link: Callable[[JoinRequest], str] | None = None,
) -> tuple[JoinRequest, bool]:
    """Keep a sent form, and put the mail with its `link` into the outbox; the same token sent again finds the first and mails
    nothing. Whether it is new comes with it."""
    values = {"unit": unit, "type": type, "language": language, "data": data, "created_at": now}
    values["campaign"] = campaign
    with transaction.atomic():
        request, is_new = JoinRequest.objects.get_or_create(token=token, defaults=values)
        if is_new and link is not None:
            _mail_link(request, link(request))
    return request, is_new


def _mail_link(request: JoinRequest, link: str) -> None:
    with translation.override(request.language):
        facts = {"unit": str(request.unit), "type": str(request.type), "link": link, "days": KEPT.days}
    publish(
        MailWanted(
            template="members/email/join",
            email=request.data["email"],
            language=request.language,
            facts=facts | {"name": request.data.get("first_names", "")},
            kind="members.join",
            unit_id=request.unit_id,
            reply_to=request.unit.email,
            reference=f"join:{request.pk}",
        )
    )


def confirm(*, request_id: int, on: date, now: datetime) -> JoinRequest | None:
    """The e-mail was confirmed: enter the party and the application. None when the request is gone or too old.

    Confirmed twice, it is entered once. Where the association admits automatically when the conditions are met, the
    member is admitted at once by that stored decision.
    """
    with mutation(actor=None, kind="joining.confirm"):
        request = JoinRequest.objects.select_for_update(of=("self",)).filter(pk=request_id).first()
        if request is None or request.created_at < now - KEPT:
            return None
        if request.confirmed_at is not None:
            return request
        party = _party_of(request, on)
        request.membership = _application(party, request, on)
        request.confirmed_at, request.data = now, {}
        request.save(update_fields=["membership", "confirmed_at", "data"])
        if request.campaign and request.membership is not None:
            publish(JoiningConfirmed(request.membership.pk, request.campaign, on))
    return request


def purge(*, now: datetime) -> int:
    """Drop requests nobody confirmed, and what is left of confirmed ones, after 14 days; spent form tokens with them."""
    count, _ = JoinRequest.objects.filter(created_at__lt=now - KEPT).delete()
    FormToken.objects.filter(created_at__lt=now - KEPT).delete()
    return count


def lapse(*, on: date) -> int:
    """Applications nobody has decided on lapse after the time in the association's rules; how many did.

    Each is an act of its own, so that one can be taken up again without the others.
    """
    count = 0
    for pk in list(overdue(on=on).order_by("pk").values_list("pk", flat=True)):
        with mutation(actor=None, kind="joining.lapse"):
            membership = overdue(on=on).select_for_update(of=("self",)).filter(pk=pk).first()
            if membership is not None:
                lifecycle.expire(actor=None, membership=membership, on=on)
                count += 1
    return count


def overdue(*, on: date) -> QuerySet[Membership]:
    """Applications that have waited longer than they stay."""
    return _waited(on, "application_lapse_days", LAPSE_AFTER)


def stale(*, on: date) -> QuerySet[Membership]:
    """Applications the board is reminded of: they have waited longer than the rules think good."""
    return _waited(on, "application_reminder_days", REMIND_AFTER)


# What makes an application wait: it is filed, or a decision on it is taken back.
_FILED = (EventKind.APPLIED, EventKind.CORRECTED)


def _waited(on: date, rule: str, otherwise: int) -> QuerySet[Membership]:
    """Waiting applications whose latest filing is more days ago than the rule of their unit says on the day."""
    rules = UnitRules.objects.on(on).filter(unit=OuterRef("unit")).order_by("-valid_from", "-pk")
    filed = MembershipEvent.objects.filter(membership=OuterRef("pk"), kind__in=_FILED).order_by("-pk")
    days = Coalesce(Subquery(rules.values(rule)[:1]), Value(otherwise), output_field=IntegerField())
    until = ExpressionWrapper(
        Subquery(filed.values("effective_on")[:1], output_field=DateField()) + days, output_field=DateField()
    )
    return Membership.objects.filter(state=State.APPLIED).alias(until=until).filter(until__lt=on)


# --- the board ------------------------------------------------------------------------------------------------------
def decide(
    *,
    actor: User,
    memberships: Sequence[Membership],
    admitted: bool,
    decided_on: date,
    effective_on: date,
    section: str = "",
    reason: str = "",
) -> Mutation:
    """Admit or reject applications in one act with one decision per association; LifecycleError if one no longer waits.

    Nothing is done unless all of them can be.
    """
    ordered = sorted(memberships, key=lambda m: m.pk)
    with mutation(actor=actor, kind="joining.admit" if admitted else "joining.reject") as done:
        transferring.hold_with_former(memberships=[m.pk for m in ordered])
        decisions = {
            unit_id: Decision.objects.create(unit_id=unit_id, decided_on=decided_on, section=section)
            for unit_id in sorted({m.unit_id for m in ordered})
        }
        for membership in ordered:
            decision = decisions[membership.unit_id]
            if admitted:
                lifecycle.admit(
                    actor=actor,
                    membership=membership,
                    decided_on=decided_on,
                    effective_on=effective_on,
                    decision=decision,
                )
                transferring.leave_the_former(actor=actor, membership=membership, on=effective_on)
            else:
                lifecycle.reject(
                    actor=actor,
                    membership=membership,
                    decided_on=decided_on,
                    reason=reason,
                    decision=decision,
                )
        if admitted:
            _tell(decisions, effective_on)
    return done


def _tell(units: Iterable[int], members_from: date, *, undone: bool = False) -> None:
    for unit_id in sorted(units):
        publish(AdmissionsDecided(unit_id, members_from, undone))


def undo_decision(*, actor: User, mutation_id: UUID, memberships: Sequence[Membership], on: date) -> int:
    """Take the decision back for the given memberships: they wait again. UndoError when something came after it."""
    with mutation(actor=actor, kind="joining.undo") as done:
        undone = Mutation.objects.select_for_update().filter(pk=mutation_id).first()
        if undone is None or undone.undone_by_id is not None:
            raise UndoError
        for membership in sorted(memberships, key=lambda m: m.pk):
            last = membership.events.order_by("-pk").first()
            if last is None or last.mutation_id != mutation_id:
                raise UndoError
        days = {m.unit_id: m.started_on for m in memberships if m.started_on}
        try:
            undoing.put_back(actor=actor, mutation_id=mutation_id, on=on)
        except undoing.UndoError:
            raise UndoError from None
        for unit_id, day in days.items():
            _tell([unit_id], day, undone=True)
        mark_undone(undone=undone, by=done)
    return len(memberships)


def decided_in(mutation_id: UUID) -> list[int]:
    """The memberships an act of `decide` decided."""
    kinds = (EventKind.ADMITTED, EventKind.REJECTED, EventKind.EXPIRED)
    rows = MembershipEvent.objects.filter(mutation_id=mutation_id, kind__in=kinds)
    return list(rows.order_by("membership_id").values_list("membership_id", flat=True))


# --- one sending, one result ----------------------------------------------------------------------------------------
def result_of(token: UUID) -> int | None:
    """What the form with this token made already."""
    return FormToken.objects.filter(token=token).values_list("result", flat=True).first()


class SentAlready(Exception):
    """Another sending of the same form came first and made `result`."""

    def __init__(self, result: int) -> None:
        super().__init__(str(result))
        self.result = result


def spend(token: UUID, result: int) -> None:
    """Mark the form as sent, inside the transaction that made the result; SentAlready rolls the second one back.

    A second sending waits here until the first has ended: the key is unique.
    """
    try:
        with transaction.atomic():
            FormToken.objects.create(token=token, result=result)
    except IntegrityError:
        raise SentAlready(result_of(token) or result) from None


# --- parts of confirm -----------------------------------------------------------------------------------------------
def _party_of(request: JoinRequest, on: date) -> Party:
    """The party that is the same beyond doubt, with its blanks filled; otherwise a new one."""
    data = request.data
    born = date.fromisoformat(data["birth_date"]) if data.get("birth_date") else None
    display = registering.person_display_name(data["last_name"], data["first_names"])
    keys = Keys.of(display_name=display, last_name=data["last_name"], email=data["email"], birth_date=born)
    address = registering.Address(data.get("street", ""), data.get("postal_code", ""), data.get("city", ""))
    known = None if data.get("non_disclosure") else certain_match(keys=keys)
    if known is not None:
        _fill_blanks(known, data, address, on)
        return known
    purpose = {"birth_date": born, "birth_date_purpose": data.get("birth_date_purpose", "")} if born else {}
    return registering.create_person(
        actor=None,
        first_names=data["first_names"],
        last_name=data["last_name"],
        on=on,
        email=data["email"],
        phone=data.get("phone", ""),
        address=address,
        source=Source.FORM,
        language=request.language,
        home_municipality=data.get("home_municipality", ""),
        non_disclosure=bool(data.get("non_disclosure")),
        **purpose,
    )


def _fill_blanks(party: Party, data: dict[str, Any], address: registering.Address, on: date) -> None:
    """What the register lacks is taken from the form; what it has is never overwritten from a public page."""
    has = set(party.contact_points.filter(valid_to__isnull=True).values_list("kind", flat=True))
    registering.set_contacts(
        party=party,
        on=on,
        actor=None,
        phone=(data.get("phone") or None) if ContactKind.PHONE not in has else None,
        address=address if address and ContactKind.ADDRESS not in has else None,
        source=Source.FORM,
    )
    if not party.home_municipality and data.get("home_municipality"):
        registering.update_party(
            party=party, values={"home_municipality": data["home_municipality"]}, actor=None
        )


def _application(party: Party, request: JoinRequest, on: date) -> Membership | None:
    """The application; None when the party has an open membership of the kind already."""
    if Membership.objects.filter(party=party, unit=request.unit, type=request.type, state__in=OPEN).exists():
        return None
    _keep_consents(party, request, on)
    told = {name: request.data.get(name, "")[:200] for name in ("guardian", "holding")}
    membership = lifecycle.apply(
        actor=None, party=party, unit=request.unit, type=request.type, on=on, told=told
    )
    if _admitted_by_rule(party, request, on):
        decision = Decision.objects.create(unit=request.unit, body="automatic", decided_on=on)
        lifecycle.admit(actor=None, membership=membership, decided_on=on, effective_on=on, decision=decision)
        _tell([request.unit_id], on)
    return membership


def _keep_consents(party: Party, request: JoinRequest, on: date) -> None:
    """What was ticked, with the words that were shown. It counts when the membership begins, and is erased with an applicant who
    never became a member. A member's own choices are not changed from a public page."""
    said = [Said(purpose, channel, True, text) for purpose, channel, text in request.data.get("consents", [])]
    # What cannot be taken is asked again on one's own pages; an application does not fail for it.
    with suppress(ConsentError):
        consenting.record(
            actor=None,
            party=party,
            unit=request.unit,
            said=said,
            source=ConsentSource.FORM,
            at=request.created_at,
            on=on,
            guardian=request.data.get("guardian_name", ""),
        )


def _admitted_by_rule(party: Party, request: JoinRequest, on: date) -> bool:
    """Whether the association's stored decision admits without the board: a known age where one is demanded, no holding, and
    nobody whose guardian has to be asked (Guardianship Services Act 442/1999, section 24)."""
    rules = UnitRules.objects.for_unit(request.unit_id, on)
    if request.data.get("guardian"):
        return False
    if rules is None or rules.admission != Admission.AUTOMATIC or request.type.needs_holding:
        return False
    if request.type.min_age is None:
        return True
    age = party.person.age_on(on)
    return age is not None and age >= request.type.min_age
