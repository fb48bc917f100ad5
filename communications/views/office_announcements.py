"""Announcements in the office: what is shown, what is to come and what is over; writing, publishing, taking back (COM-11)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from communications import content_pages as pages
from communications.forms.announcements import AnnouncementForm
from communications.forms.content import chosen_segment, chosen_unit
from communications.models import Announcement, Audience, ContentState, Material
from communications.services import announcing
from communications.services.announcing import AnnouncementError
from jasenpalvelu.common import clock, feedback, keyset
from jasenpalvelu.common.parts import Tab
from members.models import OrgUnit
from members.models.units import UnitClosure
from members.requests import ScopedRequest

TABS = {
    "": ContentState.PUBLISHED,
    "luonnokset": ContentState.DRAFT,
    "perutut": ContentState.WITHDRAWN,
}


def trail() -> list[tuple[str, str]]:
    return pages.start("office:announcements", _("Announcements"))


@require_safe
def index(request: ScopedRequest) -> HttpResponse:
    pages.need_editor(request)
    shown = request.GET.get("tila", "")
    state = TABS.get(shown, ContentState.PUBLISHED)
    rows = Announcement.objects.visible_to(request.scope).select_related("unit", "segment")
    page: keyset.Page[Any] = keyset.from_query(
        rows.filter(state=state), request.GET, order=["-visible_from", "-pk"]
    )
    labels = {"": _("Published"), "luonnokset": _("Drafts"), "perutut": _("Taken back")}
    here = reverse("office:announcements")
    context = {
        "page": page,
        "today": clock.today(),
        "views": [
            Tab(label, f"{here}?tila={key}" if key else here, None, TABS[key] == state)
            for key, label in labels.items()
        ],
        "state": state,
        "any": bool(page.rows) or rows.exists(),
        "several": len(request.scope.unit_ids("content.edit")) > 1,
    }
    return render(request, "office/announcements/index.html", context)


@require_safe
def announcement(request: ScopedRequest, pk: int) -> HttpResponse:
    """As members see it, with what may be done with it and its history."""
    found = _editable(request, pk)
    public_url = ""
    if found.audience == Audience.PUBLIC:
        public_url = request.build_absolute_uri(
            reverse("public:announcement", args=[found.unit.slug, found.pk])
        )
    context = {
        "it": found,
        "today": clock.today(),
        "shown": found.is_shown(clock.today()),
        "history": pages.history_of(("communications_announcement", found.pk), request=request),
        "materials": Material.objects.filter(announcement_links__announcement=found).order_by("title", "pk"),
        "picture_url": reverse("office:announcement_picture", args=[pk]),
        "public_url": public_url,
        "trail": trail(),
    }
    return render(request, "office/announcements/announcement.html", context)


@require_safe
def picture(request: ScopedRequest, pk: int) -> HttpResponse:
    return pages.picture_answer(_editable(request, pk).picture)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: ScopedRequest) -> HttpResponse:
    return _keep(request, pages.units_edited(request), None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _editable(request, pk)
    return _keep(request, [found.unit], found)


def _keep(request: ScopedRequest, units: list[OrgUnit], found: Announcement | None) -> HttpResponse:
    sent = request.method == "POST"
    form = AnnouncementForm(
        request.POST if sent else None,
        request.FILES if sent else None,
        scope=request.scope,
        today=clock.today(),
        units=units,
        materials=_materials(units),
        announcement=found,
    )
    if sent and form.is_valid() and (kept := _kept(request, form, units, found)) is not None:
        if "publish" in request.POST:
            return _published(request, kept)
        feedback.done(request, _("Saved: %(name)s") % {"name": kept.title})
        return redirect("office:announcement", kept.pk)
    return render(request, "office/announcements/edit.html", {"form": form, "it": found, "trail": trail()})


def _kept(
    request: ScopedRequest, form: AnnouncementForm, units: list[OrgUnit], found: Announcement | None
) -> Announcement | None:
    """None when the segment may not be chosen: the form says so."""
    unit = chosen_unit(form, units)
    values = form.values | {"segment": None}
    if values["audience"] == Audience.SEGMENT:
        values["segment"] = chosen_segment(
            form, request.scope, unit, kept=found.segment if found is not None else None
        )
        if form.errors:
            return None
    wanted = form.cleaned_data.get("materials") or []
    return announcing.keep(
        actor=request.user,
        unit=unit,
        values=values,
        picture=form.cleaned_data.get("picture"),
        remove_picture=bool(form.cleaned_data.get("remove_picture")),
        materials=[m for m in _materials([unit]) if m.pk in wanted],
        announcement=found,
    )


def _materials(units: list[OrgUnit]) -> list[Material]:
    """What the units may offer: their own materials and those of the units above them."""
    above = UnitClosure.objects.filter(descendant_id__in=[u.pk for u in units], relation="administrative")
    rows = Material.objects.valid_on(clock.today()).filter(unit__in=above.values("ancestor_id"))
    return list(rows.order_by("title", "pk")[:200])


# --- publishing ---------------------------------------------------------------------------------------------------------
@require_POST
def publish(request: ScopedRequest, pk: int) -> HttpResponse:
    return _published(request, _editable(request, pk))


def _published(request: ScopedRequest, found: Announcement) -> HttpResponse:
    try:
        announcing.publish(actor=request.user, announcement=found, at=clock.now())
    except AnnouncementError:
        messages.error(request, _("Write the text first. Nothing was published."))
        return redirect("office:announcement_edit", found.pk)
    undo = reverse("office:announcement_take_back", args=[found.pk])
    feedback.done(request, _("Published: %(name)s") % {"name": found.title}, undo=undo)
    return redirect("office:announcement", found.pk)


@require_POST
def take_back(request: ScopedRequest, pk: int) -> HttpResponse:
    found = announcing.take_back(actor=request.user, announcement=_editable(request, pk))
    undo = reverse("office:announcement_publish", args=[pk])
    feedback.done(request, _("Taken back: %(name)s") % {"name": found.title}, undo=undo)
    return redirect("office:announcement", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _editable(request, pk)
    if request.method == "POST":
        try:
            announcing.delete_draft(actor=request.user, announcement=found)
        except AnnouncementError:
            messages.error(
                request, _("It has been published, so it cannot be deleted. Take it back instead.")
            )
            return redirect("office:announcement", pk)
        feedback.done(request, _("The draft was deleted: %(name)s") % {"name": found.title})
        return redirect("office:announcements")
    context = {
        "question": _("Delete the draft %(name)s?") % {"name": found.title},
        "consequence": _("Nobody has seen it. This cannot be undone."),
        "deed": _("Delete the draft"),
        "cancel_url": reverse("office:announcement", args=[pk]),
        "danger": True,
    }
    return render(request, "office/confirm.html", context)


def _editable(request: ScopedRequest, pk: int) -> Announcement:
    rows = Announcement.objects.visible_to(request.scope).select_related("unit", "segment", "created_by")
    return get_object_or_404(rows, pk=pk)
