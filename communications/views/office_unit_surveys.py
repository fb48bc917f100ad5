"""Situation surveys an association is asked to answer: by whoever holds a post there, one answer for each association (COM-5)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from communications import survey_units
from communications.models import SurveyInvitation
from communications.services import answering
from communications.views.survey_running import Way, over, run
from jasenpalvelu.common import clock, feedback
from members.requests import ScopedRequest


@require_safe
def index(request: ScopedRequest) -> HttpResponse:
    """What one's associations are asked, and what they have answered."""
    if not request.scope.is_staff:
        raise Http404
    rows = survey_units.asked_of(request.scope).exclude(survey__state__in=["draft", "archived"])
    rows = rows.select_related("survey__unit", "unit", "draft_by").order_by(
        "-survey__opened_at", "unit__sort_key", "pk"
    )
    today = clock.today()
    lines = [(one, one.survey.takes_answers(today)) for one in rows[:100]]
    context = {"lines": lines}
    return render(request, "office/surveys/asked.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: ScopedRequest, pk: int) -> HttpResponse:
    invitation = _find(request, pk)
    survey, today, back = invitation.survey, clock.today(), reverse("office:surveys_asked")
    told: dict[str, Any] = {"back": back, "asked_unit": invitation.unit, "invitation": invitation}
    told["trail"] = [(_("Surveys for your association"), back)]
    if not answering.may_change(invitation, today):
        why = "answered" if invitation.answered_on is not None else "closed"
        return over(request, survey, "office", why, **told)

    def store(answers: dict[str, Any]) -> None:
        answering.answer(invitation=invitation, answers=answers, on=clock.today(), actor=request.user)
        feedback.done(request, _("The answer of your association was sent. Thank you."))

    def draft(answers: dict[str, Any]) -> None:
        answering.save_draft(
            invitation=invitation, answers=answers, actor=request.user, on=clock.today(), at=clock.now()
        )
        feedback.done(request, _("The draft was saved. Your colleagues can go on with it."))

    given = answering.given(invitation)
    return run(request, Way(survey, "office", store, back, given, draft=draft, told=told))


def _find(request: ScopedRequest, pk: int) -> SurveyInvitation:
    rows = survey_units.asked_of(request.scope).exclude(survey__state="draft")
    return get_object_or_404(rows.select_related("survey__unit", "unit", "answer", "draft_by"), pk=pk)
