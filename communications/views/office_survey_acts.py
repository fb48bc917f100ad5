"""What is done to a survey: opened, reminded of, closed, opened again, put away, copied, removed. Each asks first or can be undone."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from communications import survey_rounds
from communications.grades import grade_words
from communications.models import (
    Delivery,
    LeftOut,
    State,
    Survey,
    SurveyAudience,
    SurveyInvitation,
    SurveyState,
)
from communications.outbox_reading import said_of
from communications.services import inviting, surveys
from communications.services.surveys import SurveyError
from communications.survey_files import EXPORT_JOB
from communications.survey_results import hidden_because, number_told, turnout
from communications.surveying.readiness import problems
from communications.views.office_surveys import find, trail, units_asking
from jasenpalvelu.common import clock, feedback, keyset
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.money import format_number
from jasenpalvelu.jobs.services import enqueue
from members.requests import ScopedRequest


def _page(survey: Survey) -> tuple[str, str]:
    return survey.title, reverse("office:survey", args=[survey.pk])


def _changed(request: ScopedRequest, pk: int) -> HttpResponse:
    messages.error(request, _("The survey is in another state now. Nothing was done."))
    return redirect("office:survey", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def open_survey(request: ScopedRequest, pk: int) -> HttpResponse:
    """Asked first, in numbers: who is asked, and what the respondents are promised."""
    found = find(request, pk)
    if found.state != SurveyState.DRAFT:
        return redirect("office:survey", pk)
    if problems(found.form, found.languages):
        messages.error(request, _("Something is still missing. The list says what."))
        return redirect("office:survey", pk)
    error = ""
    if request.method == "POST":
        try:
            surveys.open_survey(
                actor=request.user,
                survey=found,
                on=clock.today(),
                at=clock.now(),
            )
        except SurveyError as wrong:
            if wrong.code == "state":
                return _changed(request, pk)
            error = _("The last day to answer has passed or is missing. Change it in the settings.")
        else:
            feedback.done(request, _("The survey is open."))
            return redirect("office:survey", pk)
    context = {
        "survey": found,
        "asked": _asked(request, found),
        "words": grade_words(found),
        "error": error,
        "trail": trail(_page(found)),
    }
    return render(request, "office/surveys/open.html", context)


def _asked(request: ScopedRequest, survey: Survey) -> int | None:
    """How many are asked if it opens now; None where nobody can say, or the segment is gone."""
    if survey.audience in {SurveyAudience.LINK, SurveyAudience.LETTER}:
        return None
    if survey.of_units:
        return inviting.units_asked(survey, request.scope, clock.today()).count()
    try:
        return inviting.chosen(survey, request.scope, clock.today()).count()
    except inviting.InvitingError:
        return None


@require_POST
def remind(request: ScopedRequest, pk: int) -> HttpResponse:
    found = find(request, pk)
    try:
        surveys.remind(actor=request.user, survey=found, on=clock.today(), at=clock.now())
    except SurveyError as error:
        if error.code not in _NOT_NOW:
            return _changed(request, pk)
        messages.error(request, str(_NOT_NOW[error.code]))
    else:
        done = _("The letters leave in a few minutes. Until then nobody gets one if you cancel them.")
        of_units = _("Reminders are being sent to associations that have not answered.")
        feedback.done(request, of_units if found.of_units else done)
    return redirect("office:survey", pk)


_NOT_NOW = {
    "under_way": gettext_lazy("Letters of this survey are on their way already. Nothing more was sent."),
    "early": gettext_lazy("The last letters are not a day old. Send the next ones later."),
}


@require_http_methods(["GET", "HEAD", "POST"])
def close(request: ScopedRequest, pk: int) -> HttpResponse:
    found = find(request, pk)
    if request.method == "POST":
        try:
            surveys.close(actor=request.user, survey=found, at=clock.now())
        except SurveyError:
            return _changed(request, pk)
        feedback.done(request, _("The survey was closed."), undo=reverse("office:survey_reopen", args=[pk]))
        return redirect("office:survey", pk)
    numbers = turnout(found)
    silent = max(numbers.asked - numbers.answered, 0)
    context = {
        "question": _("Close the survey %(title)s?") % {"title": found.title},
        "consequence": ngettext(
            "No more answers are taken. %(n)s has not answered.",
            "No more answers are taken. %(n)s have not answered.",
            silent,
        )
        % {"n": format_number(silent, decimals=0)},
        "deed": _("Close the survey"),
        "cancel_url": reverse("office:survey", args=[pk]),
        "trail": trail(_page(found)),
    }
    return render(request, "office/confirm.html", context)


@require_POST
def reopen(request: ScopedRequest, pk: int) -> HttpResponse:
    try:
        surveys.reopen(actor=request.user, survey=find(request, pk), on=clock.today())
    except SurveyError as error:
        if error.code == "day":
            messages.error(request, _("The last day of the public link has passed: copy the survey instead."))
            return redirect("office:survey", pk)
        return _changed(request, pk)
    feedback.done(request, _("The survey is open again. The same links work."))
    return redirect("office:survey", pk)


@require_POST
def archive(request: ScopedRequest, pk: int) -> HttpResponse:
    try:
        surveys.archive(actor=request.user, survey=find(request, pk))
    except SurveyError:
        return _changed(request, pk)
    feedback.done(
        request,
        _("The survey was put into the archive."),
        undo=reverse("office:survey_bring_back", args=[pk]),
    )
    return redirect("office:survey", pk)


@require_POST
def bring_back(request: ScopedRequest, pk: int) -> HttpResponse:
    try:
        surveys.bring_back(actor=request.user, survey=find(request, pk))
    except SurveyError:
        return _changed(request, pk)
    feedback.done(request, _("The survey was brought back."))
    return redirect("office:survey", pk)


@require_POST
def copy(request: ScopedRequest, pk: int) -> HttpResponse:
    """A new draft with the same questions, in the unit one may ask for."""
    found = find(request, pk)
    units = {unit.pk: unit for unit in units_asking(request)}
    unit = units.get(found.unit_id) or next(iter(units.values()))
    title = _("Copy: %(title)s") % {"title": found.title_fi}
    made = surveys.copy(actor=request.user, survey=found, unit=unit, title=title)
    feedback.done(request, _("A copy was made as a draft."))
    return redirect("office:survey", made.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: ScopedRequest, pk: int) -> HttpResponse:
    found = find(request, pk)
    if found.state != SurveyState.DRAFT:
        raise Http404
    if request.method == "POST":
        try:
            surveys.delete_draft(actor=request.user, survey=found)
        except SurveyError:
            return _changed(request, pk)
        feedback.done(request, _("The draft was removed."))
        return redirect("office:surveys")
    context = {
        "question": _("Remove the draft %(title)s?") % {"title": found.title},
        "consequence": _("Its questions go with it. Nobody has been asked anything yet."),
        "deed": _("Remove the draft"),
        "cancel_url": reverse("office:survey", args=[pk]),
        "trail": trail(_page(found)),
    }
    return render(request, "office/confirm.html", context)


@require_POST
def export(request: ScopedRequest, pk: int) -> HttpResponse:
    """As a file, by a job: what the grade lets one take out."""
    found = find(request, pk)
    if hidden_because(found, number_told(found)):
        messages.error(request, _("The results are not told yet, so there is nothing to take out."))
        return redirect("office:survey_results", pk)
    form = "csv" if request.POST.get("muoto") == "csv" else "xlsx"
    job = enqueue(
        kind=EXPORT_JOB,
        title=_("Answers: %(title)s") % {"title": found.title},
        owner=request.user,
        unit_id=found.unit_id,
        params={"survey": found.pk, "format": form},
        dedupe_key=f"{found.pk}:{form}:{request.user.pk}",
        needs="surveys.edit",
        units=[found.unit_id],
    )
    return redirect("office:job", job.pk)


@require_safe
def invited(request: ScopedRequest, pk: int) -> HttpResponse:
    """Who is asked. Who has answered is told only where names are known to the office."""
    found = find(request, pk)
    if found.audience == SurveyAudience.LINK or found.forgotten_at is not None:
        raise Http404
    named = found.grade == "open"
    rows = SurveyInvitation.objects.filter(survey=found).select_related("party", "unit")
    chosen = request.GET.get("nayta", "")
    if chosen == "ilman":
        rows = survey_rounds.without_letter(rows)
    elif chosen == "hiljaa" and named:
        rows = rows.filter(answered_on=None)
    elif chosen == "vastanneet" and named:
        rows = rows.exclude(answered_on=None)
    reasons = [(LeftOut(code).label, n) for code, n in sorted(inviting.left_out(found).items())]
    page: keyset.Page[SurveyInvitation] = keyset.from_query(rows, request.GET, order=["pk"])
    letters = survey_rounds.letters_of(found, page.rows)
    context = {
        "survey": found,
        "page": page,
        "lines": [
            (one, [letter_line(row) for row in letters.get(one.party_id or 0, ())]) for one in page.rows
        ],
        "named": named,
        "chosen": chosen,
        "reasons": [*reasons, *survey_rounds.why_without(found)],
        "trail": trail(_page(found)),
    }
    return render(request, "office/surveys/invited.html", context)


def letter_line(row: Delivery) -> tuple[str, bool]:
    """What became of a letter to a respondent, and whether it was a reminder."""
    when = row.done_at or row.created_at
    day = format_date(when.astimezone(clock.HELSINKI).date())
    told = day if row.state == State.ACCEPTED else said_of(row).capitalize()
    return told, bool(row.mailing and row.mailing.reminding)
