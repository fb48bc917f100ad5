"""Deliveries are kept while somebody may ask about them; what was sent stays in the contact log, and a letter's figures with the letter."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from communications.models import Mailing
from communications.models.deliveries import UNDER_WAY
from communications.services.summing import keep_figures
from jasenpalvelu.audit.services import mutation

# A little over a year: last spring's letter can still be looked into when this spring's is written.
KEPT = timedelta(days=400)
CHUNK = 10_000


def forget(*, now: datetime) -> int:
    """Delete what was settled long ago; how many. A letter's figures are kept with it first."""
    before = now - KEPT
    old = Mailing.objects.filter(frozen_at__lt=before, deliveries__isnull=False).distinct()
    with mutation(actor=None, kind="letter.forget"):
        for mailing in old.order_by("pk"):
            mailing.summary = {**mailing.summary, "rows": keep_figures(mailing)}
            mailing.save(update_fields=["summary"])
    gone = 0
    while count := _chunk(before):
        gone += count
    return gone


def _chunk(before: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM communications_delivery WHERE id IN (
                SELECT d.id FROM communications_delivery d LEFT JOIN communications_mailing m ON m.id = d.mailing_id
                WHERE d.created_at < %s AND (m.id IS NULL OR m.frozen_at < %s) AND d.state <> ALL(%s)
                ORDER BY d.id LIMIT %s)
            """,
            [before, before, [int(state) for state in UNDER_WAY], CHUNK],
        )
        return int(cursor.rowcount)
