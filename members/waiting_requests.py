"""What waits in data protection: requests about one's data, those that are late first."""

from __future__ import annotations

from django.db.models import Min, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.parts import QueueItem
from members.models import DataRequest
from members.personal.rights import HANDLE
from members.waiting import Asked, Source, address


def _overdue(asked: Asked) -> QuerySet[DataRequest]:
    return DataRequest.objects.visible_to(asked.scope).overdue(asked.on)


def _overdue_item(asked: Asked, count: int) -> QueueItem:
    return QueueItem(
        count,
        ngettext("late answer about somebody's data", "late answers about people's data", count),
        _("The law gives a month. Answer now, and tell why it took longer."),
        _("Answer the requests"),
        address("office:privacy"),
    )


def _open(asked: Asked) -> QuerySet[DataRequest]:
    return DataRequest.objects.visible_to(asked.scope).waiting().filter(due_on__gte=asked.on)


def _open_item(asked: Asked, count: int) -> QueueItem:
    first = _open(asked).aggregate(first=Min("due_on"))["first"]
    return QueueItem(
        count,
        ngettext("request about somebody's own data", "requests about people's own data", count),
        _("The first must be answered by %(day)s.") % {"day": format_date(first)},
        _("Answer the requests"),
        address("office:privacy"),
    )


OVERDUE = Source("requests_overdue", HANDLE, _overdue, _overdue_item)
OPEN = Source("requests", HANDLE, _open, _open_item)
