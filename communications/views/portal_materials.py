"""Materials for members and, where chosen, for everybody: searching, one material, its newest file (COM-8)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from communications import bank
from communications import content_pages as pages
from communications.forms.materials import BankFilter
from communications.models import Material
from communications.services import materials
from jasenpalvelu.common import clock, keyset
from members.requests import ScopedRequest


@require_safe
def index(request: ScopedRequest) -> HttpResponse:
    every = Material.objects.for_reader(pages.reader_or_404(request))
    form = BankFilter(request.GET, tags=bank.tags_in(every))
    rows = bank.with_latest(bank.narrowed(every, form.wanted).select_related("unit"))
    page: keyset.Page[Any] = keyset.from_query(rows, request.GET, order=["title", "pk"], size=30)
    context = {
        "page": page,
        "form": form,
        "searched": bool(form.wanted),
        "any": bool(page.rows) or every.exists(),
    }
    return render(request, "portal/materials/index.html", context)


@require_safe
def material(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _own(request, pk)
    context = _context(found, "portal") | {"trail": [(_("Materials"), reverse("portal:materials"))]}
    return render(request, "portal/materials/material.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def download(request: ScopedRequest, pk: int) -> HttpResponse:
    return _file(request, _own(request, pk))


def _own(request: ScopedRequest, pk: int) -> Material:
    rows = Material.objects.for_reader(pages.reader_or_404(request)).select_related("unit")
    return get_object_or_404(rows, pk=pk)


# --- without logging in ---------------------------------------------------------------------------------------------------
@login_not_required
@require_safe
def public(request: ScopedRequest, pk: int) -> HttpResponse:
    return render(request, "public/materials/material.html", _context(_public(pk), "public"))


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def public_download(request: ScopedRequest, pk: int) -> HttpResponse:
    return _file(request, _public(pk))


def _public(pk: int) -> Material:
    return get_object_or_404(Material.objects.public(clock.today()).select_related("unit"), pk=pk)


# --- both -----------------------------------------------------------------------------------------------------------------
def _context(found: Material, face: str) -> dict[str, Any]:
    return {
        "it": found,
        "version": bank.latest(found),
        "download_url": reverse(f"{face}:material_download", args=[found.pk]),
    }


def _file(request: ScopedRequest, found: Material) -> HttpResponse:
    """The newest file. The button counts it; a link that is opened, by a scanner perhaps, does not."""
    version = bank.latest(found)
    response = bank.file_answer(version)
    if request.method == "POST":
        materials.count_download(version=version, on=clock.today())
    return response  # type: ignore[return-value]
