"""Single messages: each about a matter of somebody's own, rendered from its template, marked, sent, settled with its log entry."""

from __future__ import annotations

import contextlib
from collections import Counter
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import translation

from communications import links
from communications.events import MessageRefused
from communications.models import Delivery
from communications.models.deliveries import Reason, State
from communications.sending import attaching, building, claiming
from communications.sending.backends import Connection
from communications.sending.building import Envelope, Letter, Template
from communications.sending.outcomes import Settled, settled
from communications.sending.smtp import Unreachable
from communications.services import refusing
from communications.services.logging_contacts import log_contact
from communications.services.posting import Rendered, Vanished, rendered
from jasenpalvelu.common import clock
from jasenpalvelu.common.events import publish

log = structlog.get_logger(__name__)

BATCH = 10


def send_due(out: Connection, *, worker: UUID, limit: int) -> Counter[str]:
    """Send up to `limit` of those due; how many ended in which state. Raises Unreachable, with all given back."""
    with connection.cursor() as cursor:
        claimed = [row.id for row in claiming.claim_single(cursor, worker=worker, limit=limit)]
    counts: Counter[str] = Counter()
    waiting = list(reversed(claimed))
    try:
        while waiting:
            state = _send(out, waiting[-1], worker)
            waiting.pop()
            counts[state.name.lower()] += 1
    finally:
        if waiting:
            with connection.cursor() as cursor:
                claiming.give_back(cursor, waiting, worker=worker)
    return counts


def _send(out: Connection, pk: int, worker: UUID) -> State:
    row = Delivery.objects.select_related("unit").get(pk=pk)
    try:
        content = _content(row)
    except (Vanished, attaching.Missing):
        return _settle(row, worker, Settled(State.CANCELLED, Reason.CANCELLED))
    except Exception:  # a template that cannot be rendered stops its own message and no other
        log.exception("mail.not_rendered", delivery=pk)
        return _settle(row, worker, Settled(State.REJECTED, Reason.NOT_RENDERED))
    if not claiming.mark_single(key=pk, worker=worker):
        return State.CLAIMED  # the lease was lost: another sender has it now
    try:
        result = out.send(links.bounce_address(pk), row.address_key, content)
    except Unreachable:
        Delivery.objects.filter(pk=pk, worker=worker).update(state=State.CLAIMED)
        raise
    age = (clock.now() - row.created_at).total_seconds()
    found = settled(result, klass=row.klass, attempts=row.attempts, age=age)
    state = _settle(row, worker, found)
    if state == State.REJECTED:
        refusing.note([(row.address_key, found.code, found.said)])
    elif state == State.ACCEPTED:
        refusing.note_taken([row.address_key])
    return state


def _settle(row: Delivery, worker: UUID, found: Settled) -> State:
    """The state and the entry in the contact log together."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            told = (row.pk, int(found.state), found.reason, found.code, found.said, found.wait)
            if not claiming.settle(cursor, told, worker=worker):
                return State.CLAIMED
        if found.state == State.REJECTED:
            publish(MessageRefused(row.kind, row.reference, row.address_key, found.code))
        if found.state == State.ACCEPTED and row.party_id:
            log_contact(
                party_id=row.party_id,
                unit_id=row.unit_id,
                channel="email",
                direction="out",
                kind=row.kind,
                summary=_subject(row),
                reference=row.reference,
            )
    return found.state


def _subject(row: Delivery) -> str:
    with contextlib.suppress(Vanished):
        return rendered(row).subject
    return ""


def _content(row: Delivery) -> bytes:
    words = rendered(row)
    address = settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].rstrip(">")
    with translation.override(row.language):
        name = str(row.vars.get("from") or row.unit or settings.MAIL_NAME)
    envelope = Envelope(
        message_id=links.message_id(row.pk),
        to=row.address_key,
        to_name=row.name,
        reply_to=row.reply_to,
        automatic=True,
    )
    letter = plain_letter(words, building.mailbox(name, address))
    return building.message(letter, envelope, row.created_at, attaching.attachments(row.attachment))


def plain_letter(words: Rendered, sender: str) -> Letter:
    """Words without merge fields: what looks like one is what somebody wrote."""
    parts = (words.subject, words.text, words.html)
    subject, text, html = (Template((part,), frozenset()) for part in parts)
    return Letter(subject, text, html, sender)
