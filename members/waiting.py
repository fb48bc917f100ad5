"""What waits for somebody in the register: applications, lists to check, data that keeps an invoice from being sent.

`Source` is how every app tells the work queue of the office (jasenpalvelu.web.workqueue) about its own waiting work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db.models import Min, Q, QuerySet
from django.http import QueryDict
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.parts import QueueItem
from members import filters, listing
from members.choosing import Choices
from members.models import Expulsion, ImportBatch, Membership, MembershipEvent, Resignation
from members.models.imports import BatchState
from members.models.memberships import EventKind, State
from members.scope import Scope
from members.services import joining


@dataclass(frozen=True)
class Asked:
    """Who looks at the queue, and when."""

    scope: Scope
    on: date


@dataclass(frozen=True)
class Source:
    """One kind of waiting work. `rows` is what waits, counted together with all others in one statement; `item` puts it in
    words and may ask one question more. `heavy`: in a wide reach it is counted after the page and shown from then on."""

    key: str
    needs: str
    rows: Callable[[Asked], QuerySet]
    item: Callable[[Asked, int], QueueItem]
    classes: str = ""
    heavy: bool = False

    def concerns(self, scope: Scope) -> bool:
        return scope.can(self.needs, classes=self.classes)


def address(name: str, query: str = "") -> str:
    """The page where the work is done; the office itself where this installation has no such page."""
    try:
        here = reverse(name)
    except NoReverseMatch:
        return reverse("front")
    return f"{here}?{query}" if query else here


# --- applications ---------------------------------------------------------------------------------------------------
def _applications(asked: Asked) -> QuerySet[Membership]:
    return Membership.objects.visible_to(asked.scope, "members.admit").filter(state=State.APPLIED)


def _application_item(asked: Asked, count: int) -> QueueItem:
    applied = MembershipEvent.objects.filter(kind=EventKind.APPLIED, membership__in=_applications(asked))
    oldest = applied.aggregate(oldest=Min("applied_on"))["oldest"]
    return QueueItem(
        count,
        ngettext("membership application", "membership applications", count),
        " ".join(part for part in (_meeting(asked), _oldest(asked, oldest)) if part),
        _("Enter the meeting"),
        applications_url(),
    )


def applications_url() -> str:
    """Applications are decided at a meeting of the board: its page, at the applications."""
    return f"{address('office:meetings')}#asiat-application"


def _meeting(asked: Asked) -> str:
    unit = asked.scope.unit
    if unit is None or unit.next_meeting is None or unit.next_meeting < asked.on:
        return ""
    return _("The board meets on %(day)s.") % {"day": format_date(unit.next_meeting)}


def _oldest(asked: Asked, oldest: date | None) -> str:
    days = (asked.on - oldest).days if oldest else 0
    if days < 1:
        return _("The oldest came today.") if oldest else ""
    text = ngettext("The oldest has waited for %(n)s day.", "The oldest has waited for %(n)s days.", days)
    return text % {"n": days}


def _stale(asked: Asked) -> QuerySet[Membership]:
    return joining.stale(on=asked.on).filter(asked.scope.unit_filter("unit", "members.admit"))


def _stale_item(asked: Asked, count: int) -> QueueItem:
    return QueueItem(
        count,
        ngettext("application has waited too long", "applications have waited too long", count),
        _(
            "An application nobody decides on lapses by itself after the time in the rules of the association."
        ),
        _("Enter the meeting"),
        address("office:meetings"),
    )


# --- leaving --------------------------------------------------------------------------------------------------------
def _resignations(asked: Asked) -> QuerySet[Resignation]:
    return Resignation.objects.visible_to(asked.scope).waiting()


def _resignation_item(asked: Asked, count: int) -> QueueItem:
    return QueueItem(
        count,
        ngettext("resignation to note", "resignations to note", count),
        _("They take effect by themselves. The board notes them in its minutes."),
        _("Enter the meeting"),
        address("office:meetings"),
    )


def _expulsions(asked: Asked) -> QuerySet[Expulsion]:
    """Those whose time to answer has run out: a meeting may decide them."""
    heard = Q(hear_by__isnull=True) | Q(hear_by__lt=asked.on)
    return Expulsion.objects.visible_to(asked.scope).under_way().filter(heard)


def _expulsion_item(asked: Asked, count: int) -> QueueItem:
    return QueueItem(
        count,
        ngettext("expulsion to decide", "expulsions to decide", count),
        _("The member has had time to answer. A meeting may decide now."),
        _("Enter the meeting"),
        address("office:meetings"),
    )


# --- lists to check -------------------------------------------------------------------------------------------------
def _batches(asked: Asked) -> QuerySet[ImportBatch]:
    return ImportBatch.objects.visible_to(asked.scope).filter(state=BatchState.CHECKED)


def _batch_item(asked: Asked, count: int) -> QueueItem:
    return QueueItem(
        count,
        ngettext("list to check before it is saved", "lists to check before they are saved", count),
        _("Nothing has been saved yet. See what would change, then save or discard it."),
        _("Check the lists"),
        address("office:imports"),
    )


# --- data that is missing -------------------------------------------------------------------------------------------
def _lacking(what: str) -> Callable[[Asked], QuerySet]:
    def rows(asked: Asked) -> QuerySet:
        form = filters.MemberFilter(QueryDict(f"lacks={what}"), Choices(asked.scope))
        return listing.parties(form.narrowing(asked.on))

    return rows


def _no_address_item(asked: Asked, count: int) -> QueueItem:
    return QueueItem(
        count,
        ngettext("member without an address", "members without an address", count),
        _(
            "There is neither a postal address nor an e-mail address, so no invoice can be sent. Others leave as usual."
        ),
        _("Fill in the addresses"),
        address("office:members", "lacks=contact"),
    )


def _no_y_tunnus_item(asked: Asked, count: int) -> QueueItem:
    return QueueItem(
        count,
        ngettext("member's holding without a business ID", "members' holdings without a business ID", count),
        _("Without it the same holding may be charged twice when it belongs to two associations."),
        _("Fill in the business IDs"),
        address("office:members", "lacks=y_tunnus"),
    )


def _no_holding_item(asked: Asked, count: int) -> QueueItem:
    return QueueItem(
        count,
        ngettext("member without the holding of the fee", "members without the holding of the fee", count),
        _("The fee of this kind of membership is counted from a holding, and none is known."),
        _("Add the holdings"),
        address("office:members", "lacks=holding"),
    )


APPLICATIONS = Source("applications", "members.admit", _applications, _application_item)
STALE = Source("stale_applications", "members.admit", _stale, _stale_item)
RESIGNATIONS = Source("resignations", "members.admit", _resignations, _resignation_item)
EXPULSIONS = Source("expulsions", "members.admit", _expulsions, _expulsion_item)
IMPORTS = Source("imports", "members.import", _batches, _batch_item)
NO_ADDRESS = Source(
    "no_address", "members.edit", _lacking("contact"), _no_address_item, classes="BC", heavy=True
)
NO_HOLDING = Source(
    "no_holding", "members.edit", _lacking("holding"), _no_holding_item, classes="BC", heavy=True
)
NO_Y_TUNNUS = Source(
    "no_y_tunnus", "members.edit", _lacking("y_tunnus"), _no_y_tunnus_item, classes="BC", heavy=True
)
