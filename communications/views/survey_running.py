"""The way through a survey, the same by a link, by login, for an association and in a preview: screen after screen, then the answer.

What has been answered so far travels with the form, sealed; nothing is stored before the last button. Opening a page changes
nothing, so a mail scanner that follows every link answers for nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language

from communications.forms.survey_answering import AnswerForm
from communications.grades import grade_name, grade_words
from communications.models import Survey
from communications.services.answering import AnswerError
from communications.survey_files import worded
from communications.surveying import path
from communications.surveying.questions import MATRIX, MULTIPLE, Form, Question, say
from members.requests import ScopedRequest

SALT = "communications.survey.sofar"
Store = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Way:
    """Who answers what, and how: `store` keeps the answer (AnswerError), `draft` what is not ready yet; None: there are no drafts.

    `given` is what was answered before, `told` further values for the page, `done_url` where one goes having answered.
    """

    survey: Survey
    frame: str
    store: Store
    done_url: str
    given: dict[str, Any] = field(default_factory=dict)
    draft: Store | None = None
    preview: bool = False
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def language(self) -> str:
        here = (get_language() or "fi")[:2]
        return here if here in self.survey.languages else self.survey.languages[0]


def run(request: ScopedRequest, way: Way) -> HttpResponse:
    """One screen, or what comes of the last one."""
    form = way.survey.form
    if request.method != "POST":
        answers = way.given | _preselected(form, request.GET.get("vastaus", ""))
        return _screen(request, way, form, answers, path.step(form, answers, -1) or 0)
    sealed = _sofar(request, way.survey)
    if sealed is None:
        return _screen(request, way, form, way.given, 0, lost=True)
    answers, at = sealed
    act = request.POST.get("act", "next")
    if at >= len(path.screens(form)):
        return _from_review(request, way, form, answers, act)
    typed = _typed(request, way, form, answers, at, loose=act in {"back", "draft"})
    if not typed.is_valid() and act not in {"back", "draft"}:
        return _screen(request, way, form, answers, at, typed=typed)
    answers = _joined(answers, typed)
    if act == "draft" and way.draft is not None:
        return _kept(request, way, answers, way.draft)
    if act == "back":
        return _screen(request, way, form, answers, _or(path.step(form, answers, at, back=True), at))
    return _further(request, way, form, answers, at)


def _further(request: ScopedRequest, way: Way, form: Form, answers: dict[str, Any], at: int) -> HttpResponse:
    """The next screen; having come to the end, what is still missing, a look at everything, or at once the answer."""
    following = path.step(form, answers, at)
    if following is not None:
        return _screen(request, way, form, answers, following)
    if len(path.screens(form)) > 1:
        return _review(request, way, form, answers)
    return _send(request, way, form, answers)


def _from_review(
    request: ScopedRequest, way: Way, form: Form, answers: dict[str, Any], act: str
) -> HttpResponse:
    if act == "back":
        last = path.step(form, answers, len(path.screens(form)), back=True)
        return _screen(request, way, form, answers, _or(last, 0))
    if act == "draft" and way.draft is not None:
        return _kept(request, way, answers, way.draft)
    return _send(request, way, form, answers)


def _send(request: ScopedRequest, way: Way, form: Form, answers: dict[str, Any]) -> HttpResponse:
    if lacking := path.missing(form, answers):
        at = next(n for n, one in enumerate(path.screens(form)) if lacking[0] in one.questions)
        return _screen(request, way, form, answers, at, lacking=True)
    return _kept(request, way, path.kept(form, answers), way.store)


def _kept(request: ScopedRequest, way: Way, answers: dict[str, Any], keep: Store) -> HttpResponse:
    try:
        keep(answers)
    except AnswerError as error:
        context = _context(way) | {"why": error.code}
        return render(request, "public/surveys/over.html", context, status=409)
    return redirect(way.done_url)


# --- the pages --------------------------------------------------------------------------------------------------------
def _screen(
    request: ScopedRequest,
    way: Way,
    form: Form,
    answers: dict[str, Any],
    at: int,
    *,
    typed: AnswerForm | None = None,
    lost: bool = False,
    lacking: bool = False,
) -> HttpResponse:
    every = path.screens(form)
    shown = typed or _typed(request, way, form, answers, at, fresh=True)
    context = _context(way) | {
        "form": shown,
        "title": say(every[at].title, way.language) if every else "",
        "first": path.step(form, answers, at, back=True) is None,
        "only": len(every) == 1,
        "number": at + 1,
        "count": len(every),
        "sofar": _sealed(way.survey, answers, at),
        "intro": say(form.intro, way.language) if at == 0 else "",
        "lost": lost,
        "lacking": lacking,
    }
    return render(request, "public/surveys/screen.html", context)


def _review(request: ScopedRequest, way: Way, form: Form, answers: dict[str, Any]) -> HttpResponse:
    """Everything that was answered, once more, before it is sent."""
    found = path.kept(form, answers)
    lines = [
        (say(q.text, way.language), worded(q, found.get(q.key), way.language))
        for q in path.on_way(form, found)
        if q.asks
    ]
    context = _context(way) | {
        "lines": lines,
        "sofar": _sealed(way.survey, answers, len(path.screens(form))),
    }
    return render(request, "public/surveys/review.html", context)


def _context(way: Way) -> dict[str, Any]:
    survey = way.survey
    return {
        "survey": survey,
        "survey_title": survey.title_in(way.language),
        "frame_template": f"{way.frame}/base.html",
        "grade": grade_name(survey),
        "grade_words": grade_words(survey),
        "drafts": way.draft is not None,
        "preview": way.preview,
        "here": "",
    } | way.told


def over(request: ScopedRequest, survey: Survey, frame: str, why: str, **told: Any) -> HttpResponse:
    """In place of the questions: closed, answered, or thanks."""
    way = Way(survey, frame, lambda _answers: None, "")
    thanks = say(survey.form.thanks, way.language)
    context = _context(way) | {"why": why, "thanks": thanks} | told
    return render(request, "public/surveys/over.html", context)


# --- what travels -----------------------------------------------------------------------------------------------------
def _typed(
    request: ScopedRequest,
    way: Way,
    form: Form,
    answers: dict[str, Any],
    at: int,
    *,
    loose: bool = False,
    fresh: bool = False,
) -> AnswerForm:
    every = path.screens(form)
    found = path.kept(form, answers)
    questions: list[Question] = []
    if every:
        questions = [q for q in every[at].questions if path.shown(form, q, found)]
    data = None if fresh or request.method != "POST" else request.POST
    return AnswerForm(data, questions=questions, answers=answers, language=way.language, loose=loose)


def _joined(answers: dict[str, Any], typed: AnswerForm) -> dict[str, Any]:
    typed.is_valid()
    found = answers | typed.answers
    return {key: value for key, value in found.items() if value is not None}


def _sealed(survey: Survey, answers: dict[str, Any], at: int) -> str:
    return signing.dumps([survey.pk, at, answers], salt=SALT, compress=True)


def _sofar(request: ScopedRequest, survey: Survey) -> tuple[dict[str, Any], int] | None:
    """What was answered on the screens before, and which screen was sent; None for a seal that is false or another survey's."""
    try:
        pk, at, answers = signing.loads(request.POST.get("sofar", ""), salt=SALT)
    except (signing.BadSignature, TypeError, ValueError):
        return None
    return (answers, at) if pk == survey.pk and 0 <= at <= len(path.screens(survey.form)) else None


def _preselected(form: Form, wanted: str) -> dict[str, Any]:
    """What was chosen in a letter: the choice of that number in the first question. It is only ticked, not sent."""
    question = form.asking[0] if form.asking else None
    if question is None or question.kind == MATRIX or not wanted.isascii() or not wanted.isdigit():
        return {}
    choices = question.choices
    if not 1 <= int(wanted[:3]) <= len(choices):
        return {}
    key = choices[int(wanted[:3]) - 1].key
    if question.kind == MULTIPLE:
        return {question.key: [key]}
    return {question.key: int(key) if question.points else key}


def _or(value: int | None, other: int) -> int:
    return other if value is None else value
