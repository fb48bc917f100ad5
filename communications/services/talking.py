"""What is said in a conversation: the member asks and writes on, staff answer and leave notes for each other (COM-4).

A message is only added. `once` is one sending of a form: sent twice to the same talk it is one message. What a member writes opens the talk again, sets the day
the unit's promise runs out, and tells those who answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db.models import Sum

from communications import office_hours, talk_desks
from communications.attachments import MOST_FILES, Attached
from communications.models import MessageKind, Talk, TalkFile, TalkMessage, TalkState, TalkTopic
from communications.services import talk_mail
from communications.services.logging_contacts import log_contact
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common.plain import plain_line
from members.models import OrgUnit, Party

# What files of one member may weigh in a day: they are kept in the database for years.
FILES_IN_A_DAY = 60 * 1024 * 1024


class TalkError(Exception):
    """`code`: empty (neither words nor files), files (too many), room (the member's files of the day weigh too much already),
    place (does not take the member's questions), moved."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Overtaken(Exception):
    """Somebody else has answered since the page was opened. Nothing was sent; `message` is what they wrote last."""

    def __init__(self, message: TalkMessage) -> None:
        super().__init__(str(message.pk))
        self.message = message


# --- the member -------------------------------------------------------------------------------------------------------
def start(
    *,
    actor: User | None,
    party: Party,
    unit: OrgUnit,
    topic: TalkTopic | None,
    subject: str,
    text: str,
    files: Sequence[Attached] = (),
    once: UUID | None = None,
    at: datetime,
) -> Talk:
    """A new question to a unit that takes the member's questions (`talk_desks.places`). TalkError place, empty, files, room."""
    once = uuid5(once, f"start {party.pk}") if once else None
    known = TalkMessage.objects.filter(once=once).first() if once else None
    if known is not None:
        return known.talk
    _check(text, files)
    if unit not in talk_desks.open_units(party.pk, at.date()) or not _is_of(topic, unit):
        raise TalkError("place")
    with mutation(actor=actor, kind="talk.start", unit_id=unit.pk):
        Party.objects.select_for_update().get(pk=party.pk)  # a second sending waits here for the first
        known = TalkMessage.objects.filter(once=once).first() if once else None
        if known is not None:
            return known.talk
        _check_room(party.pk, files, at)
        talk = Talk.objects.create(
            party=party,
            unit=unit,
            topic=topic,
            assignee=_expert(topic, at),
            subject=plain_line(subject)[:120],
            created_at=at,
            changed_at=at,
        )
        _by_member(talk, actor, text, files, once=once, at=at)
    return talk


def _is_of(topic: TalkTopic | None, unit: OrgUnit) -> bool:
    return topic is None or (topic.unit_id == unit.pk and topic.active)


def _expert(topic: TalkTopic | None, at: datetime) -> User | None:
    """The subject's expert, as long as they have the right."""
    if topic is None or topic.expert_id is None:
        return None
    return next((u for u in talk_desks.answerers(topic.unit_id, at.date()) if u.pk == topic.expert_id), None)


def write(
    *,
    actor: User | None,
    talk: Talk,
    text: str,
    files: Sequence[Attached] = (),
    once: UUID | None = None,
    at: datetime,
    by_email: bool = False,
    mail_id: str | None = None,
) -> TalkMessage:
    """The member goes on; a closed talk opens again. TalkError "empty", "files", "room"."""
    _check(text, files)
    with mutation(actor=actor, kind="talk.write", unit_id=talk.unit_id):
        talk = locked(talk)
        known = _known(talk, once=once, mail_id=mail_id)
        if known is not None:
            return known
        _check_room(talk.party_id, files, at)
        return _by_member(
            talk, actor, text, files, once=_once(talk, once), at=at, by_email=by_email, mail_id=mail_id
        )


def _by_member(
    talk: Talk, actor: User | None, text: str, files: Sequence[Attached], *, at: datetime, **further: Any
) -> TalkMessage:
    message = _add(talk, MessageKind.MEMBER, actor, text, files, at=at, **further)
    if not talk.is_open or talk.asked_at is None:
        talk.asked_at, talk.due_at = at, talk_desks.due_at(talk.unit_id, at)
    talk.state, talk.changed_at = TalkState.OPEN, at
    talk.save()
    _log(talk, message, direction="in", at=at, actor=None)
    talk_mail.tell_staff(talk=talk, message=message, on=at.date())
    return message


# --- staff --------------------------------------------------------------------------------------------------------------
def begin(
    *,
    actor: User,
    party: Party,
    unit: OrgUnit,
    subject: str,
    text: str,
    files: Sequence[Attached] = (),
    waits: bool = False,
    once: UUID | None = None,
    at: datetime,
) -> Talk:
    """Staff write to a member of the unit first. TalkError "empty", "files"."""
    _check(text, files)
    with mutation(actor=actor, kind="talk.begin", unit_id=unit.pk):
        Party.objects.select_for_update(no_key=True).get(pk=party.pk)
        once = uuid5(once, f"begin {party.pk} {actor.pk}") if once else None
        known = TalkMessage.objects.filter(once=once).first() if once else None
        if known is not None:
            return known.talk
        talk = Talk.objects.create(
            party=party,
            unit=unit,
            subject=plain_line(subject)[:120],
            state=TalkState.WAITING if waits else TalkState.ANSWERED,
            assignee=actor,
            created_at=at,
            changed_at=at,
        )
        message = _add(talk, MessageKind.STAFF, actor, text, files, once=once, at=at)
        _send(talk, message, actor, at)
    return talk


def answer(
    *,
    actor: User,
    talk: Talk,
    text: str,
    seen: int,
    files: Sequence[Attached] = (),
    waits: bool = False,
    once: UUID | None = None,
    at: datetime,
    by_email: bool = False,
    mail_id: str | None = None,
) -> TalkMessage:
    """An answer to the member, sent by e-mail as well. `seen` is the last message the writer has seen: Overtaken when somebody else
    has answered since. `waits`: the member is asked for more. TalkError "empty", "files", "moved"."""
    _check(text, files)
    unit_id = talk.unit_id
    with mutation(actor=actor, kind="talk.answer", unit_id=unit_id):
        talk = locked(talk)
        known = _known(talk, once=once, mail_id=mail_id)
        if known is not None:
            return known
        if talk.unit_id != unit_id:
            raise TalkError("moved")
        _stop_if_overtaken(talk, actor, seen)
        further = {"once": _once(talk, once), "by_email": by_email, "mail_id": mail_id}
        message = _add(talk, MessageKind.STAFF, actor, text, files, at=at, **further)  # type: ignore[arg-type]
        if talk.minutes is None and talk.asked_at is not None:
            week = talk_desks.week_of(talk_desks.desk_of(talk.unit_id))
            talk.minutes = office_hours.open_minutes(talk.asked_at, at, week)
        talk.state = TalkState.WAITING if waits else TalkState.ANSWERED
        talk.assignee, talk.asked_at, talk.due_at, talk.changed_at = talk.assignee or actor, None, None, at
        talk.save()
        _send(talk, message, actor, at)
    return message


def _send(talk: Talk, message: TalkMessage, actor: User, at: datetime) -> None:
    """By e-mail, which is logged when it is sent; a member without an address finds it on the own pages."""
    if not talk_mail.tell_member(talk=talk, message=message, on=at.date()):
        _log(talk, message, direction="out", at=at, actor=actor)


def _stop_if_overtaken(talk: Talk, actor: User, seen: int) -> None:
    others = TalkMessage.objects.filter(talk=talk, kind=MessageKind.STAFF, pk__gt=seen).exclude(author=actor)
    latest = others.order_by("-pk").first()
    if latest is not None:
        raise Overtaken(latest)


def note(*, actor: User, talk: Talk, text: str, once: UUID | None = None, at: datetime) -> TalkMessage:
    """For colleagues only; the member gets it when asking for a copy of the data. TalkError "empty", "moved"."""
    _check(text, ())
    unit_id = talk.unit_id
    with mutation(actor=actor, kind="talk.note", unit_id=unit_id):
        talk = locked(talk)
        if talk.unit_id != unit_id:
            raise TalkError("moved")
        return _known(talk, once=once) or _add(
            talk, MessageKind.NOTE, actor, text, (), once=_once(talk, once), at=at
        )


# --- the parts ----------------------------------------------------------------------------------------------------------
def _check(text: str, files: Sequence[Attached]) -> None:
    if not text.strip() and not files:
        raise TalkError("empty")
    if len(files) > MOST_FILES:
        raise TalkError("files")


def room(party_id: int, at: datetime) -> int:
    """How many bytes of files the member may still add today."""
    rows = TalkFile.objects.filter(
        message__talk__party=party_id,
        message__kind=MessageKind.MEMBER,
        message__at__gte=at - timedelta(days=1),
    )
    return FILES_IN_A_DAY - (rows.aggregate(total=Sum("size"))["total"] or 0)


def _check_room(party_id: int, files: Sequence[Attached], at: datetime) -> None:
    if files and sum(len(file.content) for file in files) > room(party_id, at):
        raise TalkError("room")


def locked(talk: Talk) -> Talk:
    """The talk for writing; its party first, as the order of locks has it."""
    Party.objects.select_for_update(no_key=True).get(pk=talk.party_id)
    return Talk.objects.select_for_update(of=("self",)).select_related("party", "unit").get(pk=talk.pk)


def _known(talk: Talk, *, once: UUID | None = None, mail_id: str | None = None) -> TalkMessage | None:
    """The message of the same sending, taken already."""
    rows = TalkMessage.objects.filter(talk=talk)
    if once is not None:
        return rows.filter(once=_once(talk, once)).first()
    return rows.filter(mail_id=mail_id).first() if mail_id else None


def _once(talk: Talk, once: UUID | None) -> UUID | None:
    """A form opened in one talk and sent to another is a message of the other."""
    return uuid5(once, f"talk {talk.pk}") if once else None


def _add(
    talk: Talk,
    kind: MessageKind,
    actor: User | None,
    text: str,
    files: Sequence[Attached],
    *,
    at: datetime,
    once: UUID | None = None,
    by_email: bool = False,
    mail_id: str | None = None,
) -> TalkMessage:
    by_member = kind == MessageKind.MEMBER
    message = TalkMessage.objects.create(
        talk=talk,
        kind=kind,
        at=at,
        text=text.replace("\x00", "").replace("\r\n", "\n").strip()[:10_000],
        unit_id=talk.unit_id,
        author=actor,
        author_name=talk.party.display_name[:120] if by_member else (actor.full_name[:120] if actor else ""),
        once=once,
        by_email=by_email,
        mail_id=mail_id,
    )
    for file in files:
        TalkFile.objects.create(
            message=message,
            name=file.name,
            media_type=file.media_type,
            size=len(file.content),
            content=file.content,
        )
    return message


def _log(talk: Talk, message: TalkMessage, *, direction: str, at: datetime, actor: User | None) -> None:
    log_contact(
        party_id=talk.party_id,
        unit_id=talk.unit_id,
        channel="email" if message.by_email else "portal",
        direction=direction,
        kind="talks.message" if direction == "in" else "talks.answer",
        summary=talk.subject,
        reference=f"talk:{talk.pk}",
        at=at,
        actor=actor,
    )
