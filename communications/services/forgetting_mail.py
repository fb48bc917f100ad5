"""Deliveries are kept while somebody may ask about them; what was sent stays in the contact log, and a letter's figures with the letter."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from communications.models import Delivery, Mailing, MailingState, Reason, State
from communications.models.deliveries import UNDER_WAY
from communications.services.summing import FORGOTTEN, keep_figures
from jasenpalvelu.audit.services import mutation

# A little over a year: last spring's letter can still be looked into when this spring's is written.
KEPT = timedelta(days=400)
# Who got a letter that is not listed, only as long as it may come back and its links to stop letters are used.
UNLISTED_KEPT = timedelta(days=60)
CHUNK = 10_000


def forget(*, now: datetime) -> int:
    """Delete what is older; how many. A letter's figures are kept with it first, once: what is left of it then is all of it."""
    before = now - KEPT
    kept = Exists(Delivery.objects.filter(mailing=OuterRef("pk")))
    over = (MailingState.DONE, MailingState.CANCELLED, MailingState.PAUSED)
    soon = Q(unlisted=True, finished_at__lt=now - UNLISTED_KEPT)
    old = Mailing.objects.filter(kept, Q(frozen_at__lt=before) | soon, state__in=over).exclude(
        summary__has_key=FORGOTTEN
    )
    for pk in old.order_by("pk").values_list("pk", flat=True):
        close(key=pk)
    gone = 0
    while count := _chunk(before):
        gone += count
    return gone


def close(*, key: int) -> None:
    """What of an old letter still waits — paper nobody has printed — is not sent any more, and its figures are final."""
    with mutation(actor=None, kind="letter.forget"):
        mailing = Mailing.objects.select_for_update(of=("self",)).get(pk=key)
        rows = Delivery.objects.filter(mailing=mailing, state__in=UNDER_WAY)
        rows.update(state=State.CANCELLED, reason=Reason.CANCELLED, worker=None, leased_until=None)
        mailing.summary = {**mailing.summary, "rows": keep_figures(mailing), FORGOTTEN: True}
        if mailing.state == MailingState.PAUSED:  # for a year: nobody means it to go on
            mailing.state = MailingState.CANCELLED
        mailing.save(update_fields=["summary", "state"])


def _chunk(before: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM communications_delivery WHERE id IN (
                SELECT d.id FROM communications_delivery d LEFT JOIN communications_mailing m ON m.id = d.mailing_id
                WHERE CASE WHEN m.id IS NULL THEN d.created_at < %s ELSE m.summary ? %s END AND d.state <> ALL(%s)
                ORDER BY d.id LIMIT %s)
            """,
            [before, FORGOTTEN, [int(state) for state in UNDER_WAY], CHUNK],
        )
        return int(cursor.rowcount)
