"""Announcements on the member's own pages: the list, one of them, and that it has been read (COM-11)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from communications import content_pages as pages
from communications.models import Announcement, Material
from communications.services import announcing
from jasenpalvelu.common import clock, keyset
from members.requests import ScopedRequest


@require_safe
def index(request: ScopedRequest) -> HttpResponse:
    reader = pages.reader_or_404(request)
    rows = Announcement.objects.for_reader(reader).with_read(reader.party_id).select_related("unit")
    page: keyset.Page[Any] = keyset.from_query(
        rows, request.GET, order=["-pinned", "-visible_from", "-pk"], size=20
    )
    return render(request, "portal/announcements/index.html", {"page": page})


@require_safe
def announcement(request: ScopedRequest, pk: int) -> HttpResponse:
    """Shown; that it was read is told by a POST, by the page's script or by the button."""
    reader = pages.reader_or_404(request)
    rows = Announcement.objects.for_reader(reader).with_read(reader.party_id).select_related("unit")
    found = get_object_or_404(rows, pk=pk)
    offered = Material.objects.for_reader(reader).filter(announcement_links__announcement=found)
    context = {
        "it": found,
        "materials": offered.order_by("title", "pk"),
        "picture_url": reverse("portal:announcement_picture", args=[pk]),
        "trail": [(_("Announcements"), reverse("portal:announcements"))],
    }
    return render(request, "portal/announcements/announcement.html", context)


@require_safe
def picture(request: ScopedRequest, pk: int) -> HttpResponse:
    rows = Announcement.objects.for_reader(pages.reader_or_404(request))
    return pages.picture_answer(get_object_or_404(rows, pk=pk).picture)


@require_POST
def read(request: ScopedRequest, pk: int) -> HttpResponse:
    reader = pages.reader_or_404(request)
    found = get_object_or_404(Announcement.objects.for_reader(reader), pk=pk)
    announcing.mark_read(party_id=reader.party_id, announcement=found, at=clock.now())
    if request.htmx:
        return HttpResponse(status=204)
    return redirect("portal:announcements")
