"""A test of a letter: to the writer and others with a post, with the words as they are when it is sent, marked as a test."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.conf import settings

from communications import letters_reading as reading
from communications.letters import fields, paper
from communications.letters.looks import look_of
from communications.letters.rendering import render
from communications.models import Delivery, MailingVersion
from communications.permissions import SEND
from communications.services.posting import Facts, loader
from jasenpalvelu.accounts.models import User
from jasenpalvelu.common import clock
from members.models import Mandate, Party
from members.scope import Scope

TEMPLATE = "communications/email/letter_test"
LINKS = ("unsubscribe_url", "preferences_url", "web_url")


@loader(TEMPLATE)
def _words(facts: Facts, language: str) -> Mapping[str, Any] | None:
    version = (
        MailingVersion.objects.select_related("mailing__unit", "mailing__topic")
        .filter(pk=facts["version"])
        .first()
    )
    if version is None:
        return None
    rendered = render(version, look_of(version.mailing.unit))
    values = sample(version, facts.get("party"), clock.today())
    return {
        "subject": fields.fill(rendered.subject, values, html=False),
        "text": fields.fill(rendered.text, values, html=False),
        "html": fields.fill(rendered.html, values, html=True),
    }


def sample(version: MailingVersion, party_id: int | None, on: date) -> dict[str, str]:
    """A recipient's words, or those of nobody in particular; the links lead to the front page: nobody's choices hang on a test."""
    home = settings.PUBLIC_URL + "/"
    values = {field.code: field.sample for field in fields.FIELDS} | {
        "association": version.mailing.unit.name_in(version.language)
    }
    if party_id:
        values = reading.values_of(version.mailing, party_id, version.language, on)
    polls = {f"poll_url:{n}": home for n in range(1, 40)}
    return values | dict.fromkeys(LINKS, home) | polls


def sheet(version: MailingVersion, party: Party, on: date) -> bytes:
    """The letter on paper as one recipient would get it, as a file."""
    values = sample(version, party.pk, on) | {"poll": "1"}
    row = Delivery(mailing=version.mailing, party=party, language=version.language, vars=values)
    return paper.pdf(version.mailing, [row], on)


def allowed_addresses(scope: Scope, user: User, on: date) -> frozenset[str]:
    """One's own address, and those of people with a post in the units one sends letters of."""
    rows = Mandate.objects.in_force(on).filter(
        unit__in=sorted(scope.unit_ids(SEND)), party__logins__isnull=False
    )
    found = rows.order_by().values_list("party__logins__user__email", flat=True).distinct()
    return frozenset(email.casefold() for email in (user.email, *found) if email)
