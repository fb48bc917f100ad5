"""Who answers a conversation, and whether it is over: taking, giving to a colleague, closing, handing over to another unit (COM-4, ADR 0025)."""

from __future__ import annotations

from datetime import datetime

from communications import talk_desks
from communications.models import MessageKind, Talk, TalkMessage, TalkState
from communications.services import talk_mail
from communications.services.talking import TalkError, locked
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.models import OrgUnit


def assign(*, actor: User, talk: Talk, to: User | None, at: datetime) -> Talk:
    """Whose the talk is; None for nobody's. TalkError "colleague" for somebody who may not answer the unit's conversations."""
    with mutation(actor=actor, kind="talk.assign", unit_id=talk.unit_id):
        talk = locked(talk)
        if to is not None and to not in talk_desks.answerers(talk.unit_id, at.date()):
            raise TalkError("colleague")
        talk.assignee = to
        talk.save()
    return talk


def close(*, actor: User, talk: Talk, by_member: bool = False, at: datetime) -> Talk:
    """Over, until somebody writes again. Closing what is closed changes nothing."""
    with mutation(actor=actor, kind="talk.close", unit_id=talk.unit_id):
        talk = locked(talk)
        if not talk.is_closed:
            talk.state, talk.due_at, talk.asked_at, talk.changed_at = TalkState.CLOSED, None, None, at
            talk.save()
            name = talk.party.display_name if by_member else actor.full_name
            _tell(talk, MessageKind.CLOSED, actor, name, at)
    return talk


def hand_over(*, actor: User, talk: Talk, to: OrgUnit, reason: str, at: datetime) -> TalkMessage:
    """Another unit answers from now on; the member is told who, and why. TalkError "place" for a unit the member cannot write to,
    "moved" when somebody has handed it over meanwhile."""
    unit_id = talk.unit_id
    with mutation(actor=actor, kind="talk.hand_over", unit_id=unit_id):
        talk = locked(talk)
        if talk.unit_id != unit_id:
            raise TalkError("moved")
        if to not in talk_desks.units_to_move_to(talk, at.date()):
            raise TalkError("place")
        message = _move(talk, to, MessageKind.MOVED, actor, actor.full_name, reason, at)
        talk_mail.tell_moved(talk=talk, message=message, on=at.date())
        talk_mail.tell_staff(talk=talk, message=message, on=at.date())
    return message


def hand_back(*, actor: User | None, talk: Talk, at: datetime) -> TalkMessage:
    """The member does not want the new unit to answer: the talk goes back, and the new unit reads nothing of it any more.

    TalkError "answered" once the new unit has answered, "moved" when there is nothing to take back.
    """
    with mutation(actor=actor, kind="talk.hand_back", unit_id=talk.unit_id):
        talk = locked(talk)
        move = refusable_move(talk)
        if move is None:
            raise TalkError("answered")
        assert move.from_unit is not None
        name = talk.party.display_name
        message = _move(talk, move.from_unit, MessageKind.RETURNED, actor, name, "", at)
        talk_mail.tell_staff(talk=talk, message=message, on=at.date())
    return message


def refusable_move(talk: Talk) -> TalkMessage | None:
    """The hand-over the member may still take back: the last one, as long as the new unit has not answered."""
    events = TalkMessage.objects.filter(talk=talk, kind__in=[MessageKind.MOVED, MessageKind.RETURNED])
    last = events.select_related("from_unit", "unit").order_by("-pk").first()
    if last is None or last.kind != MessageKind.MOVED or last.unit_id != talk.unit_id:
        return None
    answered = TalkMessage.objects.filter(talk=talk, kind=MessageKind.STAFF, pk__gt=last.pk)
    return None if answered.exists() else last


def _move(
    talk: Talk, to: OrgUnit, kind: MessageKind, actor: User | None, name: str, text: str, at: datetime
) -> TalkMessage:
    former = talk.unit
    talk.unit, talk.topic, talk.assignee, talk.changed_at = to, None, None, at
    if talk.is_open:
        talk.due_at = talk_desks.due_at(to.pk, at)
    talk.save()
    return TalkMessage.objects.create(
        talk=talk, kind=kind, at=at, text=text.strip()[:1000], unit=to, from_unit=former, author=actor, author_name=name[:120]
    )  # fmt: skip


def _tell(talk: Talk, kind: MessageKind, actor: User, name: str, at: datetime) -> None:
    TalkMessage.objects.create(
        talk=talk, kind=kind, at=at, unit_id=talk.unit_id, author=actor, author_name=name[:120]
    )
