"""A version of a letter with its pictures and polls, as subject, HTML and text in which merge fields still stand.

rendered = render(version, look_of(mailing.unit))
fill(rendered.html, delivery.vars | addresses, html=True)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from communications.letters import addresses, blocks, drawing, plain
from communications.letters.blocks import Block
from communications.letters.drawing import Letter, Picture, PollPart, ResolvedLook
from communications.letters.fields import fill
from communications.models import LetterPicture, Mailing, MailingVersion, Survey
from communications.polls_in_letters import poll_block


@dataclass(frozen=True)
class Rendered:
    """`html` and `text` hold {{code|fallback}} and the addresses {{unsubscribe_url}}, {{preferences_url}}, {{web_url}} and
    {{poll_url:n}}; `fields.fill` puts values in their places, escaped where it is HTML."""

    subject: str
    html: str
    text: str


def render(version: MailingVersion, look: ResolvedLook) -> Rendered:
    return rendered(letter_of(version, look))


def rendered(letter: Letter) -> Rendered:
    return Rendered(drawing.subject(letter), drawing.html(letter), plain.text(letter))


def letter_of(version: MailingVersion, look: ResolvedLook) -> Letter:
    parts = [blocks.whole(block) for block in version.blocks if block.get("kind") in blocks.KINDS]
    return Letter(
        language=version.language,
        subject=version.subject,
        preheader=version.preheader,
        blocks=parts,
        look=look,
        pictures=pictures_of(parts),
        polls=polls_of(parts, version.language, whole=version.mailing.survey_id is not None),
        refusable=version.mailing.topic.can_be_refused,
    )


def pictures_of(parts: Iterable[Block]) -> dict[UUID, Picture]:
    keys = blocks.images(parts)
    rows = LetterPicture.objects.filter(key__in=keys) if keys else ()
    return {
        row.key: Picture(addresses.picture_url(row.key, row.extension), row.width, row.height) for row in rows
    }


def polls_of(parts: Iterable[Block], language: str, *, whole: bool = False) -> dict[int, PollPart]:
    """`whole`: the letter asks people to a survey, so that its page is opened and no choice of its first question."""
    keys = blocks.polls(parts)
    polls = Survey.objects.filter(pk__in=keys) if keys else ()
    with translation.override(language):
        return {poll.pk: _part(poll_block(poll, language), whole=whole) for poll in polls}


def _part(told: dict[str, Any], *, whole: bool) -> PollPart:
    choices = tuple((label, f"{{{{poll_url:{value}}}}}") for label, value in told["options"])
    until = _("Answer by %(day)s.") % {"day": told["until"]} if told["until"] else ""
    note = " ".join(filter(None, (str(told["grade"]), until)))
    if whole:
        return PollPart("", ((_("Answer the survey"), "{{poll_url}}"),), note)
    return PollPart(told["question"], choices, note)


def poll_of(mailing: Mailing) -> int | None:
    """The poll of the letter, the same in every language: what its {{poll_url:n}} are about."""
    found = [pk for row in mailing.versions.order_by("pk") for pk in blocks.polls(row.blocks)]
    return found[0] if found else None


__all__ = ["Rendered", "fill", "letter_of", "poll_of", "render", "rendered"]
