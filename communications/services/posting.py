"""One message to one person, put into the outbox with the act it tells of: sent once that is written, or not at all.

    post(template="members/email/mandate", email=…, language="fi", facts={…}, kind="members.mandate", unit_id=…)

The words are rendered at sending from the template and the facts; what is stored is small and no body. A template whose words
need more than facts can hold registers a loader, which reads it at sending:

    @loader("communications/email/talk_reply")
    def _reply(facts: dict, language: str) -> dict: ...
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import css_inline
from django.conf import settings
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string
from django.utils import translation

from communications.models import Delivery, Klass
from communications.models.deliveries import State
from communications.sending import lanes
from communications.sending.waking import wake_after_commit
from jasenpalvelu.common import clock
from jasenpalvelu.common.identifiers import normalise_email
from jasenpalvelu.common.queue import DatabaseClock

Facts = dict[str, Any]
Loader = Callable[[Facts, str], Mapping[str, Any] | None]

_loaders: dict[str, Loader] = {}


class Vanished(LookupError):
    """What the message was about is not there any more: nothing is sent."""


@dataclass(frozen=True)
class Rendered:
    """The words of one message."""

    subject: str
    text: str
    html: str


def loader(template: str) -> Callable[[Loader], Loader]:
    """Register what the template's words need beside the facts; None when the matter is gone."""

    def keep(function: Loader) -> Loader:
        _loaders[template] = function
        return function

    return keep


def post(
    *,
    template: str,
    email: str,
    language: str,
    facts: Facts,
    unit_id: int | None,
    kind: str,
    party_id: int | None = None,
    name: str = "",
    reply_to: str = "",
    reference: str = "",
    on_behalf: str = "",
    attachment: Mapping[str, Any] | None = None,
) -> Delivery:
    """Put one message into the outbox, in the caller's transaction.

    `on_behalf` is the name it comes from before the service's address. Raises ValueError for an address that is none.
    """
    key = normalise_email(email)
    if not lanes.is_address(key):
        raise ValueError("an e-mail address no mail server takes")
    now = clock.now()
    row = Delivery.objects.create(
        template=template,
        kind=kind,
        klass=Klass.TRANSACTIONAL,
        unit_id=unit_id,
        party_id=party_id,
        name=name[:200],
        address=email.strip(),
        address_key=key,
        language=language or settings.LANGUAGE_CODE,
        vars={**facts, "from": on_behalf} if on_behalf else facts,
        reply_to=reply_to,
        reference=reference,
        attachment=dict(attachment or {}),
        lane=lanes.lane_of(key),
        state=State.PLANNED,
        created_at=now,
        next_at=DatabaseClock(),
    )
    wake_after_commit()
    return row


def rendered(delivery: Delivery) -> Rendered:
    """The words of a single message as they are (or were) sent. Raises Vanished when the matter is gone."""
    return render(delivery.template, delivery.language, delivery.vars)


def render(template: str, language: str, facts: Facts) -> Rendered:
    """Raises Vanished when the matter is gone."""
    with translation.override(language):
        load = _loaders.get(template)
        loaded = load(facts, language) if load else {}
        if loaded is None:
            raise Vanished(template)
        context = {"home": settings.PUBLIC_URL + "/", "language": language, **facts, **loaded}
        subject = " ".join(render_to_string(f"{template}_subject.txt", context).split())
        text = render_to_string(f"{template}_message.txt", context).strip() + "\n"
        return Rendered(subject, text, _page(template, context, subject, text))


def _page(template: str, context: Facts, subject: str, text: str) -> str:
    """The page version: the template's own, else exactly what the text says, paragraph by paragraph."""
    try:
        return render_to_string(f"{template}_message.html", context)
    except TemplateDoesNotExist:
        told = {"subject": subject, "paragraphs": text.strip().split("\n\n"), "code": ""}
        return css_inline.inline(render_to_string("account/email/message.html", told))


def absolute(path: str) -> str:
    """The whole address of a page of the service, for a mail no request has made."""
    return settings.PUBLIC_URL + path
