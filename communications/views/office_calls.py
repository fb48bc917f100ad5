"""The list of those to call in a campaign: made of its segment, called one by one (COM-10)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from communications.forms.campaigns import CallForm
from communications.models import CallState, Campaign, CampaignCall
from communications.services import campaigning
from communications.services.campaigning import MOST_CALLS, CampaignError
from communications.views.office_campaigns import trail as campaigns_trail
from jasenpalvelu.audit.services import log_view
from jasenpalvelu.common import clock, feedback, keyset
from members.models import ContactPoint
from members.models.parties import ContactKind
from members.requests import ScopedRequest


@require_safe
def calls(request: ScopedRequest, pk: int) -> HttpResponse:
    """Those to call first, then those who have been called."""
    found = _campaign(request, pk)
    rows = CampaignCall.objects.visible_to(request.scope).filter(campaign=found)
    waiting = rows.filter(state__in=[CallState.OPEN, CallState.LATER, CallState.NO_ANSWER])
    done = request.GET.get("tila") == "soitetut"
    page: keyset.Page[Any] = keyset.from_query(
        (rows.exclude(pk__in=waiting.values("pk")) if done else waiting).select_related("party", "unit"),
        request.GET,
        order=["party__sort_key", "pk"],
    )
    if page.rows:
        log_view(actor=request.user, classes="B", count=len(page.rows), subject=found.name)
    context = {
        "it": found,
        "page": page,
        "done": done,
        "any": bool(page.rows) or rows.exists(),
        "trail": _trail(found),
    }
    return render(request, "office/campaigns/calls.html", context)


@require_POST
def make(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _campaign(request, pk)
    texts = {
        "segment": _("Choose first a segment for the campaign: the list is made of it."),
        "many": _("The segment has more than %(n)s people with a phone number. Choose a narrower one.")
        % {"n": MOST_CALLS},
        "closed": _("The campaign has been closed."),
    }
    try:
        n = campaigning.make_calls(actor=request.user, campaign=found, scope=request.scope, on=clock.today())
    except CampaignError as error:
        messages.error(request, texts[error.code])
        return redirect("office:campaign", pk)
    text = ngettext("%(n)s person was added to the list.", "%(n)s people were added to the list.", n)
    feedback.done(
        request, text % {"n": n} if n else _("Nobody was added: all of the segment are on the list.")
    )
    return redirect("office:campaign_calls", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def call(request: ScopedRequest, pk: int) -> HttpResponse:
    """One person with the number, and how the call went."""
    rows = CampaignCall.objects.visible_to(request.scope).select_related("party__person", "unit", "campaign")
    found = get_object_or_404(rows, pk=pk, party__non_disclosure=False)
    form = CallForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        campaigning.note_call(
            actor=request.user, call=found, state=form.cleaned_data["state"], at=clock.now()
        )
        feedback.done(request, _("Noted: %(name)s") % {"name": found.party.display_name})
        return redirect("office:campaign_calls", found.campaign_id)
    phones = ContactPoint.objects.on(clock.today()).filter(party=found.party_id, kind=ContactKind.PHONE)
    log_view(actor=request.user, classes="B", count=1, subject=found.campaign.name)
    context = {
        "it": found,
        "form": form,
        "phones": list(phones.order_by("pk").values_list("value", flat=True)),
        "trail": [
            *_trail(found.campaign),
            (_("To call"), reverse("office:campaign_calls", args=[found.campaign_id])),
        ],
    }
    return render(request, "office/campaigns/call.html", context)


def _campaign(request: ScopedRequest, pk: int) -> Campaign:
    found = get_object_or_404(Campaign.objects.visible_to(request.scope).select_related("unit"), pk=pk)
    if not request.scope.can("members.view", classes="B"):
        raise Http404
    return found


def _trail(found: Campaign) -> list[tuple[str, str]]:
    return [*campaigns_trail(), (found.name, reverse("office:campaign", args=[found.pk]))]
