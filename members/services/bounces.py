"""Mail to an address has come back for good, or is tried again: told to every member who has the address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db.models import QuerySet

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.models import ContactPoint
from members.models.parties import ContactKind


def hold(*, keys: Sequence[str]) -> None:
    """Hold the rows of the addresses, before what is known of the addresses themselves."""
    list(_rows(keys).select_for_update().order_by("pk").values_list("pk", flat=True))


def mark_bounced(*, keys: Sequence[str], on: date) -> int:
    """The addresses do not work: shown on the members' pages, in the quality of the data, and no key to a login any more."""
    with mutation(actor=None, kind="party.bounced"):
        return _rows(keys).filter(bounced_on=None).update(bounced_on=on)


def clear_bounced(*, actor: User | None, keys: Sequence[str]) -> int:
    """They may work again."""
    with mutation(actor=actor, kind="party.bounce_cleared"):
        return _rows(keys).filter(bounced_on__isnull=False).update(bounced_on=None)


def _rows(keys: Sequence[str]) -> QuerySet[ContactPoint]:
    return ContactPoint.objects.filter(kind=ContactKind.EMAIL, key__in=keys, valid_to=None)
