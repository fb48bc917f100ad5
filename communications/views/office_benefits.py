"""Benefits in the office: what is offered, how often it is used, what partners propose (COM-9)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from communications import content_pages as pages
from communications.benefit_reading import numbers
from communications.forms.benefits import BenefitForm, ReasonForm
from communications.forms.content import chosen_segment
from communications.models import Benefit, ContentState, Partner, PartnerProposal
from communications.proposal_wording import lines_of
from communications.services import partners
from communications.services.partners import PartnerError
from jasenpalvelu.common import clock, feedback, keyset
from jasenpalvelu.common.parts import Tab
from jasenpalvelu.common.reference import municipality_name
from members.requests import ScopedRequest

TABS = {"": ContentState.PUBLISHED, "luonnokset": ContentState.DRAFT, "perutut": ContentState.WITHDRAWN}


def trail() -> list[tuple[str, str]]:
    return pages.start("office:benefits", _("Benefits"))


@require_safe
def index(request: ScopedRequest) -> HttpResponse:
    pages.need_editor(request)
    state = TABS.get(request.GET.get("tila", ""), ContentState.PUBLISHED)
    every = Benefit.objects.visible_to(request.scope)
    rows = every.filter(state=state).select_related("partner", "unit", "segment")
    page: keyset.Page[Any] = keyset.from_query(rows, request.GET, order=["-valid_from", "-pk"])
    here = reverse("office:benefits")
    labels = {"": _("Published"), "luonnokset": _("Drafts"), "perutut": _("Taken back")}
    context = {
        "page": page,
        "state": state,
        "today": clock.today(),
        "views": [
            Tab(label, f"{here}?tila={key}" if key else here, None, TABS[key] == state)
            for key, label in labels.items()
        ],
        "any": bool(page.rows) or every.exists(),
        "has_partners": Partner.objects.visible_to(request.scope).filter(ended_on=None).exists(),
        "waiting": PartnerProposal.objects.visible_to(request.scope).waiting().count(),
    }
    return render(request, "office/benefits/index.html", context)


@require_safe
def benefit(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _editable(request, pk)
    context = {
        "it": found,
        "places": [municipality_name(code, get_language() or "fi") for code in found.municipalities],
        "numbers": numbers(found),
        "history": pages.history_of(("communications_benefit", found.pk), request=request),
        "trail": trail(),
    }
    return render(request, "office/benefits/benefit.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: ScopedRequest) -> HttpResponse:
    pages.units_edited(request)
    rows = Partner.objects.visible_to(request.scope).filter(ended_on=None).select_related("unit")
    choices = list(rows.order_by("name", "pk"))
    if not choices:
        messages.info(request, _("Add the partner first."))
        return redirect("office:partner_new")
    return _keep(request, choices, None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _editable(request, pk)
    return _keep(request, [found.partner], found)


def _keep(request: ScopedRequest, choices: list[Partner], found: Benefit | None) -> HttpResponse:
    form = BenefitForm(
        request.POST if request.method == "POST" else None,
        scope=request.scope,
        partners=choices,
        today=clock.today(),
        benefit=found,
        initial={"partner": request.GET.get("kumppani")},
    )
    if request.method == "POST" and form.is_valid():
        partner = found.partner if found else next(p for p in choices if p.pk == form.cleaned_data["partner"])
        segment = chosen_segment(form, request.scope, partner.unit, kept=found.segment if found else None)
        if not form.errors:
            values = form.values | {"segment": segment}
            kept = partners.keep_benefit(actor=request.user, partner=partner, values=values, benefit=found)
            if "publish" in request.POST:
                partners.set_state(actor=request.user, benefit=kept, state=ContentState.PUBLISHED)
            feedback.done(request, _("Saved: %(name)s") % {"name": kept.title})
            return redirect("office:benefit", kept.pk)
    return render(request, "office/benefits/edit.html", {"form": form, "it": found, "trail": trail()})


@require_POST
def publish(request: ScopedRequest, pk: int) -> HttpResponse:
    return _set(request, pk, ContentState.PUBLISHED, _("Published: %(name)s"), "office:benefit_take_back")


@require_POST
def take_back(request: ScopedRequest, pk: int) -> HttpResponse:
    return _set(request, pk, ContentState.WITHDRAWN, _("Taken back: %(name)s"), "office:benefit_publish")


def _set(request: ScopedRequest, pk: int, state: str, text: str, undo: str) -> HttpResponse:
    found = partners.set_state(actor=request.user, benefit=_editable(request, pk), state=state)
    feedback.done(request, text % {"name": found.title}, undo=reverse(undo, args=[pk]))
    return redirect("office:benefit", pk)


def _editable(request: ScopedRequest, pk: int) -> Benefit:
    rows = Benefit.objects.visible_to(request.scope).select_related("unit", "partner__unit", "segment")
    return get_object_or_404(rows, pk=pk)


# --- what partners propose ----------------------------------------------------------------------------------------------
@require_safe
def proposals(request: ScopedRequest) -> HttpResponse:
    pages.need_editor(request)
    rows = PartnerProposal.objects.visible_to(request.scope).waiting().select_related("partner", "benefit")
    page: keyset.Page[Any] = keyset.from_query(rows, request.GET, order=["proposed_at", "pk"])
    return render(request, "office/benefits/proposals.html", {"page": page, "trail": trail()})


@require_http_methods(["GET", "HEAD", "POST"])
def proposal(request: ScopedRequest, pk: int) -> HttpResponse:
    """What would change, side by side; accepted it is written at once."""
    rows = PartnerProposal.objects.visible_to(request.scope).select_related(
        "partner__unit", "benefit", "proposed_by", "decided_by"
    )
    found = get_object_or_404(rows, pk=pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    accept = request.POST.get("act") == "accept"
    if request.method == "POST" and form.is_valid():
        if not accept and not form.cleaned_data["reason"]:
            form.add_error("reason", _("Tell the partner why."))
        else:
            return _decided(request, found, accept, form.cleaned_data["reason"])
    context = {
        "it": found,
        "lines": lines_of(found),
        "form": form,
        "trail": [*trail(), (_("Proposals"), reverse("office:benefit_proposals"))],
    }
    return render(request, "office/benefits/proposal.html", context)


def _decided(request: ScopedRequest, found: PartnerProposal, accept: bool, reason: str) -> HttpResponse:  # noqa: FBT001
    try:
        partners.decide(
            actor=request.user, proposal=found, accept=accept, reason=reason, at=clock.now(), on=clock.today()
        )
    except PartnerError:
        messages.error(request, _("Nothing was changed: it has been decided already."))
    else:
        feedback.done(request, _("Accepted and published.") if accept else _("Not accepted."))
    return redirect("office:benefit_proposals")
