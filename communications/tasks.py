"""What beat and the doorbell call; thin. Everything they need to know stands in the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from celery import shared_task
from django.conf import settings
from django.core.cache import cache
from django.db import connection

from communications.sending import engine, recovering
from communications.sending.waking import wake
from communications.services import bouncing, collecting, releasing
from communications.sms import sending
from jasenpalvelu.common import clock

RUN_SECONDS = 20
TROUBLE, TROUBLE_SECONDS = "mail:trouble", 300


@shared_task(name="communications.send")
def send(**_: object) -> None:
    """Send for a while; ring again when there is more. So many senders at once, over all machines, and no more."""
    with _place() as free:
        if not free:
            return
        done = engine.run(seconds=RUN_SECONDS)
    if done.trouble:
        cache.set(TROUBLE, done.trouble, TROUBLE_SECONDS)
    elif done.counts:
        cache.delete(TROUBLE)
    if done.out_of_time:
        wake()


@shared_task(name="communications.advance")
def advance(**_: object) -> None:
    """What time brings to letters, what dead senders left, and a ring for whatever is due."""
    releasing.advance(now=clock.now())
    recovering.recover()
    wake()


@shared_task(name="communications.collect")
def collect(**_: object) -> None:
    """Bounces, complaints and answers that wait in the Maildir, where the mail server has no pipe."""
    collecting.collect()


@shared_task(name="communications.text_messages")
def send_text_messages(**_: object) -> None:
    """Text messages that are due, for a while; ring again when there are more."""
    if sending.send_for(RUN_SECONDS):
        wake("communications.text_messages")


@shared_task(name="communications.addresses")
def follow_addresses(**_: object) -> None:
    """Stopped addresses that somebody has entered anew."""
    bouncing.let_entered_again()


@contextmanager
def _place() -> Iterator[bool]:
    """One of the places for senders, held by the session: whoever dies gives it back."""
    with connection.cursor() as cursor:
        taken = None
        for number in range(settings.MAIL_SENDERS):
            key = f"communications.sender.{number}"
            cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [key])
            if cursor.fetchone()[0]:
                taken = key
                break
        try:
            yield taken is not None
        finally:
            if taken is not None:
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [taken])
