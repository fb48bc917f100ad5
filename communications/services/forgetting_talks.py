"""Conversations that nobody has written to for as long as what was said is kept (`communications.keeping`) are forgotten, with their files."""

from __future__ import annotations

from datetime import datetime

from communications.keeping import SAID, kept_since
from communications.models import Talk, TalkState
from communications.models.talks import TalkQuerySet
from communications.services import partitions
from jasenpalvelu.audit.services import mutation

CHUNK = 500


def forget(*, now: datetime) -> int:
    """How many. Nothing of somebody with a mark in force goes, and one that still waits for an answer is kept, however old: somebody waits."""
    gone, kept = 0, partitions.marked(now.date())
    while pks := list(_old(now).exclude(party__in=kept).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        with mutation(actor=None, kind="talk.forget"):
            Talk.objects.filter(pk__in=pks).delete()
        gone += len(pks)
    return gone


def _old(now: datetime) -> TalkQuerySet:
    return Talk.objects.filter(changed_at__lt=kept_since(SAID, now)).exclude(state=TalkState.OPEN)
