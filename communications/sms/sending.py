"""Sending text messages: claim, mark, send, settle, as mail is sent (ADR 0024). One message is in doubt at most when a worker is killed.

Nothing leaves in a name that is not authorised just now, nor to whom has refused the topic since the message was written.
"""

# ruff: noqa: S608 -- numbers of our own
from __future__ import annotations

from collections import Counter
from time import monotonic
from uuid import UUID, uuid4

from django.db import connection, transaction

from communications import links, wishes
from communications.models import Channel, Delivery, Klass, Mailing, MailingVersion, SmsSender, SmsState
from communications.models.deliveries import Reason, State
from communications.sending import claiming
from communications.sending.outcomes import settled
from communications.sending.smtp import Outcome, Result
from communications.services.logging_contacts import log_contact
from communications.sms.backends import Backend, TextMessage, connect, is_there
from jasenpalvelu.common import clock

PURPOSE = "sms"
HELD = "held"
_UNWANTED = wishes.refused_sql(
    party="d.party_id",
    topic="(SELECT m.topic_id FROM communications_mailing m WHERE m.id = d.mailing_id)",
    channel=Channel.SMS,
)
_CLAIM = f"""
    WITH turn AS (
        SELECT d.id FROM communications_delivery d JOIN communications_mailing m ON m.id = d.mailing_id
        WHERE d.channel = {Channel.SMS} AND d.state IN ({State.PLANNED}, {State.DEFERRED}) AND d.next_at <= clock_timestamp()
          AND m.state = 'sending'
        ORDER BY d.next_at, d.id LIMIT %(limit)s FOR UPDATE OF d SKIP LOCKED
    ), checked AS (
        SELECT d.id, CASE WHEN d.klass >= {Klass.MEMBER} AND {_UNWANTED} THEN '{Reason.REFUSED}' ELSE '' END AS reason
        FROM communications_delivery d JOIN turn ON turn.id = d.id
    )
    UPDATE communications_delivery d SET
        state = CASE WHEN c.reason = '' THEN {State.CLAIMED} ELSE {State.SUPPRESSED} END, reason = c.reason,
        attempts = d.attempts + 1, done_at = CASE WHEN c.reason = '' THEN NULL ELSE clock_timestamp() END,
        leased_until = clock_timestamp() + interval '{claiming.LEASE}', worker = %(worker)s
    FROM checked c WHERE d.id = c.id
    RETURNING d.id, d.state
"""


def send_for(seconds: float) -> bool:
    """Send what is due for so long; whether there is more. The gateway's answers set the pace, some ten a second."""
    until = monotonic() + seconds
    while monotonic() < until:
        counts = send_due()
        if not counts or counts[HELD]:
            return False
    return True


def send_due(limit: int = 50, *, out: Backend | None = None) -> Counter[str]:
    """Send up to so many of those due; how many ended in which state, HELD when the gateway takes nothing: the rest is given back.

    Few at a time, so that what was claimed is sent before somebody else may take it.
    """
    if out is None and not is_there():
        return Counter()
    worker = uuid4()
    claimed = _claim(worker, limit)
    counts: Counter[str] = Counter()
    if not claimed:
        return counts
    way, words = out or connect(), _Words()
    for n, pk in enumerate(claimed):
        state, refused = _send(pk, worker, way, words)
        counts[state.name.lower()] += 1
        if refused:
            counts[HELD] += 1
            with connection.cursor() as cursor:
                claiming.give_back(cursor, claimed[n + 1 :], worker=worker)
            break
    return counts


def _claim(worker: UUID, limit: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"worker": str(worker), "limit": limit})
        return sorted(pk for pk, state in cursor.fetchall() if state == State.CLAIMED)


class _Words:
    """The text and the sender's name of each mailing, read once."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[str, str]] = {}

    def of(self, mailing: Mailing) -> tuple[str, str]:
        """("", text) when the name may not be used."""
        if mailing.pk not in self._kept:
            sender = SmsSender.objects.filter(
                pk=mailing.audience.get("sender"), unit=mailing.unit_id, state=SmsState.AUTHORISED
            ).first()
            version = MailingVersion.objects.filter(mailing=mailing).order_by("language").first()
            self._kept[mailing.pk] = (sender.text if sender else "", version.text if version else "")
        return self._kept[mailing.pk]


def _send(pk: int, worker: UUID, out: Backend, words: _Words) -> tuple[State, bool]:
    """The state it ended in, and whether the gateway takes nothing just now."""
    row = Delivery.objects.select_related("mailing").get(pk=pk)
    assert row.mailing is not None
    sender, text = words.of(row.mailing)
    if not sender:
        Delivery.objects.filter(pk=pk, worker=worker).update(
            state=State.CANCELLED,
            reason=Reason.CANCELLED,
            worker=None,
            leased_until=None,
            done_at=clock.now(),
        )
        return State.CANCELLED, False
    if not _mark(pk, worker):
        return State.CLAIMED, False  # the lease has been lost: somebody else sends it
    (result,) = out.send([TextMessage(links.token(PURPOSE, pk), sender, row.address, text)])
    return _settle(row, worker, result, text), result.outcome is Outcome.REFUSED


def _mark(pk: int, worker: UUID) -> bool:
    """Durably, before the first byte leaves."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE communications_delivery SET state = {State.ATTEMPTING},"
            f" leased_until = clock_timestamp() + interval '{claiming.LEASE}' WHERE id = %s AND worker = %s",
            [pk, str(worker)],
        )
        return bool(cursor.rowcount)


def _settle(row: Delivery, worker: UUID, result: Result, text: str) -> State:
    age = (clock.now() - row.created_at).total_seconds()
    found = settled(result, klass=row.klass, attempts=row.attempts, age=age)
    with transaction.atomic():
        with connection.cursor() as cursor:
            told = (row.pk, int(found.state), found.reason, found.code, found.said, found.wait)
            if not claiming.settle(cursor, told, worker=worker):
                return State.CLAIMED
        if found.state == State.ACCEPTED and row.party_id:
            log_contact(
                party_id=row.party_id,
                unit_id=row.unit_id,
                channel="sms",
                direction="out",
                kind=row.kind,
                summary=text,
                reference=row.reference,
            )
    return found.state
