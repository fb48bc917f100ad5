"""How a survey is told in the office: its state, what is missing in words, what has been done to it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from communications.forms.surveys import LANGUAGE_NAMES
from communications.models import Survey, SurveyState
from communications.surveying.questions import say
from communications.surveying.readiness import Problem
from jasenpalvelu.audit.models import Change, Mutation
from jasenpalvelu.common import clock
from jasenpalvelu.common.parts import Event

HISTORY = 20


def state_chip(survey: Survey) -> tuple[str, str]:
    """A chip: its kind and its words."""
    if survey.state == SurveyState.DRAFT:
        return "", _("draft")
    if survey.state == SurveyState.ARCHIVED:
        return "plain", _("archived")
    if survey.takes_answers(clock.today()):
        return ("done", _("open")) if survey.settled_at else ("info", _("being sent"))
    return "plain", _("closed")


def problem_text(survey: Survey, problem: Problem, language: str) -> str:
    """What is missing, and of which question."""
    language_name = str(LANGUAGE_NAMES.get(problem.language, "")).lower()
    text = {
        "nothing": _("There is no question yet."),
        "text": _("The question has no text."),
        "options": _("The question needs two choices at least."),
        "rows": _("The matrix has no rows."),
        "limits": _("So many cannot be chosen."),
        "condition": _("The condition asks about something that is not asked before."),
        "language": _("A text is missing in the language: %(language)s.") % {"language": language_name},
    }[problem.code]
    question = survey.form.find(problem.question) if problem.question else None
    if question is not None:
        return f"{say(question.text, language) or question.key}: {text}"
    if problem.code == "language":
        return f"{_('Introduction, thanks or a page title')}: {text}"
    return text


def history(survey: Survey) -> list[Event]:
    """What was done to it, the newest first."""
    rows = Change.objects.filter(table_name="communications_survey", row_id=str(survey.pk))
    acts = Mutation.objects.filter(pk__in=rows.values("mutation")).select_related("actor")
    words = {
        "survey.create": _("Made"),
        "survey.edit": _("Settings changed"),
        "survey.questions": _("Questions changed"),
        "survey.open": _("Opened"),
        "survey.settle": _("Settled who is asked"),
        "survey.close": _("Closed"),
        "survey.reopen": _("Opened again"),
        "survey.archive": _("Moved into the archive"),
        "survey.bring_back": _("Brought back from the archive"),
        "survey.forget": _("Respondents forgotten"),
    }
    return [
        Event(act.at, words[act.kind], act.actor.full_name if act.actor else _("By itself"))
        for act in acts.order_by("-at", "-pk")[:HISTORY]
        if act.kind in words
    ]
