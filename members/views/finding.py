"""What every page of one member begins with: the party within the reader's scope, or 404."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.http import Http404
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jasenpalvelu.common import clock
from members import reading
from members.merged import PartyJoined, survivor_of
from members.models import Membership, OrgUnit, Party
from members.reading import Subject
from members.requests import ScopedRequest


def subject_or_404(request: ScopedRequest, pk: int) -> Subject:
    """The member as this reader meets it; outside the scope it does not exist."""
    try:
        return reading.subject(request.scope, pk, on=clock.today())
    except Party.DoesNotExist:
        goes_on = survivor_of(pk)
        if goes_on is not None and Party.objects.visible_to(request.scope).filter(pk=goes_on).exists():
            raise PartyJoined(goes_on) from None
        raise Http404 from None


def editable_or_404(request: ScopedRequest, pk: int, classes: str = "A") -> Subject:
    """The member for someone who may edit it with the field classes on behalf of one of its associations."""
    subject = subject_or_404(request, pk)
    if not subject.edit_classes >= set(classes):
        raise Http404
    return subject


def membership_or_404(subject: Subject, pk: int) -> Membership:
    """One of the member's memberships that the reader may change."""
    found = next((m for m in subject.memberships if m.pk == pk), None)
    if found is None or not subject.scope.can("members.edit", found.unit_id):
        raise Http404
    return found


def entry_units(request: ScopedRequest) -> list[OrgUnit]:
    """Associations into which the person may enter members; 404 when there is none."""
    rows = OrgUnit.objects.visible_to(request.scope, "members.edit").filter(kind__has_members=True)
    units = list(rows.on(clock.today()).order_by("sort_key", "pk"))
    if not units:
        raise Http404
    return units


def page_context(subject: Subject) -> dict[str, Any]:
    """What every page about one member is drawn with."""
    return {
        "subject": subject,
        "party": subject.party,
        "shown": subject.shown,
        "trail": member_trail(subject),
    }


def language() -> str:
    return get_language() or "fi"


def new_token() -> str:
    """One sending of a form."""
    return str(uuid4())


def trail(*further: tuple[str, str]) -> list[tuple[str, str]]:
    """The way back: the list of members, when this installation has it, and what comes after."""
    try:
        return [(_("Members"), reverse("office:members")), *further]
    except NoReverseMatch:
        return list(further)


def member_trail(subject: Subject) -> list[tuple[str, str]]:
    return trail((subject.party.display_name, reverse("office:member", args=[subject.party.pk])))
