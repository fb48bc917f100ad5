"""The mails of conversations: the answer to the member, and word to those who answer. Both can be answered by mail (COM-4).

The text is read from the message when the mail is rendered; the outbox keeps only its key. Staff are told that something waits and from
whom, not what: their mailboxes are outside the service's rights.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.urls import reverse

from communications import links, replies, talk_desks
from communications.models import Talk, TalkAddress, TalkFile, TalkMessage
from communications.sending import lanes
from communications.services.posting import absolute, loader, post
from jasenpalvelu.accounts.models import User
from jasenpalvelu.common.identifiers import email_key

REPLY = "communications/email/talk_reply"
ASKED = "communications/email/talk_asked"
MOVED = "communications/email/talk_moved"
PURPOSE = "talk"
MOST_TOLD = 20


def reply_address(*, talk: Talk, user: User | None) -> str:
    """Where an answer by mail goes: of the member (no user) or of one staff person. Made once, it stays the same."""
    row, _made = TalkAddress.objects.get_or_create(talk=talk, user=user)
    return f"{settings.MAIL_REPLIES}+{links.token(PURPOSE, row.pk)}@{settings.MAIL_DOMAIN}"


def tell_member(*, talk: Talk, message: TalkMessage, on: date) -> bool:
    """The answer by e-mail; False when the member has no address."""
    return _to_member(talk, REPLY, "talks.reply", {"message": message.pk}, on)


def tell_moved(*, talk: Talk, message: TalkMessage, on: date) -> bool:
    """Who reads the conversation from now on."""
    return _to_member(talk, MOVED, "talks.moved", {"message": message.pk}, on)


def _to_member(talk: Talk, template: str, kind: str, facts: dict[str, Any], on: date) -> bool:
    email = talk_desks.email_of(talk.party, on)
    if not _usable(email):
        return False
    post(
        template=template,
        email=email,
        language=talk.party.language,
        facts=facts,
        unit_id=talk.unit_id,
        party_id=talk.party_id,
        name=talk.party.display_name,
        kind=kind,
        reply_to=reply_address(talk=talk, user=None),
        reference=f"talk:{talk.pk}",
        on_behalf=talk.unit.name_in(talk.party.language),
    )
    return True


def tell_staff(*, talk: Talk, message: TalkMessage, on: date) -> int:
    """Who answers the talk, or everybody with a post in the unit while nobody has taken it; how many."""
    able = {user.pk: user for user in talk_desks.answerers(talk.unit_id, on)}
    mine = able.get(talk.assignee_id) if talk.assignee_id else None
    told = [mine] if mine else talk_desks.own_answerers(talk.unit_id, on)[:MOST_TOLD]
    told = [user for user in told if _usable(user.email)]
    for user in told:
        post(
            template=ASKED,
            email=user.email,
            language=user.language or settings.LANGUAGE_CODE,
            facts={"talk": talk.pk},
            unit_id=talk.unit_id,
            name=user.full_name,
            kind="talks.asked",
            reply_to=reply_address(talk=talk, user=user),
            reference=f"talk:{talk.pk}",
        )
    return len(told)


def _usable(email: str) -> bool:
    return lanes.is_address(email_key(email))


# --- the words, at sending --------------------------------------------------------------------------------------------
@loader(REPLY)
def _reply(facts: dict[str, Any], language: str) -> dict[str, Any] | None:
    message = TalkMessage.objects.filter(pk=facts["message"]).select_related("talk__unit").first()
    if message is None:
        return None
    return {
        "subject": message.talk.subject,
        "text": message.text,
        "author": message.author_name,
        "unit": message.unit.name_in(language),
        "files": list(TalkFile.objects.filter(message=message).order_by("pk").values_list("name", flat=True)),
        "mark": replies.MARK,
        "url": absolute(reverse("portal:talk", args=[message.talk_id])),
    }


@loader(MOVED)
def _moved(facts: dict[str, Any], language: str) -> dict[str, Any] | None:
    message = (
        TalkMessage.objects.filter(pk=facts["message"]).select_related("talk", "unit", "from_unit").first()
    )
    if message is None or message.from_unit is None:
        return None
    return {
        "subject": message.talk.subject,
        "text": message.text,
        "unit": message.unit.name_in(language),
        "from_unit": message.from_unit.name_in(language),
        "mark": replies.MARK,
        "url": absolute(reverse("portal:talk", args=[message.talk_id])),
    }


@loader(ASKED)
def _asked(facts: dict[str, Any], language: str) -> dict[str, Any] | None:
    talk = Talk.objects.filter(pk=facts["talk"]).select_related("party", "unit").first()
    if talk is None:
        return None
    return {
        "who": talk.party.display_name,
        "subject": talk.subject,
        "unit": talk.unit.name_in(language),
        "due": talk.due_at,
        "mark": replies.MARK,
        "url": absolute(reverse("office:talk", args=[talk.pk])),
    }
