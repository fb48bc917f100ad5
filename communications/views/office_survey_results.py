"""The results of a survey in the office: charts and tables that follow, cross tables, answers with names where these are open."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from communications.models import Grade, Survey, SurveyAnswer, SurveyState
from communications.survey_crossing import can_cross, choices, cross_table
from communications.survey_files import worded
from communications.survey_reading import state_chip
from communications.survey_results import (
    hidden_because,
    number_told,
    results,
    turnout,
    turnout_by_language,
    turnout_by_unit,
)
from communications.surveying.path import on_way
from communications.surveying.questions import say
from communications.views.office_surveys import find, trail
from jasenpalvelu.audit.services import log_view
from jasenpalvelu.common import clock, keyset
from jasenpalvelu.common.parts import Tab
from members.requests import ScopedRequest
from members.views.finding import language


def _opened(request: ScopedRequest, pk: int) -> Survey:
    found = find(request, pk)
    if found.state == SurveyState.DRAFT:
        raise Http404
    return found


def _here(survey: Survey) -> list[tuple[str, str]]:
    return trail((survey.title, reverse("office:survey", args=[survey.pk])))


def _tabs(survey: Survey, current: str) -> list[Tab]:
    pages = [("survey_results", _("Results"))]
    if can_cross(survey):
        pages.append(("survey_cross", _("Cross tables")))
    if survey.grade == Grade.OPEN:
        pages.append(("survey_answers", _("Answers")))
    return [
        Tab(text, reverse(f"office:{name}", args=[survey.pk]), None, name == current) for name, text in pages
    ]


@require_safe
def index(request: ScopedRequest, pk: int) -> HttpResponse:
    """Follows by itself while answers come: the part of the page is fetched again every quarter of a minute."""
    found = _opened(request, pk)
    whole = turnout(found)
    shares = found.audience != "link" and found.forgotten_at is None
    context = {
        "survey": found,
        "state": state_chip(found),
        "tabs": _tabs(found, "survey_results"),
        "live": found.takes_answers(clock.today()),
        "whole": whole,
        "results": results(found, language()),
        "by_unit": turnout_by_unit(found) if shares and not found.of_units else [],
        "by_language": turnout_by_language(found) if shares and not found.of_units else [],
        "trail": _here(found),
    }
    return render(request, "office/surveys/results.html", context)


@require_safe
def cross(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _opened(request, pk)
    rows, columns = choices(found, language())
    row, column = request.GET.get("rivit", ""), request.GET.get("sarakkeet", "")
    if not row and rows:
        row = rows[0][0]
    if not column:
        column = next((key for key, _text in columns if key != row), "")
    context = {
        "survey": found,
        "tabs": _tabs(found, "survey_cross"),
        "row_choices": rows,
        "column_choices": columns,
        "row": row,
        "column": column,
        "table": cross_table(found, row, column, language()),
        "hidden": hidden_because(found, number_told(found)),
        "trail": _here(found),
    }
    return render(request, "office/surveys/cross.html", context)


@require_safe
def answers(request: ScopedRequest, pk: int) -> HttpResponse:
    """Of an open survey: who answered, and what. Looking is recorded."""
    found = _named(request, pk)
    rows = SurveyAnswer.objects.filter(survey=found).select_related("invitation__party", "invitation__unit")
    page: keyset.Page[SurveyAnswer] = keyset.from_query(rows, request.GET, order=["pk"])
    if page.rows and not found.of_units:
        log_view(actor=request.user, classes="AB", count=len(page.rows), subject=found.title)
    context = {
        "survey": found,
        "tabs": _tabs(found, "survey_answers"),
        "page": page,
        "trail": _here(found),
    }
    return render(request, "office/surveys/answers.html", context)


@require_safe
def answer(request: ScopedRequest, pk: int, answer_pk: int) -> HttpResponse:
    found = _named(request, pk)
    rows = SurveyAnswer.objects.filter(survey=found)
    one = get_object_or_404(rows.select_related("invitation__party", "invitation__unit"), pk=answer_pk)
    party = one.invitation.party if one.invitation else None
    if party is not None:
        log_view(actor=request.user, party_id=party.pk, classes="AB", subject=found.title)
    here = language()
    context = {
        "survey": found,
        "answer": one,
        "lines": [
            (say(q.text, here), worded(q, one.answers.get(q.key), here))
            for q in on_way(found.form, one.answers)
            if q.asks
        ],
        "trail": [*_here(found), (_("Answers"), reverse("office:survey_answers", args=[pk]))],
    }
    return render(request, "office/surveys/answer.html", context)


def _named(request: ScopedRequest, pk: int) -> Survey:
    found = _opened(request, pk)
    if found.grade != Grade.OPEN:
        raise Http404
    return found
