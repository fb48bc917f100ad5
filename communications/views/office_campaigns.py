"""Campaigns in the office: the goal, what belongs to it, and one page of results (COM-10)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from communications import content_pages as pages
from communications.campaign_results import results
from communications.forms.campaigns import CampaignForm, StepForm
from communications.forms.content import chosen_segment, chosen_unit
from communications.models import Announcement, Campaign, CampaignStep, Mailing, Material, Survey
from communications.services import campaigning
from communications.services.campaigning import CampaignError
from jasenpalvelu.common import clock, feedback, keyset
from jasenpalvelu.common.parts import Tab
from members.models import OrgUnit
from members.requests import ScopedRequest

OFFERED = 100
PAGES = {
    "mailing": "office:message",
    "survey": "office:survey",
    "announcement": "office:announcement",
    "material": "office:material",
}


def trail() -> list[tuple[str, str]]:
    return pages.start("office:campaigns", _("Campaigns"))


@require_safe
def index(request: ScopedRequest) -> HttpResponse:
    pages.need_editor(request)
    over = request.GET.get("tila") == "ohi"
    every = Campaign.objects.visible_to(request.scope)
    today = clock.today()
    going = every.filter(closed_at=None, ends_on__gte=today)
    rows = every.exclude(pk__in=going.values("pk")) if over else going
    page: keyset.Page[Any] = keyset.from_query(
        rows.select_related("unit"), request.GET, order=["-starts_on", "-pk"]
    )
    here = reverse("office:campaigns")
    context = {
        "page": page,
        "today": today,
        "views": [Tab(_("Going on"), here, None, not over), Tab(_("Over"), f"{here}?tila=ohi", None, over)],
        "over": over,
        "any": bool(page.rows) or every.exists(),
    }
    return render(request, "office/campaigns/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def campaign(request: ScopedRequest, pk: int) -> HttpResponse:
    """The results; POST adds what belongs to it."""
    found = _editable(request, pk)
    form = StepForm(request.POST if request.method == "POST" else None, things=_things(request, found))
    if request.method == "POST" and form.is_valid():
        kind, key = form.chosen
        campaigning.add_step(actor=request.user, campaign=found, **{f"{kind}_id": key})
        feedback.done(request, _("Added to the campaign."))
        return redirect("office:campaign", pk)
    told = results(found)
    context = {
        "it": found,
        "today": clock.today(),
        "form": form,
        "offers": len(form.fields["thing"].choices) > 1,  # type: ignore[attr-defined]
        "results": told,
        "links": {kind: _reached(name) for kind, name in PAGES.items()},
        "join_url": request.build_absolute_uri(_join_path(found)),
        "history": pages.history_of(("communications_campaign", found.pk), request=request),
        "trail": trail(),
    }
    return render(request, "office/campaigns/campaign.html", context)


def _reached(url_name: str) -> bool:
    """Whether this installation has the page of such a thing."""
    try:
        reverse(url_name, args=[1])
    except NoReverseMatch:
        return False
    return True


def _join_path(found: Campaign) -> str:
    """The form of the unit itself where it has members, else the list of associations; both carry the code."""
    path = reverse("public:join_index")
    if found.unit.kind.has_members:
        path = reverse("public:join", args=[found.unit.slug])
    return f"{path}?kampanja={campaigning.link_code(found)}"


def _things(request: ScopedRequest, found: Campaign) -> dict[str, list[tuple[int, str]]]:
    """What of the unit's may be added and the person may see: the newest of each kind."""
    unit, scope = found.unit_id, request.scope
    rows = {
        "mailing": Mailing.objects.visible_to(scope).filter(unit=unit),
        "survey": Survey.objects.visible_to(scope).filter(unit=unit),
        "announcement": Announcement.objects.visible_to(scope).filter(unit=unit),
        "material": Material.objects.visible_to(scope).filter(unit=unit, removed_at=None),
    }
    here = CampaignStep.objects.filter(campaign=found)
    return {
        kind: [
            (one.pk, str(one))
            for one in query.exclude(
                pk__in=here.filter(**{f"{kind}__isnull": False}).values(f"{kind}_id")
            ).order_by("-pk")[:OFFERED]
        ]
        for kind, query in rows.items()
    }


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: ScopedRequest) -> HttpResponse:
    return _keep(request, pages.units_edited(request), None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _editable(request, pk)
    return _keep(request, [found.unit], found)


def _keep(request: ScopedRequest, units: list[OrgUnit], found: Campaign | None) -> HttpResponse:
    form = CampaignForm(
        request.POST if request.method == "POST" else None,
        scope=request.scope,
        today=clock.today(),
        units=units,
        campaign=found,
    )
    if request.method == "POST" and form.is_valid():
        unit = chosen_unit(form, units)
        segment = chosen_segment(form, request.scope, unit, kept=found.segment if found else None)
        if not form.errors:
            values = form.values | {"segment": segment}
            try:
                kept = campaigning.keep(actor=request.user, unit=unit, values=values, campaign=found)
            except CampaignError:
                form.add_error("code", _("Another campaign has this code. Choose another one."))
            else:
                feedback.done(request, _("Saved: %(name)s") % {"name": kept.name})
                return redirect("office:campaign", kept.pk)
    return render(request, "office/campaigns/edit.html", {"form": form, "it": found, "trail": trail()})


@require_http_methods(["GET", "HEAD", "POST"])
def close(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _editable(request, pk)
    if request.method == "POST":
        campaigning.close(actor=request.user, campaign=found, at=clock.now())
        undo = reverse("office:campaign_reopen", args=[pk])
        feedback.done(request, _("The campaign was closed: %(name)s") % {"name": found.name}, undo=undo)
        return redirect("office:campaign", pk)
    context = {
        "question": _("Close the campaign %(name)s?") % {"name": found.name},
        "consequence": _("Its links still lead to the join form, but count no more. The results stay."),
        "deed": _("Close the campaign"),
        "cancel_url": reverse("office:campaign", args=[pk]),
    }
    return render(request, "office/confirm.html", context)


@require_POST
def reopen(request: ScopedRequest, pk: int) -> HttpResponse:
    campaigning.reopen(actor=request.user, campaign=_editable(request, pk))
    feedback.done(request, _("The campaign goes on."))
    return redirect("office:campaign", pk)


@require_POST
def step_remove(request: ScopedRequest, pk: int) -> HttpResponse:
    steps = CampaignStep.objects.filter(campaign__in=Campaign.objects.visible_to(request.scope))
    found = get_object_or_404(steps.select_related("campaign"), pk=pk)
    campaigning.remove_step(actor=request.user, step=found)
    feedback.done(request, _("Taken out of the campaign. The thing itself stays."))
    return redirect("office:campaign", found.campaign_id)


def _editable(request: ScopedRequest, pk: int) -> Campaign:
    rows = Campaign.objects.visible_to(request.scope).select_related("unit__kind", "segment")
    return get_object_or_404(rows, pk=pk)
