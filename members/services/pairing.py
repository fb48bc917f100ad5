"""Deciding about two parties that may be one (REG-10)."""

from __future__ import annotations

from datetime import datetime

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.models import DuplicatePair


def decide_different(*, actor: User, pair: DuplicatePair, at: datetime) -> bool:
    """They are two: the pair is not asked about again. False when somebody had decided it already."""
    with mutation(actor=actor, kind="party.different", summary=f"{pair.one} – {pair.other}"):
        found = DuplicatePair.objects.select_for_update().waiting().filter(pk=pair.pk).first()
        if found is None:
            return False
        found.decided_at, found.decided_by = at, actor
        found.save(update_fields=["decided_at", "decided_by"])
    return True
