"""What waits of changes of the organisation: a plan whose day has come and that something hinders, work that stopped."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jasenpalvelu.common.parts import QueueItem
from members.models import OrgChange
from members.models.reorganising import CAPABILITY, ChangeState
from members.waiting import Asked, Source, address


def _changes(asked: Asked) -> QuerySet[OrgChange]:
    due = Q(state=ChangeState.PLANNED, effective_on__lte=asked.on)
    return OrgChange.objects.visible_to(asked.scope).filter(due | Q(state=ChangeState.FAILED))


def _item(asked: Asked, count: int) -> QueueItem:
    return QueueItem(
        count,
        ngettext("change of the organisation waits", "changes of the organisation wait", count),
        _("Its day has come, and something is in the way. See what, and let it begin."),
        _("See the changes"),
        address("office:unit_changes"),
    )


CHANGES = Source("unit_changes", CAPABILITY, _changes, _item)
