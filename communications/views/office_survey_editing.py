"""The questions of a draft: added, changed, moved by buttons, parted into pages; and a look at it as the respondents see it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from communications.forms.survey_questions import KIND_NAMES, QuestionForm
from communications.forms.surveys import LANGUAGE_NAMES
from communications.models import Survey, SurveyState
from communications.services import surveys
from communications.services.surveys import SurveyError
from communications.survey_reading import problem_text
from communications.surveying import questions
from communications.surveying.questions import LANGUAGES, Form, Question, say
from communications.surveying.readiness import problems
from communications.views.office_surveys import find, trail
from communications.views.survey_running import Way, over, run
from jasenpalvelu.common import feedback
from members.requests import ScopedRequest
from members.views.finding import language


def _draft(request: ScopedRequest, pk: int) -> Survey:
    found = find(request, pk)
    if found.state != SurveyState.DRAFT:
        raise Http404
    return found


def _question(survey: Survey, key: str) -> Question:
    question = survey.form.find(key)
    if question is None:
        raise Http404
    return question


def _here(survey: Survey, *further: tuple[str, str]) -> list[tuple[str, str]]:
    return trail((survey.title, reverse("office:survey", args=[survey.pk])), *further)


@require_safe
def index(request: ScopedRequest, pk: int) -> HttpResponse:
    """Every question in its place, with buttons; nothing needs a mouse or a script."""
    found = _draft(request, pk)
    form, here = found.form, language()
    pages = [
        (n, page, say(page.title, here), [_told(form, q, here) for q in page.questions])
        for n, page in enumerate(form.pages)
    ]
    context = {
        "survey": found,
        "pages": pages,
        "any": bool(form.questions),
        "several": len(form.pages) > 1,
        "kinds": KIND_NAMES.items(),
        "problems": [problem_text(found, one, here) for one in problems(form, found.languages)],
        "full": len(form.questions) >= questions.MOST_QUESTIONS,
        "trail": _here(found),
    }
    return render(request, "office/surveys/questions.html", context)


def _told(form: Form, question: Question, here: str) -> dict[str, Any]:
    """A question as the list shows it: what it asks, of what kind, on what condition."""
    condition, told = question.condition, ""
    if condition is not None and (asked := form.find(condition.question)) is not None:
        names = [say(o.text, here) for o in asked.choices if o.key in condition.values]
        words = {"question": say(asked.text, here), "values": ", ".join(names)}
        if condition.has:
            told = _("Asked if “%(question)s” was answered: %(values)s") % words
        else:
            told = _("Asked if “%(question)s” was answered otherwise than: %(values)s") % words
    return {
        "question": question,
        "text": say(question.text, here) or _("No text yet"),
        "kind": KIND_NAMES[question.kind],
        "condition": told,
        "options": [say(o.text, here) for o in question.options],
    }


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _draft(request, pk)
    kind = request.POST.get("kind") or request.GET.get("laji", "")
    if kind not in KIND_NAMES or len(found.form.questions) >= questions.MOST_QUESTIONS:
        raise Http404
    return _edit(request, found, Question(found.form.new_key(), kind), is_new=True)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: ScopedRequest, pk: int, key: str) -> HttpResponse:
    found = _draft(request, pk)
    return _edit(request, found, _question(found, key), is_new=False)


def _edit(request: ScopedRequest, found: Survey, question: Question, *, is_new: bool) -> HttpResponse:
    form = QuestionForm(
        request.POST if request.method == "POST" else None,
        question=question,
        languages=found.languages,
        before=found.form.before(question.key),
        here=language(),
    )
    if request.method == "POST" and form.is_valid():
        try:
            surveys.save_form(actor=request.user, survey=found, form=questions.placed(found.form, form.made))
        except (SurveyError, questions.FormError):
            form.add_error(None, _("The survey is in another state now. Nothing was saved."))
        else:
            feedback.done(request, _("The question was saved."))
            return redirect(reverse("office:survey_questions", args=[found.pk]) + f"#{question.key}")
    context = {
        "form": form,
        "survey": found,
        "question": question,
        "kind": KIND_NAMES[question.kind],
        "is_new": is_new,
        "trail": _here(found, (_("Questions"), reverse("office:survey_questions", args=[found.pk]))),
    }
    return render(request, "office/surveys/question.html", context)


@require_POST
def act(request: ScopedRequest, pk: int, key: str) -> HttpResponse:
    """One button beside a question: up, down, a page begins here or no more, removed."""
    found = _draft(request, pk)
    _question(found, key)
    form, what = found.form, request.POST.get("act", "")
    if what in {"up", "down"}:
        changed = questions.moved(form, key, down=what == "down")
    elif what == "page":
        changed = questions.broken(form, key)
    elif what == "remove":
        changed = questions.without(form, key)
    else:
        raise Http404
    try:
        surveys.save_form(actor=request.user, survey=found, form=changed)
    except SurveyError:
        raise Http404 from None
    if what == "remove":
        feedback.done(request, _("The question was removed."))
    return redirect(reverse("office:survey_questions", args=[pk]) + f"#{key}")


@require_POST
def title(request: ScopedRequest, pk: int, number: int) -> HttpResponse:
    """The title of a page, in each language of the survey."""
    found = _draft(request, pk)
    if number >= len(found.form.pages):
        raise Http404
    text = {
        code: written
        for code in found.languages
        if (written := request.POST.get(f"title_{code}", "").replace("\0", "").strip()[:120])
    }
    try:
        surveys.save_form(actor=request.user, survey=found, form=questions.titled(found.form, number, text))
    except SurveyError:
        raise Http404 from None
    feedback.done(request, _("The title was saved."))
    return redirect("office:survey_questions", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: ScopedRequest, pk: int) -> HttpResponse:
    """The survey as its respondents meet it. What is answered here is checked as theirs is, and stored nowhere."""
    found = find(request, pk)
    wanted = request.GET.get("kieli", "")
    told: dict[str, Any] = {
        "back": reverse("office:survey", args=[pk]),
        "here": f"kieli={wanted}" if wanted in found.languages else "",
        "trail": _here(found),
        "preview_languages": [(code, LANGUAGE_NAMES[code]) for code in LANGUAGES if code in found.languages],
    }
    if "kiitos" in request.GET:
        return over(request, found, "office", "tested", **told, preview=True)
    if not found.form.asking:
        return redirect("office:survey_questions", pk)

    def store(_answers: dict[str, Any]) -> None:
        """A test counts nowhere."""

    here = wanted if wanted in found.languages else language()
    with translation.override(here):
        way = Way(found, "office", store, f"{request.path}?kiitos", preview=True, told=told)
        return run(request, way)
