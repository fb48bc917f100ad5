"""Leaving by the law: when a resignation takes effect, what a death ends, and taking an ending back (REG-5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.models import Change, Mutation
from jasenpalvelu.audit.services import current_mutation, mark_undone, mutation
from members.models import Mandate, Membership, MembershipEvent, Party, Person, UnitRules
from members.models.memberships import ENDINGS, EventKind, State
from members.services import lifecycle

LONGEST_DELAY = 365
# Only these acts are taken back here: anything else that touched the party is not this undo's business.
UNDOABLE = {"membership.end", "party.death"}


class UndoError(Exception):
    """`code`: later (something was done after it), done (taken back already), taken (a new membership is in its place)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Undone:
    """What an undo put back."""

    memberships: int
    mandates: int


def effective_day(*, unit_id: int, kind: str, noticed_on: date) -> date:
    """The first day no longer a member.

    A resignation takes effect at once unless the rules say otherwise, at the latest one year after the notice
    (Associations Act 503/1989, section 13); the other endings on the day they were decided or happened.
    """
    if kind != EventKind.RESIGNED:
        return noticed_on
    rules = UnitRules.objects.for_unit(unit_id, noticed_on)
    delay = min(rules.resignation_delay_days, LONGEST_DELAY) if rules else 0
    return noticed_on + timedelta(days=delay)


def end_membership(
    *, actor: User | None, membership: Membership, kind: str, noticed_on: date, reason: str = ""
) -> Mutation:
    """End one membership by anything but death; LifecycleError when it is not in force or would end before it began."""
    if kind not in ENDINGS - {EventKind.DIED}:
        raise ValueError(kind)
    effective = effective_day(unit_id=membership.unit_id, kind=kind, noticed_on=noticed_on)
    with mutation(actor=actor, kind="membership.end", unit_id=membership.unit_id) as done:
        lifecycle.end(
            actor=actor,
            membership=membership,
            kind=kind,
            effective_on=effective,
            decided_on=noticed_on,
            reason=reason,
        )
    return done


def record_death(*, actor: User | None, party: Party, died_on: date, reason: str = "") -> Mutation:
    """A member has died: every membership of the federation and every mandate ends, waiting applications lapse.

    The register of the whole federation is one, so this reaches associations the actor does not see. Nothing is erased:
    the estate and open invoices are handled after it.
    """
    with mutation(actor=actor, kind="party.death", summary=party.display_name) as done:
        person = Person.objects.select_for_update().get(pk=party.pk)
        person.deceased_on = died_on
        person.save(update_fields=["deceased_on"])
        for membership in _locked_open(party):
            _end_by_death(actor, membership, died_on, reason)
        for mandate in (
            Mandate.objects.on(died_on).select_for_update(of=("self",)).filter(party=party).order_by("pk")
        ):
            mandate.valid_to = died_on
            mandate.save(update_fields=["valid_to"])
        Mandate.objects.filter(party=party, valid_from__gt=died_on).delete()
    return done


def undo(*, actor: User | None, party: Party, mutation_id: UUID, on: date) -> Undone:
    """Take back an ending or a death as long as nothing depends on it; UndoError says why it cannot be done.

    The memberships go on as if they had not ended, in a new event; mandates get their old last day back.
    """
    with mutation(actor=actor, kind="membership.undo", summary=party.display_name) as done:
        undone = Mutation.objects.select_for_update().filter(pk=mutation_id).first()
        if undone is None or undone.undone_by_id is not None:
            raise UndoError("done")
        if undone.kind not in UNDOABLE or not undone.changes.filter(party_id=party.pk).exists():
            raise UndoError("later")
        memberships = _reinstated(actor, party, mutation_id, on)
        mandates = _mandates_restored(party, mutation_id)
        if not memberships and undone.kind != "party.death":
            raise UndoError("later")
        if undone.kind == "party.death":
            Person.objects.filter(party=party).update(deceased_on=None)
        mark_undone(undone=undone, by=current_mutation() or done)
    return Undone(memberships, mandates)


def _locked_open(party: Party) -> list[Membership]:
    rows = Membership.objects.select_for_update(of=("self",)).filter(party=party)
    return list(rows.exclude(state=State.REJECTED).order_by("pk"))


def _end_by_death(actor: User | None, membership: Membership, died_on: date, reason: str) -> None:
    if membership.state == State.APPLIED:
        lifecycle.record(
            membership=membership, kind=EventKind.WITHDRAWN, effective_on=died_on, actor=actor, reason=reason
        )
    elif membership.state in {State.ACTIVE, State.LAPSED} or _ends_later(membership, died_on):
        day = max(died_on, membership.started_on or died_on)
        lifecycle.record(
            membership=membership, kind=EventKind.DIED, effective_on=day, actor=actor, reason=reason
        )


def _ends_later(membership: Membership, day: date) -> bool:
    return membership.ended_on is not None and membership.ended_on > day


def _reinstated(actor: User | None, party: Party, mutation_id: UUID, on: date) -> int:
    """Put back the memberships whose last event belongs to the mutation; each must still be the last word."""
    events = MembershipEvent.objects.filter(mutation_id=mutation_id, membership__party=party)
    count = 0
    for event in events.select_related("membership").order_by("membership_id", "pk"):
        membership = Membership.objects.select_for_update().get(pk=event.membership_id)
        if membership.events.order_by("-pk").values_list("pk", flat=True).first() != event.pk:
            raise UndoError("later")
        if event.kind not in ENDINGS | {EventKind.WITHDRAWN}:
            continue
        _put_back(actor, membership, event, on)
        count += 1
    return count


def _put_back(actor: User | None, membership: Membership, event: MembershipEvent, on: date) -> None:
    """As it stood before the event: its fold without it, written as a correction when that is not simply in force."""
    before = lifecycle.fold(membership.events.exclude(pk=event.pk).order_by("pk"))
    data: dict[str, object] = {
        "state": before.state,
        "started_on": before.started_on.isoformat() if before.started_on else None,
        "ended_on": before.ended_on.isoformat() if before.ended_on else None,
    }
    kind = EventKind.REINSTATED if before.state == State.ACTIVE else EventKind.CORRECTED
    try:
        with transaction.atomic():
            lifecycle.record(membership=membership, kind=kind, effective_on=on, actor=actor, data=data)
    except IntegrityError:
        raise UndoError("taken") from None


def _mandates_restored(party: Party, mutation_id: UUID) -> int:
    rows = Change.objects.filter(mutation_id=mutation_id, party_id=party.pk, table_name="members_mandate")
    count = 0
    for change in rows.order_by("pk"):
        if change.op == Change.Op.UPDATE and "valid_to" in (change.after or {}):
            count += Mandate.objects.filter(pk=change.row_id).update(
                valid_to=(change.before or {}).get("valid_to")
            )
        elif change.op == Change.Op.DELETE and change.before:
            count += _mandate_again(change.before)
    return count


def _mandate_again(row: dict[str, object]) -> int:
    """A mandate that was to begin later and was dropped is entered again, under a new key."""
    columns = {
        f.attname: row[f.column]
        for f in Mandate._meta.concrete_fields
        if f.column in row and not f.primary_key
    }
    Mandate.objects.create(**columns)
    return 1
