"""A letter on paper, in the house's letter layout: one page or more for each recipient, the address in the window."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from communications.letters import blocks as parts
from communications.letters import fields
from communications.letters.blocks import Block
from communications.letters.languages import best
from communications.models import Delivery, LetterPicture, Mailing, MailingVersion, Survey
from communications.polls_in_letters import poll_block
from jasenpalvelu.common import paper, richtext
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.logo import Logo
from members.documents.letters import addresses_of, window
from members.documents.sender import foot, sender
from members.models import OrgUnit

TEMPLATE = "documents/letter.html"
_LINK = re.compile(r'<a href="(?P<address>[^"]*)"[^>]*>(?P<words>.*?)</a>')
_SCHEME = re.compile(r"^(?:mailto|tel):")


def pdf(mailing: Mailing, deliveries: Sequence[Delivery], on: date) -> bytes:
    """`deliveries` with their parties, each in its language or what stands for it. What has been sealed is what is printed."""
    rows = list(mailing.versions.order_by("pk"))
    versions = {row.language: row for row in ([row for row in rows if row.sha256] or rows)}
    pictures = _pictures(versions.values())
    addresses = addresses_of([row.party for row in deliveries if row.party])
    letters = [
        _letter(mailing.unit, version, row, addresses.get(row.party_id or 0), pictures, on)
        for row in deliveries
        if (version := best(versions, row.language)) is not None
    ]
    logo = sender(mailing.unit, "fi")["logo"]
    found = {f"asset:{key}": picture for key, picture in pictures.items()}
    sources = [paper.html(TEMPLATE, _values(mailing, letter, logo, on)) for letter in letters]
    return paper.write_together([paper.lay_out(one, logo, found) for one in sources], "".join(sources))


def _values(mailing: Mailing, letter: dict[str, Any], logo: Any, on: date) -> dict[str, Any]:
    """Of a document for one recipient, so that its pages are counted from one."""
    return {
        "lang": letter["lang"],
        "title": mailing.title,
        "author": mailing.unit.name_fi,
        "created": on.isoformat(),
        "body": "letter",
        "logo": logo,
        "letters": [letter],
    }


def _letter(
    unit: OrgUnit,
    version: MailingVersion,
    row: Delivery,
    address: Any,
    pictures: Mapping[UUID, Logo],
    on: date,
) -> dict[str, Any]:
    assert row.party is not None
    language, party, values = version.language, row.party, fields.told(row.vars)
    with translation.override(language):
        body = [_part(block, language, pictures, _asked(row, block, on)) for block in version.blocks]
        date_label, number_label, page = _("Date"), _("Member number"), _("Page")
    return {
        "lang": language,
        "title": fields.fill(fields.canonical(version.subject), values, html=False),
        "page": page,
        "sender": sender(unit, language),
        "foot": foot(unit, language, ""),
        "address": window(party, address),
        "facts": [(date_label, format_date(on)), (number_label, party.number)],
        "body": mark_safe(fields.fill("".join(body), values, html=True)),
    }


def _asked(row: Delivery, block: Block, on: date) -> Survey | None:
    """The poll of the block, when this recipient has been asked and may still answer."""
    if block["kind"] != "poll" or not row.vars.get("poll") or not block["poll"].isdigit():
        return None
    poll = Survey.objects.filter(pk=block["poll"]).first()
    return poll if poll is not None and poll.takes_answers(on) else None


def _part(
    block: Block, language: str, pictures: Mapping[UUID, Logo], poll: Survey | None = None
) -> SafeString:
    kind = block["kind"]
    if kind == "heading":
        return format_html("<h2>{}</h2>", fields.canonical(block["text"]))
    if kind == "text":
        return words(block["text"])
    if kind == "image":
        key = parts.image_key(block)
        if key is None or key not in pictures:
            return mark_safe("")
        caption = fields.canonical(block["caption"])
        return format_html(
            '<p class="picture"><img src="asset:{}" alt="{}"><br>{}</p>', key, block["alt"], caption
        )
    if kind == "button":
        return format_html("<p><strong>{}</strong>: {}</p>", fields.canonical(block["text"]), block["url"])
    if kind == "poll":
        return _poll(poll, language) if poll is not None else mark_safe("")
    if kind == "columns":
        return format_html("{}{}", _side(block, "left"), _side(block, "right"))
    return mark_safe("<hr>")


def words(text: str) -> SafeString:
    """On paper nothing can be pressed: the address of a link stands after its words."""
    return mark_safe(_LINK.sub(_with_address, richtext.draw(fields.canonical(text))))


def _with_address(found: re.Match[str]) -> str:
    address = _SCHEME.sub("", found["address"])
    return found[0] if address in found["words"] else f"{found[0]} ({address})"


def _side(block: Block, side: str) -> SafeString:
    heading, link = fields.canonical(block[f"{side}_heading"]), block[f"{side}_url"]
    told = format_html("<p>{}: {}</p>", fields.canonical(block[f"{side}_button"]), link) if link else ""
    return format_html(
        "{}{}{}", format_html("<h3>{}</h3>", heading) if heading else "", words(block[f"{side}_text"]), told
    )


def _poll(poll: Survey, language: str) -> SafeString:
    told = poll_block(poll, language)
    choices = format_html_join("", "<li>{}</li>", ((label,) for label, _value in told["options"]))
    until = _("Answer by %(day)s.") % {"day": told["until"]} if told["until"] else ""
    where = _("You can answer on your own pages in the member service.")
    return format_html(
        "<h3>{}</h3><ul>{}</ul><p>{}</p>",
        told["question"],
        choices,
        " ".join(filter(None, (where, told["grade"], until))),
    )


def _pictures(versions: Any) -> dict[UUID, Logo]:
    keys = {key for version in versions for key in parts.images(version.blocks)}
    found = {}
    for row in LetterPicture.objects.filter(key__in=keys).order_by("pk"):
        try:
            with row.file.open("rb") as file:
                found[row.key] = Logo(
                    file.read(), "image/png" if row.extension == "png" else "image/jpeg", wide=False
                )
        except OSError:  # the file is gone: the letter goes without it
            continue
    return found
