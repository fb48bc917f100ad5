"""Answering by the link of a letter, or by a public link: nobody logs in (COM-5)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from communications import survey_showing
from communications.models import Survey, SurveyInvitation
from communications.services import answering
from communications.views.survey_running import Way, over, run
from jasenpalvelu.common import clock
from members.requests import ScopedRequest
from members.views.limits import too_often

# Answers an hour through public links from one network: a family or an office may share one.
PER_NETWORK, PER_LINK = 60, 100_000
COOKIE = "kysely"
COOKIE_LASTS = 365 * 24 * 3600


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def by_token(request: ScopedRequest, token: str) -> HttpResponse:
    """By the link of one's own letter."""
    invitation = answering.by_token(token)
    if invitation is None:
        return render(request, "public/surveys/no_link.html", status=404)
    _speak(request, invitation)
    survey, today = invitation.survey, clock.today()
    results = reverse("public:survey_results", args=[token])
    if survey_showing.may_see(invitation, today):
        told = {"results_url": results}
    else:
        told = {}
    thanked = "kiitos" in request.GET and invitation.answered_on is not None
    if thanked or not answering.may_change(invitation, today):
        return over(request, survey, "public", _why(invitation), **told, **_again(invitation, token))

    def store(answers: dict[str, Any]) -> None:
        answering.answer(invitation=invitation, answers=answers, on=clock.today())

    way = Way(survey, "public", store, f"{request.path}?kiitos", answering.given(invitation), told=told)
    return run(request, way)


def _why(invitation: SurveyInvitation) -> str:
    return "answered" if invitation.answered_on is not None else "closed"


def _again(invitation: SurveyInvitation, token: str) -> dict[str, str]:
    """Where the answer may still be changed."""
    if invitation.answered_on is None or not answering.may_change(invitation, clock.today()):
        return {}
    return {"change_url": reverse("public:survey", args=[token])}


def _speak(request: ScopedRequest, invitation: SurveyInvitation) -> None:
    """In the language of the letter, unless this browser has chosen one."""
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate(invitation.language)
        request.LANGUAGE_CODE = invitation.language


@login_not_required
@never_cache
@require_safe
def results(request: ScopedRequest, token: str) -> HttpResponse:
    invitation = answering.by_token(token)
    if invitation is None or not survey_showing.may_see(invitation, clock.today()):
        raise Http404
    _speak(request, invitation)
    return survey_showing.page(request, invitation.survey, "public", reverse("public:survey", args=[token]))


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def by_link(request: ScopedRequest, code: UUID) -> HttpResponse:
    """By a public link: one answer for each browser at most, as far as a cookie can tell."""
    survey = answering.by_code(code)
    if survey is None:
        return render(request, "public/surveys/no_link.html", status=404)
    told = {}
    if survey_showing.shows(survey, answered=_answered(request, survey)):
        told = {"results_url": reverse("public:survey_open_results", args=[code])}
    if _answered(request, survey):
        return over(request, survey, "public", "answered", **told)
    if not survey.takes_answers(clock.today()):
        return over(request, survey, "public", "closed", **told)
    kept: list[bool] = []

    def store(answers: dict[str, Any]) -> None:
        answering.answer_openly(survey=survey, answers=answers, on=clock.today())
        kept.append(True)

    if request.method == "POST" and too_often(
        request, "survey", key=str(code), per_key=PER_LINK, per_address=PER_NETWORK
    ):
        return render(request, "429.html", status=429)
    response = run(request, Way(survey, "public", store, request.path, told=told))
    if kept:
        response.set_signed_cookie(
            _cookie(survey), "1", salt=COOKIE, max_age=COOKIE_LASTS, httponly=True, samesite="Lax",
            secure=request.is_secure(),
        )  # fmt: skip
    return response


def _cookie(survey: Survey) -> str:
    return f"{COOKIE}_{survey.pk}"


def _answered(request: ScopedRequest, survey: Survey) -> bool:
    """The cookie says only that this browser has answered this survey."""
    return request.get_signed_cookie(_cookie(survey), default="", salt=COOKIE) == "1"


@login_not_required
@never_cache
@require_safe
def open_results(request: ScopedRequest, code: UUID) -> HttpResponse:
    survey = answering.by_code(code)
    if survey is None or not survey_showing.shows(survey, answered=_answered(request, survey)):
        raise Http404
    return survey_showing.page(request, survey, "public", reverse("public:survey_open", args=[code]))
