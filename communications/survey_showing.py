"""Results shown to those who answered, when the survey's maker has chosen so: numbers without texts, from five answers on."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from communications.models import ResultsShown, Survey, SurveyInvitation, SurveyState
from communications.survey_results import results
from members.requests import ScopedRequest

OVER = frozenset({SurveyState.CLOSED, SurveyState.ARCHIVED})


def shows(survey: Survey, *, answered: bool) -> bool:
    """Whether a respondent may see them now."""
    if survey.shown == ResultsShown.NEVER:
        return False
    closed = survey.state in OVER
    return closed or (survey.shown == ResultsShown.ANSWERED and answered)


def may_see(invitation: SurveyInvitation, on: date) -> bool:
    return shows(invitation.survey, answered=invitation.answered_on is not None)


def page(request: ScopedRequest, survey: Survey, frame: str, back: str) -> HttpResponse:
    language = get_language() or "fi"
    context = {
        "survey": survey,
        "survey_title": survey.title_in(language),
        "results": results(survey, language, respondent=True),
        "frame_template": f"{frame}/base.html",
        "back": back,
        "respondent": True,
    }
    return render(request, "public/surveys/results.html", context)
