"""Leaving by the law: when a resignation takes effect, what a death ends, and taking an ending back (REG-5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.models import Change, Mutation
from jasenpalvelu.audit.services import current_mutation, mark_undone, mutation
from members.models import Mandate, Membership, Party, Person, Resignation, UnitRules
from members.models.memberships import ENDINGS, EventKind, State
from members.services import areas, estates, lifecycle, undoing
from members.services.undoing import UndoError

LONGEST_DELAY = 365
ONE_DAY = timedelta(days=1)
# Only these acts are taken back here: anything else that touched the party is not this undo's business.
UNDOABLE = {"membership.end", "membership.transfer", "party.death"}


@dataclass(frozen=True)
class Undone:
    """What an undo put back."""

    memberships: int
    mandates: int


def effective_day(*, unit_id: int, kind: str, noticed_on: date) -> date:
    """The first day no longer a member: the day of the notice or of the decision is still one of the membership.

    A resignation takes effect at once unless the rules say otherwise, at the latest one year after the notice
    (Associations Act 503/1989, section 13); the other endings when they were decided.
    """
    if kind in (EventKind.TRANSFERRED, EventKind.DIED):
        return noticed_on
    if kind != EventKind.RESIGNED:
        return noticed_on + ONE_DAY
    rules = UnitRules.objects.for_unit(unit_id, noticed_on)
    delay = min(rules.resignation_delay_days, LONGEST_DELAY) if rules else 0
    return noticed_on + max(timedelta(days=delay), ONE_DAY)


def end_membership(
    *,
    actor: User | None,
    membership: Membership,
    kind: str,
    noticed_on: date,
    reason: str = "",
    channel: str = Resignation.Channel.OFFICE,
) -> Mutation:
    """End one membership by anything but death; LifecycleError when it is not in force or would end before it began.

    A resignation takes effect by itself and comes to the board's list to be noted; `channel` is how it came.
    """
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
        if kind == EventKind.RESIGNED:
            _file_notice(membership, channel, noticed_on)
    return done


def _file_notice(membership: Membership, channel: str, noticed_on: date) -> None:
    event = membership.events.latest("pk")
    Resignation.objects.create(
        membership=membership,
        event=event,
        channel=channel,
        received_at=event.recorded_at,
        noticed_on=noticed_on,
        effective_on=event.effective_on,
    )


def record_death(
    *, actor: User | None, party: Party, died_on: date, reason: str = "", estate: bool = False
) -> Mutation:
    """A member has died: every membership of the federation and every mandate ends, waiting applications lapse.

    The register of the whole federation is one, so this reaches associations the actor does not see. Nothing is erased:
    open invoices are handled after it. With `estate` the holdings the member answered for go to the estate, which is a
    member in the same associations from the same day. LifecycleError "dead" when it has been recorded already.
    """
    with mutation(actor=actor, kind="party.death", summary=party.display_name) as done:
        # The estate's number comes before the person in the order of locks; it goes again when the death is known already.
        heir = estates.open_estate(actor=actor, party=party, on=died_on) if estate else None
        person = Person.objects.select_for_update().get(pk=party.pk)
        if person.deceased_on is not None:
            raise lifecycle.LifecycleError("dead")
        person.deceased_on = died_on
        person.save(update_fields=["deceased_on"])
        ended = [m for m in _locked_open(party) if _end_by_death(actor, m, died_on, reason)]
        for mandate in (
            Mandate.objects.on(died_on).select_for_update(of=("self",)).filter(party=party).order_by("pk")
        ):
            mandate.valid_to = died_on
            mandate.save(update_fields=["valid_to"])
        Mandate.objects.filter(party=party, valid_from__gt=died_on).delete()
        areas.part_of(actor=actor, party=party, on=died_on)
        if heir is not None:
            estates.take_over(actor=actor, estate=heir, party=party, ended=ended, on=died_on)
    return done


def undo(*, actor: User | None, party: Party, mutation_id: UUID, on: date) -> Undone:
    """Take back an ending or a death as long as nothing depends on it; UndoError says why it cannot be done.

    The memberships go on as if they had not ended, in a new event; mandates get their old last day back, and what an
    estate took over goes back.
    """
    with mutation(actor=actor, kind="membership.undo", summary=party.display_name) as done:
        undone = undoing.standing(mutation_id=mutation_id)
        if undone.kind not in UNDOABLE or not undone.changes.filter(party_id=party.pk).exists():
            raise UndoError("later")
        if undone.kind == "party.death":
            Person.objects.filter(party=party).update(deceased_on=None)
            estates.give_back(mutation_id=mutation_id)
        memberships = undoing.put_back(actor=actor, mutation_id=mutation_id, on=on)
        _notices_withdrawn(mutation_id, on)
        mandates = _mandates_restored(party, mutation_id)
        if not memberships and undone.kind != "party.death":
            raise UndoError("later")
        mark_undone(undone=undone, by=current_mutation() or done)
    return Undone(len(memberships), mandates)


def death_behind(*, membership: Membership) -> UUID | None:
    """The act that marked the member as deceased and ended the membership; None when it was not an act of its own."""
    last = membership.events.order_by("-pk").first()
    if last is None or last.kind != EventKind.DIED or last.mutation_id is None:
        return None
    act = Mutation.objects.filter(pk=last.mutation_id, kind="party.death", undone_by=None)
    return act.values_list("pk", flat=True).first()


def withdraw_resignation(*, actor: User | None, resignation: Resignation, on: date) -> Undone:
    """The member takes the notice back: the membership goes on. UndoError "noted" once the board has noted it."""
    act = resignation.event.mutation_id
    if act is None:
        raise UndoError("later")
    return undo(actor=actor, party=resignation.membership.party, mutation_id=act, on=on)


def _notices_withdrawn(mutation_id: UUID, on: date) -> None:
    rows = Resignation.objects.select_for_update(of=("self",)).filter(event__mutation_id=mutation_id)
    for notice in rows.order_by("pk"):
        if notice.noted_on is not None:
            raise UndoError("noted", notice.membership.party.display_name)
        notice.withdrawn_on = on
        notice.save(update_fields=["withdrawn_on"])


def _locked_open(party: Party) -> list[Membership]:
    rows = Membership.objects.select_for_update(of=("self",)).filter(party=party)
    return list(rows.exclude(state=State.REJECTED).order_by("pk"))


def _end_by_death(actor: User | None, membership: Membership, died_on: date, reason: str) -> bool:
    """Whether a membership ended by it that would have gone on: an estate follows the deceased there. A resignation that was
    waiting for its day, or a membership that was passive, is over."""
    went_on = membership.state == State.ACTIVE
    if membership.state == State.APPLIED:
        lifecycle.record(
            membership=membership, kind=EventKind.WITHDRAWN, effective_on=died_on, actor=actor, reason=reason
        )
    elif membership.state in {State.ACTIVE, State.LAPSED} or _ends_later(membership, died_on):
        day = max(died_on, membership.started_on or died_on)
        lifecycle.record(
            membership=membership, kind=EventKind.DIED, effective_on=day, actor=actor, reason=reason
        )
        return went_on
    return False


def _ends_later(membership: Membership, day: date) -> bool:
    return membership.ended_on is not None and membership.ended_on > day


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
