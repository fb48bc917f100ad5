"""What waits about posts: those whose last day is near, told to the holder and to those who give posts; trainings to record."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Min, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.parts import QueueItem
from members.models import Mandate
from members.scope import Scope
from members.services.mandates import GRANT
from members.waiting import Asked, Source, address


@dataclass(frozen=True)
class OwnSource(Source):
    """Work about oneself: for everybody with a post, whatever it lets one do."""

    def concerns(self, scope: Scope) -> bool:
        return scope.is_staff and scope.party_id is not None


def _own_ending(asked: Asked) -> QuerySet[Mandate]:
    return Mandate.objects.ending(asked.on).filter(party_id=asked.scope.party_id)


def _own_ending_item(asked: Asked, count: int) -> QueueItem:
    last = _own_ending(asked).aggregate(first=Min("valid_to"))["first"]
    return QueueItem(
        count,
        ngettext("post of yours ends soon", "posts of yours end soon", count),
        _("The last day is %(day)s. After it the rights are gone. Ask for a new decision if you go on.")
        % {"day": format_date(last)},
        _("See your posts"),
        address("office:rights"),
    )


def _ending(asked: Asked) -> QuerySet[Mandate]:
    rows = Mandate.objects.visible_to(asked.scope, GRANT).ending(asked.on)
    return rows.exclude(party_id=asked.scope.party_id) if asked.scope.party_id is not None else rows


def _ending_item(asked: Asked, count: int) -> QueueItem:
    last = _ending(asked).aggregate(first=Min("valid_to"))["first"]
    return QueueItem(
        count,
        ngettext("post ends soon", "posts end soon", count),
        _("The first of them on %(day)s. Give the post onwards, or let it end.") % {"day": format_date(last)},
        _("See the posts"),
        address("office:rights"),
    )


def _untrained(asked: Asked) -> QuerySet[Mandate]:
    rows = Mandate.objects.visible_to(asked.scope, GRANT).on(asked.on).with_training(asked.on)
    return rows.filter(template__requires_training=True, is_trained=False)


def _untrained_item(asked: Asked, count: int) -> QueueItem:
    return QueueItem(
        count,
        ngettext("post waits for a training", "posts wait for a training", count),
        _("The post gives nothing before the data protection training has been recorded."),
        _("Record the trainings"),
        address("office:rights"),
    )


OWN_ENDING = OwnSource("own_posts_ending", "", _own_ending, _own_ending_item)
ENDING = Source("posts_ending", GRANT, _ending, _ending_item)
UNTRAINED = Source("posts_untrained", GRANT, _untrained, _untrained_item)
