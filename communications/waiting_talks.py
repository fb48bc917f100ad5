"""What waits in conversations: those past the promised time, and the others that wait for an answer (COM-4)."""

from __future__ import annotations

from django.db.models import Min, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from communications.models import Talk
from communications.models.talks import ANSWER
from communications.talk_words import moment
from jasenpalvelu.common import clock
from jasenpalvelu.common.parts import QueueItem
from members.waiting import Asked, Source, address


def _rows(asked: Asked) -> QuerySet[Talk]:
    """One's own, and of the units one works in those nobody has taken. What a colleague has taken waits for the colleague, and what
    an association below has not answered is its own queue's matter: above it is seen in the list."""
    mine = [post.unit.pk for post in asked.scope.posts]
    rows = Talk.objects.answered_by(asked.scope).waiting()
    return rows.filter(Q(assignee=asked.scope.user) | Q(assignee=None, unit__in=mine))


def _late(asked: Asked) -> QuerySet[Talk]:
    return _rows(asked).filter(due_at__lt=clock.now())


def _late_item(asked: Asked, count: int) -> QueueItem:
    return QueueItem(
        count,
        ngettext("question past the promised time", "questions past the promised time", count),
        _("A member waits longer than you have promised."),
        _("Answer the questions"),
        address("office:talks"),
    )


def _open(asked: Asked) -> QuerySet[Talk]:
    return _rows(asked).filter(due_at__gte=clock.now())


def _open_item(asked: Asked, count: int) -> QueueItem:
    first = _open(asked).aggregate(first=Min("due_at"))["first"]
    return QueueItem(
        count,
        ngettext("question of a member", "questions of members", count),
        _("The first is to be answered by %(time)s.") % {"time": moment(first)} if first else "",
        _("Answer the questions"),
        address("office:talks"),
    )


LATE = Source("talks_late", ANSWER, _late, _late_item)
OPEN = Source("talks", ANSWER, _open, _open_item)
