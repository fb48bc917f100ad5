"""What waits in the register for a decision on whether two entries are one member."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jasenpalvelu.common.parts import QueueItem
from members.models import DuplicatePair
from members.waiting import Asked, Source, address


def _asked(asked: Asked) -> QuerySet[DuplicatePair]:
    return DuplicatePair.objects.visible_to(asked.scope).waiting().filter(asked_at__isnull=False)


def _asked_item(asked: Asked, count: int) -> QueueItem:
    return QueueItem(
        count,
        ngettext("request to join two entries", "requests to join two entries", count),
        _(
            "An association asks whether its member stands in the register twice. Only those who see both can tell."
        ),
        _("Answer the requests"),
        address("office:pairs"),
    )


def _found(asked: Asked) -> QuerySet[DuplicatePair]:
    return DuplicatePair.objects.visible_to(asked.scope).waiting().filter(asked_at=None)


def _found_item(asked: Asked, count: int) -> QueueItem:
    return QueueItem(
        count,
        ngettext("pair that may be the same member", "pairs that may be the same member", count),
        _("A member who stands in the register twice gets two invoices."),
        _("Look at the pairs"),
        address("office:pairs"),
    )


ASKED = Source("pairs_asked", "members.edit", _asked, _asked_item, classes="BC")
FOUND = Source("pairs", "members.edit", _found, _found_item, classes="BC", heavy=True)
