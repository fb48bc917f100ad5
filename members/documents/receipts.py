"""The receipt a member gets for a notice of resignation."""

from __future__ import annotations

from typing import Any

from jasenpalvelu.common import clock, paper
from jasenpalvelu.common.dates import format_date
from members.documents.sender import foot, sender
from members.documents.texts import RECEIPTS
from members.models import Resignation
from members.models.memberships import last_day_before

TEMPLATE = "documents/receipt.html"


def pdf(notice: Resignation, language: str) -> bytes:
    values = context(notice, language)
    return paper.pdf(TEMPLATE, values, values["sender"]["logo"])


def context(notice: Resignation, language: str) -> dict[str, Any]:
    language = language if language in RECEIPTS else "fi"
    words, membership = RECEIPTS[language], notice.membership
    party, unit = membership.party, membership.unit
    received = notice.received_at.astimezone(clock.HELSINKI)
    last = last_day_before(notice.effective_on, membership.started_on)
    kind = getattr(membership.type, f"name_{language}", "") or membership.type.name_fi
    paragraphs = [words.text]
    if notice.effective_on > notice.noticed_on:
        paragraphs.append(words.delayed)
    return {
        "lang": language,
        "title": words.title,
        "author": unit.name_in(language),
        "created": received.date().isoformat(),
        "body": "record",
        "page": words.page,
        "sender": sender(unit, language),
        "foot": foot(unit, language, ""),
        "facts": [
            (words.member, party.display_name),
            (words.member_number, party.number),
            (words.association, unit.name_in(language)),
            (words.type, kind),
            (words.received, f"{format_date(received.date())} {received:%H.%M}"),
            (words.last_day, format_date(last) if last else "–"),
        ],
        "paragraphs": [*paragraphs, words.withdraw],
        "law": words.law,
    }
