"""Surveys on one's own pages: what waits for an answer, and what one has answered (COM-5)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from communications import survey_showing
from communications.models import SurveyInvitation
from communications.services import answering
from communications.views.survey_running import Way, over, run
from jasenpalvelu.common import clock
from members.requests import ScopedRequest

PAST = 20


@never_cache
@require_safe
def index(request: ScopedRequest) -> HttpResponse:
    if request.scope.party_id is None:
        return render(request, "portal/nobody.html")
    today = clock.today()
    rows = SurveyInvitation.objects.filter(party=request.scope.party_id).exclude(survey__state="draft")
    past = rows.exclude(answered_on=None).select_related("survey__unit").order_by("-answered_on", "-pk")
    context = {
        "waiting": list(answering.waiting_for(request.scope.party_id, today)),
        "past": [
            (one, answering.may_change(one, today), survey_showing.may_see(one, today)) for one in past[:PAST]
        ],
    }
    return render(request, "portal/surveys.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: ScopedRequest, pk: int) -> HttpResponse:
    invitation = _own_or_404(request, pk)
    survey, today = invitation.survey, clock.today()
    told: dict[str, Any] = {"back": reverse("portal:surveys")}
    if survey_showing.may_see(invitation, today):
        told["results_url"] = reverse("portal:own_survey_results", args=[pk])
    thanked = "kiitos" in request.GET and invitation.answered_on is not None
    if thanked or not answering.may_change(invitation, today):
        if invitation.answered_on is not None and answering.may_change(invitation, today):
            told["change_url"] = request.path
        why = "answered" if invitation.answered_on is not None else "closed"
        return over(request, survey, "portal", why, **told)

    def store(answers: dict[str, Any]) -> None:
        answering.answer(invitation=invitation, answers=answers, on=clock.today())

    given = answering.given(invitation)
    return run(request, Way(survey, "portal", store, f"{request.path}?kiitos", given, told=told))


@never_cache
@require_safe
def results(request: ScopedRequest, pk: int) -> HttpResponse:
    invitation = _own_or_404(request, pk)
    if not survey_showing.may_see(invitation, clock.today()):
        raise Http404
    return survey_showing.page(request, invitation.survey, "portal", reverse("portal:surveys"))


def _own_or_404(request: ScopedRequest, pk: int) -> SurveyInvitation:
    party = request.scope.party_id
    invitation = answering.of_party(party, pk) if party is not None else None
    if invitation is None:
        raise Http404
    return invitation
