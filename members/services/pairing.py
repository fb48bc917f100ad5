"""Deciding about two parties that may be one, and asking somebody who sees both to do it (REG-10)."""

from __future__ import annotations

from datetime import datetime

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.models import DuplicatePair, OrgUnit


def decide_different(*, actor: User, pair: DuplicatePair, at: datetime) -> bool:
    """They are two: the pair is not asked about again. False when somebody had decided it already."""
    with mutation(actor=actor, kind="party.different", summary=f"{pair.one} – {pair.other}"):
        found = DuplicatePair.objects.select_for_update().waiting().filter(pk=pair.pk).first()
        if found is None:
            return False
        found.decided_at, found.decided_by = at, actor
        found.save(update_fields=["decided_at", "decided_by"])
    return True


def take_back_different(*, actor: User, pair: DuplicatePair) -> bool:
    """It was said by mistake that they are two: the pair waits again. False when it does so already."""
    with mutation(actor=actor, kind="party.different_undone", summary=f"{pair.one} – {pair.other}"):
        found = DuplicatePair.objects.select_for_update().filter(pk=pair.pk, decided_at__isnull=False).first()
        if found is None:
            return False
        found.decided_at = found.decided_by = None
        found.save(update_fields=["decided_at", "decided_by"])
    return True


def ask(*, actor: User, pair: DuplicatePair, unit: OrgUnit, at: datetime) -> bool:
    """Whoever sees one of the two asks those who see both to join them. False when it has been asked or decided.

    Nothing is told to the asker; the pair waits first in the list of those who see both.
    """
    with mutation(actor=actor, kind="party.join_asked", unit_id=unit.pk):
        found = DuplicatePair.objects.select_for_update().waiting().filter(pk=pair.pk, asked_at=None).first()
        if found is None:
            return False
        found.asked_at, found.asked_by, found.asked_for = at, actor, unit
        found.save(update_fields=["asked_at", "asked_by", "asked_for"])
    return True
