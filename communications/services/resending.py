"""A message that did not arrive for certain: sent again as it is, with the same Message-ID, or let be (COM-2)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from communications.models import Delivery
from communications.models.deliveries import Reason, State
from communications.sending.waking import wake
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation


def send_again(*, actor: User, delivery: Delivery, now: datetime) -> bool:
    """False when it has been done already, or cannot be done. A receiver that has it drops the copy by its id."""
    rows = Delivery.objects.filter(pk=delivery.pk, mailing=None, state__in=[State.UNCERTAIN, State.REJECTED])
    with mutation(actor=actor, kind="mail.again", summary=f"{delivery.pk}", unit_id=delivery.unit_id):
        done = rows.exclude(reason=Reason.NOT_RENDERED).update(
            state=State.PLANNED,
            reason="",
            code="",
            said="",
            attempts=0,
            created_at=now,
            next_at=now,
            done_at=None,
            worker=None,
            leased_until=None,
        )
        if done:
            transaction.on_commit(wake)
    return bool(done)


def let_be(*, actor: User, delivery: Delivery) -> bool:
    """It stays in doubt in all figures, and asks nobody any more."""
    rows = Delivery.objects.filter(pk=delivery.pk, state=State.UNCERTAIN).exclude(reason=Reason.LEFT)
    with mutation(actor=actor, kind="mail.let_be", summary=f"{delivery.pk}", unit_id=delivery.unit_id):
        return bool(rows.update(reason=Reason.LEFT))
