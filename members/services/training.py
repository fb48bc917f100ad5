"""Recording that somebody passed a training a post requires (REG-12)."""

from __future__ import annotations

from datetime import date

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.models import Mandate, Party, Training
from members.scope import Scope
from members.services.mandates import GRANT, MandateError


def record(
    *, scope: Scope, party: Party, passed_on: date, valid_to: date, note: str, actor: User, on: date
) -> Training:
    """Record it, by somebody who gives posts in a unit where the person holds one, never by the person. Raises MandateError:
    self, unit, period (it ends before it began), early (it has not been passed yet)."""
    if party.pk == scope.party_id:
        raise MandateError("self")
    if not Mandate.objects.visible_to(scope, GRANT).not_over(on).filter(party=party).exists():
        raise MandateError("unit")
    if passed_on > on:
        raise MandateError("early")
    if valid_to < passed_on:
        raise MandateError("period")
    with mutation(actor=actor, kind="training.record", summary=party.display_name):
        return Training.objects.create(
            party=party, valid_from=passed_on, valid_to=valid_to, recorded_by=actor, note=note
        )


def remove(*, scope: Scope, training: Training, actor: User, on: date) -> None:
    """Take a record entered by mistake away; the history keeps it. Raises MandateError: self, unit."""
    if training.party_id == scope.party_id:
        raise MandateError("self")
    if not Mandate.objects.visible_to(scope, GRANT).not_over(on).filter(party_id=training.party_id).exists():
        raise MandateError("unit")
    with mutation(actor=actor, kind="training.remove", summary=training.party.display_name):
        training.delete()
