"""Polls and surveys in the office: the list, a quick poll, a new survey, one survey with what may be done about it (COM-5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from communications.forms.surveys import LANGUAGE_NAMES, NewForm, PollForm, SettingsForm
from communications.models import (
    Grade,
    ResultsShown,
    Survey,
    SurveyAudience,
    SurveyInvitation,
    SurveyKind,
    SurveyState,
)
from communications.permissions import SURVEYS
from communications.services import surveys
from communications.services.surveys import SurveyError
from communications.survey_reading import history, problem_text, state_chip
from communications.survey_results import hidden_because, number_told, turnout
from communications.survey_rounds import next_round, rounds
from communications.surveying import ready
from communications.surveying.questions import (
    MULTIPLE,
    SINGLE,
    Form,
    Page,
    Question,
    keyed,
    say,
)
from communications.surveying.readiness import problems
from jasenpalvelu.common import clock, feedback, keyset
from jasenpalvelu.common.forms import OptionLabel
from jasenpalvelu.jobs.models import Job
from members.models import OrgUnit, Segment
from members.requests import ScopedRequest
from members.services import joining
from members.views.finding import language, new_token

CLASSES = "AB"
BLANK = "blank"
# What the list may be narrowed to, as it stands in the address.
SHOWN = {
    "": Q(state__in=["draft", "open", "closed"]),
    "luonnokset": Q(state=SurveyState.DRAFT),
    "avoimet": Q(state=SurveyState.OPEN),
    "suljetut": Q(state=SurveyState.CLOSED),
    "arkisto": Q(state=SurveyState.ARCHIVED),
}


def trail(*further: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("Surveys"), reverse("office:surveys")), *further]


def need(request: ScopedRequest) -> None:
    if not request.scope.can(SURVEYS, classes=CLASSES):
        raise Http404


def find(request: ScopedRequest, pk: int) -> Survey:
    """The survey within the person's rights, or 404."""
    rows = Survey.objects.visible_to(request.scope).select_related("unit", "segment", "created_by")
    return get_object_or_404(rows, pk=pk)


def units_asking(request: ScopedRequest) -> list[OrgUnit]:
    """Units in whose name the person may ask, the working unit first. 404 without any."""
    rows = OrgUnit.objects.on(clock.today()).filter(request.scope.unit_filter("pk", SURVEYS, CLASSES))
    own = request.scope.unit.pk if request.scope.unit else None
    found = sorted(rows.order_by("sort_key", "pk"), key=lambda unit: unit.pk != own)
    if not found:
        raise Http404
    return found


def chosen_unit(form: Any, units: list[OrgUnit]) -> OrgUnit:
    wanted = form.cleaned_data.get("unit")
    return next((unit for unit in units if unit.pk == wanted), units[0])


def _segments(request: ScopedRequest) -> Any:
    return Segment.objects.visible_to(request.scope).order_by("name", "pk")


@require_safe
def index(request: ScopedRequest) -> HttpResponse:
    """One's units' surveys, the newest first."""
    need(request)
    chosen = request.GET.get("tila", "")
    chosen = chosen if chosen in SHOWN else ""
    rows = Survey.objects.visible_to(request.scope).filter(SHOWN[chosen]).select_related("unit")
    page: keyset.Page[Any] = keyset.from_query(rows, request.GET, order=["-created_at", "-pk"])
    counts = {
        row["survey"]: row
        for row in SurveyInvitation.objects.filter(survey__in=[s.pk for s in page.rows])
        .reached()
        .order_by("survey")
        .values("survey")
        .annotate(asked=Count("pk"), answered=Count("pk", filter=Q(answered_on__isnull=False)))
    }
    context = {
        "page": page,
        "rows": [(one, state_chip(one), counts.get(one.pk)) for one in page.rows],
        "chosen": chosen,
        "choices": [
            ("", _("Current")),
            ("luonnokset", _("Drafts")),
            ("avoimet", _("Open")),
            ("suljetut", _("Closed")),
            ("arkisto", _("Archive")),
        ],
    }
    return render(request, "office/surveys/list.html", context)


# --- a quick poll -----------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def quick(request: ScopedRequest) -> HttpResponse:
    """One question on one page; it opens at once, or waits as a draft."""
    need(request)
    units = units_asking(request)
    form = PollForm(
        request.POST if request.method == "POST" else None,
        units=units,
        segments=_segments(request),
        today=clock.today(),
        initial={"token": new_token()},
    )
    if request.method == "POST" and form.is_valid():
        return _made(request, form, units)
    return render(request, "office/surveys/quick.html", {"form": form, "trail": trail()})


def _made(request: ScopedRequest, form: PollForm, units: list[OrgUnit]) -> HttpResponse:
    try:
        made = create_poll(request, form, chosen_unit(form, units))
    except joining.SentAlready as sent:
        return redirect("office:survey", sent.result)
    if request.POST.get("act") == "draft":
        feedback.done(request, _("The poll was saved as a draft."))
        return redirect("office:survey", made.pk)
    surveys.open_survey(actor=request.user, survey=made, on=clock.today(), at=clock.now())
    feedback.done(request, _("The poll is open."))
    return redirect("office:survey", made.pk)


def create_poll(request: ScopedRequest, form: PollForm, unit: OrgUnit) -> Survey:
    """The draft that the form tells. Raises joining.SentAlready with the poll that the same form has made."""
    data = form.cleaned_data
    question = Question(
        "q1",
        MULTIPLE if data["several"] else SINGLE,
        form.text,
        required=True,
        options=keyed(form.options, (), "o"),
    )
    values = {name: data[name] for name in ("audience", "segment", "grade", "closes_on", "shown")}
    values |= {f"title_{code}": text for code, text in form.text.items()} | {"languages": form.languages}
    values["changeable"] = data["grade"] != Grade.SECRET
    return surveys.create(
        actor=request.user,
        unit=unit,
        kind=SurveyKind.POLL,
        values=values,
        form=Form((Page((question,)),)),
        token=data["token"],
    )


# --- a survey ---------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: ScopedRequest) -> HttpResponse:
    """A draft from nothing, or from one of those that are ready."""
    need(request)
    units = units_asking(request)
    starts = [(BLANK, OptionLabel(_("An empty survey"), _("You write every question yourself.")))]
    here = language()
    starts += [(one.code, OptionLabel(say(one.name, here), say(one.about, here))) for one in ready.READY]
    form = NewForm(
        request.POST if request.method == "POST" else None,
        starts=starts,
        units=units,
        initial={"token": new_token()},
    )
    if request.method == "POST" and form.is_valid():
        return _begun(request, form, units)
    return render(request, "office/surveys/new.html", {"form": form, "trail": trail()})


def _begun(request: ScopedRequest, form: NewForm, units: list[OrgUnit]) -> HttpResponse:
    data = form.cleaned_data
    start = ready.BY_CODE.get(data["start"])
    of_units = start is not None and start.of_units
    values: dict[str, Any] = {
        "title_fi": data["title_fi"],
        "languages": ["fi"],
        "grade": Grade.OPEN if of_units else Grade.PSEUDONYMOUS,
        "audience": SurveyAudience.UNITS if of_units else SurveyAudience.MEMBERS,
        "shown": ResultsShown.NEVER if of_units else ResultsShown.ANSWERED,
        "changeable": True,
    }
    try:
        made = surveys.create(
            actor=request.user,
            unit=chosen_unit(form, units),
            kind=SurveyKind.SITUATION if of_units else SurveyKind.SURVEY,
            values=values,
            form=start.form if start else Form(),
            token=data["token"],
        )
    except joining.SentAlready as sent:
        return redirect("office:survey_questions", sent.result)
    feedback.done(request, _("The draft was made. Write the questions next."))
    return redirect("office:survey_questions", made.pk)


@require_safe
def survey(request: ScopedRequest, pk: int) -> HttpResponse:
    """One survey: where it stands, what is missing, what may be done next."""
    found = find(request, pk)
    is_draft = found.state == SurveyState.DRAFT
    numbers = turnout(found)
    job = Job.objects.filter(pk=found.job_id).first() if found.job_id else None
    told = rounds(found)
    context = {
        "survey": found,
        "state": state_chip(found),
        "is_draft": is_draft,
        "is_open": found.takes_answers(clock.today()),
        "problems": [problem_text(found, one, language()) for one in problems(found.form, found.languages)]
        if is_draft
        else [],
        "questions": found.form.asking,
        "languages": [LANGUAGE_NAMES.get(code, code) for code in found.languages],
        "numbers": numbers,
        "silent": numbers.asked - numbers.answered,
        "job": job,
        "rounds": told,
        "next_round": next_round(found, told, on=clock.today(), at=clock.now()),
        "link": request.build_absolute_uri(reverse("public:survey_open", args=[found.code]))
        if found.audience == SurveyAudience.LINK and not is_draft
        else "",
        "hidden": hidden_because(found, number_told(found)),
        "history": history(found),
        "trail": trail(),
    }
    return render(request, "office/surveys/survey.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: ScopedRequest, pk: int) -> HttpResponse:
    found = find(request, pk)
    if found.state not in {SurveyState.DRAFT, SurveyState.OPEN}:
        raise Http404
    form = SettingsForm(
        request.POST if request.method == "POST" else None,
        survey=found,
        segments=_segments(request),
        today=clock.today(),
        initial={name: getattr(found, name) for name in surveys.SETTINGS},
    )
    if request.method == "POST" and form.is_valid():
        try:
            _saved(request, found, form)
        except SurveyError:
            form.add_error(None, _("The survey is in another state now. Nothing was saved."))
        else:
            feedback.done(request, _("The settings were saved."))
            return redirect("office:survey", pk)
    here = trail((found.title, reverse("office:survey", args=[pk])))
    return render(request, "office/surveys/settings.html", {"form": form, "survey": found, "trail": here})


def _saved(request: ScopedRequest, found: Survey, form: SettingsForm) -> None:
    was_draft = found.state == SurveyState.DRAFT
    surveys.save_settings(actor=request.user, survey=found, values=form.cleaned_data)
    if was_draft:
        words = replace(found.form, intro=form.texts("intro"), thanks=form.texts("thanks"))
        surveys.save_form(actor=request.user, survey=found, form=words)
