"""What waits in letters: those that a second person approves, and one's own that were given back before they left."""

from __future__ import annotations

from django.db.models import Min, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from communications.models import Mailing, MailingState
from communications.permissions import APPROVE, SEND
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.parts import QueueItem
from members.waiting import Asked, Source, address


def _to_approve(asked: Asked) -> QuerySet[Mailing]:
    """Not one's own: another person approves."""
    me = getattr(asked.scope.user, "pk", None)
    rows = Mailing.objects.visible_to(asked.scope, APPROVE).filter(state=MailingState.WAITING)
    return rows.exclude(sender=me).exclude(created_by=me)


def _to_approve_item(asked: Asked, count: int) -> QueueItem:
    first = _to_approve(asked).aggregate(first=Min("scheduled_at"))["first"]
    why = _("It goes to many, so a second person looks at it.")
    if first is not None:
        why = _("The first is to leave on %(day)s.") % {"day": format_date(first.date())}
    return QueueItem(
        count,
        ngettext("letter to approve", "letters to approve", count),
        why,
        _("Look at the letters"),
        address("office:messages", "tila=luonnokset"),
    )


def _stopped(asked: Asked) -> QuerySet[Mailing]:
    """Scheduled letters that could not leave: the segment was gone, or the sender may not send any more."""
    rows = Mailing.objects.visible_to(asked.scope, SEND).filter(state=MailingState.DRAFT)
    return rows.filter(summary__has_key="stopped")


def _stopped_item(asked: Asked, count: int) -> QueueItem:
    return QueueItem(
        count,
        ngettext("letter that could not leave", "letters that could not leave", count),
        _("The recipients are not known any more. Choose them anew and send it again."),
        _("Open the drafts"),
        address("office:messages", "tila=luonnokset"),
    )


TO_APPROVE = Source("letters_to_approve", APPROVE, _to_approve, _to_approve_item)
STOPPED = Source("letters_stopped", SEND, _stopped, _stopped_item)
