"""Answers by e-mail: a mail to a talk's signed address becomes a message of the talk (COM-4).

The address says which talk and whose answer; the sender must be that person as well. Neither alone is enough: an address can be passed on, a
sender can be made up. What a machine has written is never taken, so that two answering machines do not talk to each other.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from communications import attachments, links, replies
from communications.attachments import Attached
from communications.filekinds import FileError
from communications.models import Talk, TalkAddress, TalkMessage
from communications.models.talks import ANSWER
from communications.services import talking
from communications.services.talk_mail import PURPOSE
from communications.services.talking import Overtaken, TalkError
from jasenpalvelu.accounts.models import User
from jasenpalvelu.common import clock
from jasenpalvelu.common.identifiers import email_key
from members.models import ContactPoint
from members.models.parties import ContactKind
from members.scope import Scope

# More mails than this in an hour are a loop, whatever they call themselves.
MOST_IN_AN_HOUR = 20
ANSWERS_AT_ONCE = 5
TAKEN, TWICE, UNKNOWN, FOREIGN = "taken", "twice", "unknown", "foreign"
AUTOMATIC, LOOP, EMPTY = "automatic", "loop", "empty"


class Busy(Exception):
    """Others answer all the time: the mail is read again in a moment."""


def take_reply(*, token: str, sender: str, message: EmailMessage) -> str:
    """What became of the mail: taken, twice (it was here before), unknown (no such address), foreign (not the sender's to answer),
    automatic, loop, empty (no words of its own and no file). Only "taken" has changed something. Never raises for what a mail may hold."""
    number = links.number_of(PURPOSE, token)
    address = (
        TalkAddress.objects.filter(pk=number).select_related("talk__party", "user").first()
        if number
        else None
    )
    if address is None:
        return UNKNOWN
    if replies.is_automatic(message):
        return AUTOMATIC
    sender = email_key(parseaddr(sender)[1])
    if not sender or _is_ours(sender):
        return LOOP
    now = clock.now()
    if not _may_answer(address, sender, now):
        return FOREIGN
    known = replies.digest(message, sender)
    if TalkMessage.objects.filter(mail_id=known).exists():
        return TWICE
    if _mails_lately(address, now) >= MOST_IN_AN_HOUR:
        return LOOP
    return _take(address, message, known, now)


def _is_ours(sender: str) -> bool:
    local, _at, domain = sender.rpartition("@")
    return domain == settings.MAIL_DOMAIN.lower() and local.split("+")[0] in {
        settings.MAIL_REPLIES,
        settings.MAIL_BOUNCES,
    }


def _may_answer(address: TalkAddress, sender: str, now: datetime) -> bool:
    """Staff by their login's address, as long as they have the right; the member by any address the register has of them now."""
    talk, user = address.talk, address.user
    if user is not None:
        if email_key(user.email) != sender or not user.is_active:
            return False
        return Scope.for_user(user, on=now.date()).can(ANSWER, talk.unit_id)
    points = ContactPoint.objects.on(now.date()).filter(
        party=talk.party_id, kind=ContactKind.EMAIL, key=sender
    )
    logins = User.objects.filter(party_login__party=talk.party_id, is_active=True, email=sender)
    return points.exists() or logins.exists()


def _mails_lately(address: TalkAddress, now: datetime) -> int:
    """Of staff in this talk, of a member in every talk they have."""
    rows = TalkMessage.objects.filter(by_email=True, at__gte=now - timedelta(hours=1))
    if address.user_id is None:
        return rows.filter(talk__party=address.talk.party_id).count()
    return rows.filter(talk=address.talk_id).count()


def _take(address: TalkAddress, message: EmailMessage, known: str, now: datetime) -> str:
    talk, user = address.talk, address.user
    kept, refused = _files(message)
    if user is None and sum(len(file.content) for file in kept) > talking.room(talk.party_id, now):
        kept, refused = [], [*(file.name for file in kept), *refused]
    text = replies.new_words(replies.text_of(message))
    if refused:
        language = (user.language if user else talk.party.language) or settings.LANGUAGE_CODE
        with translation.override(language):
            told = _("Left out of the mail: %(names)s") % {"names": ", ".join(refused)}
        text = f"{text}\n\n{told}"
    elif not text and not kept:
        return EMPTY
    said = {"text": text, "files": kept, "at": now, "by_email": True, "mail_id": known}
    try:
        if user is None:
            talking.write(actor=None, talk=talk, **said)  # type: ignore[arg-type]
        else:
            _answer(user, talk, said)
    except TalkError:
        return FOREIGN  # handed over in this very moment
    return TAKEN


def _answer(user: User, talk: Talk, said: dict[str, Any]) -> None:
    """A mail has been written already: whoever answers in the same moment does not take its place."""
    for _try in range(ANSWERS_AT_ONCE):
        last = TalkMessage.objects.filter(talk=talk).order_by("-pk").values_list("pk", flat=True).first()
        with suppress(Overtaken):
            talking.answer(actor=user, talk=talk, seen=last or 0, **said)
            return
    raise Busy


def _files(message: EmailMessage) -> tuple[list[Attached], list[str]]:
    """Files of the allowed kinds, as many as are allowed, and the names of the others."""
    kept: list[Attached] = []
    refused: list[str] = []
    for name, content in replies.files_of(message):
        try:
            file = attachments.checked(name, content)
        except FileError as error:
            refused.append(error.name)
            continue
        if len(kept) < attachments.MOST_FILES:
            kept.append(file)
        else:
            refused.append(file.name)
    return kept, refused
