"""The material bank in the office: adding, new versions, removing, where it is used and how often it was downloaded (COM-8)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from communications import bank
from communications import content_pages as pages
from communications.forms.content import chosen_unit
from communications.forms.materials import BankFilter, MaterialForm
from communications.models import Material, MaterialAudience, MaterialVersion
from communications.services import materials
from jasenpalvelu.common import clock, feedback, keyset
from members.models import OrgUnit, RoleTemplate
from members.models.memberships import FEDERATION_TYPES
from members.requests import ScopedRequest

REMOVED, ENDING = "poistetut", "vanhenevat"


def trail() -> list[tuple[str, str]]:
    return pages.start("office:materials", _("Materials"))


@require_safe
def index(request: ScopedRequest) -> HttpResponse:
    pages.need_editor(request)
    every = Material.objects.visible_to(request.scope)
    shown = request.GET.get("tila", "")
    rows = every.filter(removed_at__isnull=shown != REMOVED)
    if shown == ENDING:
        rows = every.expiring(clock.today())
    form = BankFilter(request.GET, tags=bank.tags_in(every))
    found = bank.with_latest(bank.narrowed(rows, form.wanted).select_related("unit"))
    page: keyset.Page[Any] = keyset.from_query(found, request.GET, order=["title", "pk"])
    context = {
        "page": page,
        "form": form,
        "today": clock.today(),
        "shown": shown,
        "searched": bool(form.wanted),
        "any": bool(page.rows) or every.exists(),
        "several": len(request.scope.unit_ids("content.edit")) > 1,
    }
    return render(request, "office/materials/index.html", context)


@require_safe
def material(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _editable(request, pk)
    public_url = ""
    if found.audience == MaterialAudience.PUBLIC:
        public_url = request.build_absolute_uri(reverse("public:material", args=[found.pk]))
    used, elsewhere = bank.used_in(found, request.scope)
    context = {
        "it": found,
        "today": clock.today(),
        "versions": bank.with_downloads(found),
        "used": used,
        "elsewhere": elsewhere,
        "aimed": _aimed(found),
        "public_url": public_url,
        "history": pages.history_of(("communications_material", found.pk), request=request),
        "trail": trail(),
    }
    return render(request, "office/materials/material.html", context)


def _aimed(found: Material) -> list[str]:
    """The types or posts it is for, in words."""
    if found.audience == MaterialAudience.TYPES:
        return [str(label) for code, label in FEDERATION_TYPES if code in found.types]
    roles = RoleTemplate.objects.filter(code__in=found.roles).order_by("code")
    return [str(role) for role in roles] if found.audience == MaterialAudience.ROLES else []


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: ScopedRequest) -> HttpResponse:
    return _keep(request, pages.units_edited(request), None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _editable(request, pk)
    return _keep(request, [found.unit], found)


def _keep(request: ScopedRequest, units: list[OrgUnit], found: Material | None) -> HttpResponse:
    sent = request.method == "POST"
    form = MaterialForm(
        request.POST if sent else None, request.FILES if sent else None, units=units, material=found
    )
    if sent and form.is_valid():
        kept = materials.keep(
            actor=request.user,
            unit=chosen_unit(form, units),
            values=form.values((found.owner if found else None) or request.user),
            upload=form.cleaned_data["file"],
            note=form.cleaned_data.get("note", ""),
            material=found,
        )
        feedback.done(request, _("Saved: %(name)s") % {"name": kept.title})
        return redirect("office:material", kept.pk)
    return render(request, "office/materials/edit.html", {"form": form, "it": found, "trail": trail()})


@require_safe
def version(request: ScopedRequest, pk: int, number: int) -> HttpResponse:
    """Any version, for those who edit; it is not counted."""
    rows = MaterialVersion.objects.filter(material=_editable(request, pk))
    return bank.file_answer(get_object_or_404(rows, number=number))  # type: ignore[return-value]


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _editable(request, pk)
    if request.method == "POST":
        materials.remove(actor=request.user, material=found, at=clock.now())
        undo = reverse("office:material_bring_back", args=[pk])
        feedback.done(request, _("Removed: %(name)s") % {"name": found.title}, undo=undo)
        return redirect("office:materials")
    own, elsewhere = bank.used_in(found, request.scope)
    consequence = _("Members do not find it any more, and its address does not work. You can bring it back.")
    if used := len(own) + elsewhere:
        consequence += " " + _("It is offered in announcements: %(n)s.") % {"n": used}
    context = {
        "question": _("Remove %(name)s?") % {"name": found.title},
        "consequence": consequence,
        "deed": _("Remove the material"),
        "cancel_url": reverse("office:material", args=[pk]),
        "danger": True,
    }
    return render(request, "office/confirm.html", context)


@require_POST
def bring_back(request: ScopedRequest, pk: int) -> HttpResponse:
    found = materials.bring_back(actor=request.user, material=_editable(request, pk))
    feedback.done(request, _("Brought back: %(name)s") % {"name": found.title})
    return redirect("office:material", pk)


def _editable(request: ScopedRequest, pk: int) -> Material:
    return get_object_or_404(
        Material.objects.visible_to(request.scope).select_related("unit", "owner"), pk=pk
    )
