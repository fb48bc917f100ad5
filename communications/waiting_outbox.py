"""What waits in sent mail: messages in doubt and addresses that do not work."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from communications import outbox_reading
from communications.models import AddressState, Delivery
from communications.permissions import SEND
from jasenpalvelu.common.parts import QueueItem
from members.waiting import Asked, Source, address


def _doubtful(asked: Asked) -> QuerySet[Delivery]:
    return outbox_reading.in_doubt(asked.scope)


def _doubtful_item(asked: Asked, count: int) -> QueueItem:
    return QueueItem(
        count,
        ngettext("message may not have arrived", "messages may not have arrived", count),
        _("The line broke while they were being sent. Send them again or let them be."),
        _("Look at the messages"),
        address("office:outbox", "tila=epavarma"),
    )


def _stopped(asked: Asked) -> QuerySet[AddressState]:
    return outbox_reading.stopped(asked.scope)


def _stopped_item(asked: Asked, count: int) -> QueueItem:
    return QueueItem(
        count,
        ngettext("e-mail address does not work", "e-mail addresses do not work", count),
        _("Nothing is sent to them. Ask the members for an address that works."),
        _("Correct the addresses"),
        address("office:outbox_addresses"),
    )


UNCERTAIN = Source("messages_uncertain", SEND, _doubtful, _doubtful_item, classes="B")
ADDRESSES = Source("addresses_stopped", SEND, _stopped, _stopped_item, classes="B", heavy=True)
