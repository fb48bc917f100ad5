"""A unit's public announcements: one page for each unit, one address for each announcement (COM-11)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from communications import content_pages as pages
from communications import letters_archive
from communications.models import Announcement, Material
from jasenpalvelu.common import clock, keyset
from members.models import OrgUnit
from members.requests import ScopedRequest


@login_not_required
@require_safe
def index(request: ScopedRequest) -> HttpResponse:
    """The units that tell something publicly now, or keep letters for everybody."""
    shown = Announcement.objects.public(clock.today()).filter(unit=OuterRef("pk"))
    letters = letters_archive.for_everybody().filter(unit=OuterRef("pk"))
    units = OrgUnit.objects.on(clock.today()).filter(Exists(shown) | Exists(letters))
    units = units.order_by("sort_key", "pk")
    return render(request, "public/announcements/index.html", {"units": units})


@login_not_required
@require_safe
def unit(request: ScopedRequest, slug: str) -> HttpResponse:
    found = _unit(slug)
    rows = Announcement.objects.public(clock.today()).filter(unit=found).select_related("unit")
    page: keyset.Page[Any] = keyset.from_query(
        rows, request.GET, order=["-pinned", "-visible_from", "-pk"], size=20
    )
    context = {"unit": found, "page": page, "letters": letters_archive.public(found).exists()}
    return render(request, "public/announcements/unit.html", context)


@login_not_required
@require_safe
def announcement(request: ScopedRequest, slug: str, pk: int) -> HttpResponse:
    found = _shown(slug, pk)
    offered = Material.objects.public(clock.today()).filter(announcement_links__announcement=found)
    context = {
        "it": found,
        "materials": offered.order_by("title", "pk"),
        "picture_url": reverse("public:announcement_picture", args=[slug, pk]),
        "trail": [
            (_("Announcements"), reverse("public:announcements")),
            (found.unit.name, reverse("public:announcements_unit", args=[slug])),
        ],
    }
    return render(request, "public/announcements/announcement.html", context)


@login_not_required
@require_safe
def picture(request: ScopedRequest, slug: str, pk: int) -> HttpResponse:
    return pages.picture_answer(_shown(slug, pk).picture, public=True)


def _unit(slug: str) -> OrgUnit:
    return get_object_or_404(OrgUnit.objects.on(clock.today()), slug=slug)


def _shown(slug: str, pk: int) -> Announcement:
    rows = Announcement.objects.public(clock.today()).select_related("unit")
    return get_object_or_404(rows, pk=pk, unit__in=OrgUnit.objects.on(clock.today()), unit__slug=slug)
