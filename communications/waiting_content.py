"""What waits in contents: materials whose last day is near, proposals of partners."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from communications.models import Material, PartnerProposal
from communications.permissions import CONTENT
from jasenpalvelu.common.parts import QueueItem
from members.waiting import Asked, Source, address


def _ending(asked: Asked) -> QuerySet[Material]:
    """One's own, and those that have no owner any more."""
    mine = Q(owner=asked.scope.user) | Q(owner__isnull=True) | Q(owner__is_active=False)
    return Material.objects.visible_to(asked.scope).expiring(asked.on).filter(mine)


def _ending_item(asked: Asked, count: int) -> QueueItem:
    return QueueItem(
        count,
        ngettext("material of yours is going out of date", "materials of yours are going out of date", count),
        _("Check the contents and give them a new last day, add a new version, or remove them."),
        _("Open the materials"),
        address("office:materials", "tila=vanhenevat"),
    )


ENDING = Source("materials_ending", CONTENT, _ending, _ending_item)


def _proposed(asked: Asked) -> QuerySet[PartnerProposal]:
    return PartnerProposal.objects.visible_to(asked.scope).waiting()


def _proposed_item(asked: Asked, count: int) -> QueueItem:
    return QueueItem(
        count,
        ngettext("proposal of a partner", "proposals of partners", count),
        _("What a partner proposes of its benefits is not shown before you accept it."),
        _("Look at the proposals"),
        address("office:benefit_proposals"),
    )


PROPOSED = Source("benefit_proposals", CONTENT, _proposed, _proposed_item)
