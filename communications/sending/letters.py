"""What the sender needs of the letters being sent: their words split at the merge fields, read once and kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from django.conf import settings

from communications import links
from communications.letters import fields
from communications.letters.fields import clean
from communications.letters.languages import best
from communications.models import Mailing, MailingVersion, TopicClass
from communications.sending import building
from communications.sending.building import Envelope, Letter, Template
from communications.sending.claiming import Claimed
from communications.services.answering import token_for
from communications.services.posting import Rendered


class Letters:
    """The final words of letters, by letter and language. Not for more than one run: a letter's words never change, its sender's name may."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[dict[str, Letter], bool]] = {}

    def of(self, mailing: int, language: str) -> tuple[Letter, bool]:
        """The words in the language, else as `languages.best` says; and whether the letter can be refused."""
        if mailing not in self._kept:
            self._kept[mailing] = _read(mailing)
        versions, refusable = self._kept[mailing]
        found = best(versions, language)
        if found is None:
            raise LookupError(f"letter {mailing} has no final words")
        return found, refusable


def _read(pk: int) -> tuple[dict[str, Letter], bool]:
    mailing = Mailing.objects.select_related("unit__look", "topic").get(pk=pk)
    look = getattr(mailing.unit, "look", None)
    name = (look.from_name if look else "") or str(mailing.unit)
    address = settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].rstrip(">")
    list_id = f"{building.mailbox(name, f'{mailing.unit.slug}.{settings.MAIL_DOMAIN}')}"
    found = {
        version.language: Letter(
            subject=Template.of(version.subject),
            text=Template.of(version.text),
            html=Template.of(version.html),
            sender=building.mailbox(name, address),
            list_id=list_id if "<" in list_id else f"<{list_id}>",
            reply_to=mailing.reply_to or (look.reply_to if look else "") or mailing.unit.email,
        )
        for version in mailing.versions.exclude(sha256="")
    }
    return found, mailing.topic.klass != TopicClass.STATUTORY


def envelope(row: Claimed, letter: Letter, *, refusable: bool) -> Envelope:
    """One recipient's own: the merge values as they were at the freeze, and the links that are theirs."""
    kept = json.loads(row.vars)
    values, poll = fields.told(kept), _token(kept)
    return Envelope(
        message_id=links.message_id(row.id),
        to=row.address,
        to_name=row.name,
        values={**values, **_addresses(row.id, letter.fields, poll)},
        unsubscribe=unsubscribe_url(row.id) if refusable else "",
        reply_to=row.reply_to,
    )


def filled(version: MailingVersion, kept: Mapping[str, str]) -> Rendered:
    """The words of one recipient without the links of their own."""
    values = {code: clean(text) for code, text in fields.told(kept).items()}
    subject, text, html = (Template.of(part) for part in (version.subject, version.text, version.html))
    escaped = {code: escape(value) for code, value in values.items()}
    return Rendered(subject.fill(values), text.fill(values), html.fill(escaped))


def _addresses(delivery: int, used: frozenset[str], poll: str) -> Mapping[str, str]:
    """The links that stand in the letter; its poll is "poll_url", a choice of it "poll_url:2"."""
    found = {code: make(delivery) for code, make in _URLS.items() if code in used}
    for code in used:
        name, _colon, value = code.partition(":")
        if name == "poll_url":
            found[code] = settings.PUBLIC_URL + links.poll_path(poll, value)
    return found


def _token(kept: Mapping[str, Any]) -> str:
    """Of the poll of a letter, as the freeze wrote it; of a survey made here, from the invitation, so that it is stored nowhere."""
    asked = kept.get("asked")
    return token_for(*asked) if asked else str(kept.get("poll", ""))


def unsubscribe_url(delivery: int) -> str:
    return f"{settings.PUBLIC_URL}/kirjeet/peru/{links.token(links.UNSUBSCRIBE, delivery)}/"


_URLS: dict[str, Callable[[int], str]] = {
    "unsubscribe_url": unsubscribe_url,
    "preferences_url": lambda delivery: (
        f"{settings.PUBLIC_URL}/kirjeet/toiveet/{links.token(links.UNSUBSCRIBE, delivery)}/"
    ),
    "web_url": lambda delivery: f"{settings.PUBLIC_URL}/kirjeet/lue/{links.token(links.READ, delivery)}/",
}
