"""A meeting that has been held: what it decided, its extract, the welcome letters, and what the newcomers are billed."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from jasenpalvelu.audit.services import log_export
from jasenpalvelu.common import clock, keyset
from jasenpalvelu.common.dates import format_date
from members import panels
from members.documents import letters, minutes
from members.models import BoardMeeting, MeetingItem
from members.models.meetings import Outcome
from members.models.memberships import State
from members.panels import Fee
from members.requests import ScopedRequest
from members.views.office_meetings import ADMIT, section_titles, trail, unit_or_404


@dataclass(frozen=True)
class Newcomer:
    """Somebody the meeting admitted and what the first invoice asks; `free` when it asks nothing until a day."""

    item: MeetingItem
    fee: Fee | None
    free: str


@require_safe
def meetings(request: ScopedRequest, unit_pk: int) -> HttpResponse:
    """All meetings of the association that decided on members, the newest first."""
    unit = unit_or_404(request, unit_pk)
    rows = BoardMeeting.objects.filter(unit=unit).select_related("recorded_by")
    page = keyset.from_query(rows, request.GET, order=["-held_on", "-pk"])
    context = {"unit": unit, "page": page, "rows": page.rows, "trail": _trail(request, unit.pk)}
    return render(request, "office/meetings/list.html", context)


@require_safe
def held(request: ScopedRequest, pk: int) -> HttpResponse:
    """What the meeting decided, matter by matter."""
    found = _found(request, pk)
    items = list(_items(found))
    newcomers = _newcomers(found, items)
    context = {
        "meeting": found,
        "unit": found.unit,
        "facts": _facts(found),
        "sections": [
            (title, rows)
            for kind, title in section_titles().items()
            if (rows := [i for i in items if i.kind == kind])
        ],
        "newcomers": newcomers,
        "billed": panels.first_fees_of(found.unit, found.members_from, request.scope) if newcomers else None,
        "languages": [("fi", _("in Finnish")), ("sv", _("in Swedish"))],
        "may_print_letters": bool(newcomers) and _may_print_letters(request, found),
        "trail": _trail(request, found.unit_id),
    }
    return render(request, "office/meetings/held.html", context)


@require_safe
def extract(request: ScopedRequest, pk: int, kieli: str) -> HttpResponse:
    """The extract of the minutes as PDF, in Finnish or Swedish."""
    found = _found(request, pk)
    if kieli not in minutes.LANGUAGES:
        raise Http404
    items = list(_items(found))
    _logged(request, found, _("Extract of the minutes"), len(items), "A")
    return _pdf(minutes.pdf(found, items, kieli), f"poytakirjanote-{found.held_on:%Y%m%d}-{kieli}.pdf")


@require_safe
def welcome(request: ScopedRequest, pk: int) -> HttpResponse:
    """The welcome letters of the admitted as one PDF, a page each."""
    found = _found(request, pk)
    items = [i for i in _items(found) if _is_newcomer(i)]
    if not items or found.undone_on or not _may_print_letters(request, found):
        raise Http404
    _logged(request, found, _("Welcome letters"), len(items), "AB")
    data = letters.pdf(found, items, clock.today(), service=request.get_host())
    return _pdf(data, f"tervetulokirjeet-{found.held_on:%Y%m%d}.pdf")


# --- parts ----------------------------------------------------------------------------------------------------------
def _found(request: ScopedRequest, pk: int) -> BoardMeeting:
    mine = BoardMeeting.objects.visible_to(request.scope, ADMIT).select_related("unit", "recorded_by")
    return get_object_or_404(mine, pk=pk)


def _items(found: BoardMeeting) -> QuerySet[MeetingItem]:
    return found.items.select_related(
        "membership__party__person",
        "membership__party__organisation",
        "membership__type",
        "decision",
        "expulsion",
    ).order_by("position")


def _trail(request: ScopedRequest, unit_pk: int) -> list[tuple[str, str]]:
    unit = unit_or_404(request, unit_pk)
    return [*trail(request, unit), (_("Board meeting"), reverse("office:meeting", args=[unit_pk]))]


def _facts(found: BoardMeeting) -> list[tuple[str, str]]:
    people = [
        _("%(name)s (chair)") % {"name": found.chair},
        found.present,
        _("%(name)s (secretary)") % {"name": found.secretary},
    ]
    facts = [
        (_("Who decided"), capfirst(found.get_body_display())),
        (_("Day of the meeting"), format_date(found.held_on)),
        (_("Number of the meeting"), found.number),
        (_("Place"), found.place),
        (_("Present"), "; ".join(filter(None, people))),
        (_("Recorded by"), found.recorded_by.full_name if found.recorded_by else ""),
    ]
    return [(term, value) for term, value in facts if value]


def _is_newcomer(item: MeetingItem) -> bool:
    membership = item.membership
    return item.outcome == Outcome.ADMITTED and membership is not None and membership.state == State.ACTIVE


def _newcomers(found: BoardMeeting, items: list[MeetingItem]) -> list[Newcomer]:
    """What the next invoice run bills of the admitted, by the fee table's own rule for who joins in the middle of a year."""
    admitted = [] if found.undone_on else [i for i in items if _is_newcomer(i)]
    types = {i.membership.type_id: i.membership.type for i in admitted if i.membership}
    fees = panels.fees_of(list(types.values()), found.unit, found.members_from) if types else {}
    return [Newcomer(i, fees.get(i.membership.type_id), _free(i)) for i in admitted if i.membership]


def _free(item: MeetingItem) -> str:
    until = item.membership.fee_exempt_until if item.membership else None
    return _("Free of the fee until %(day)s") % {"day": format_date(until)} if until else ""


def _may_print_letters(request: ScopedRequest, found: BoardMeeting) -> bool:
    return "B" in request.scope.classes_for([found.unit_id], ADMIT)


def _logged(request: ScopedRequest, found: BoardMeeting, what: str, count: int, classes: str) -> None:
    subject = f"{what} {format_date(found.held_on)}"
    log_export(actor=request.user, subject=subject, count=count, unit_id=found.unit_id, classes=classes)


def _pdf(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response
