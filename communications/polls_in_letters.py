"""A poll inside a letter: its question and choices, and the address each choice opens.

    block = poll_block(poll, "fi")              {"question": …, "options": [(label, value), …], "grade": …, "until": …}
    tokens = poll_tokens(poll, [(party, unit, "fi"), …])        {party: token}; links.poll_path is where one leads

Opening the address ticks the choice and stores nothing: the answer is sent by the button of the page, so a mail scanner that opens
every link answers for nobody.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import translation

from communications.grades import grade_short
from communications.models import Survey, SurveyAudience, SurveyState
from communications.services import answering
from communications.surveying.questions import CHOOSING, say
from jasenpalvelu.common.dates import format_date
from members.scope import Scope


def polls_for(scope: Scope) -> QuerySet[Survey]:
    """Open polls one may put into a letter: their first question offers choices, whoever gets the letter is asked."""
    rows = Survey.objects.visible_to(scope).filter(audience=SurveyAudience.LETTER, state=SurveyState.OPEN)
    return rows.order_by("-created_at", "-pk")


def poll_block(poll: Survey, language: str) -> dict[str, Any]:
    """The first question as a letter shows it; no options where it offers none."""
    asking = poll.form.asking
    question = asking[0] if asking else None
    options: list[tuple[str, int]] = []
    if question is not None and question.kind in CHOOSING:
        options = [(say(one.text, language), n) for n, one in enumerate(question.choices, start=1)]
    with translation.override(language):
        return {
            "question": say(question.text, language) if question else poll.title_in(language),
            "options": options,
            "grade": grade_short(poll),
            "until": format_date(poll.closes_on) if poll.closes_on else "",
        }


def poll_tokens(poll: Survey, parties: list[tuple[int, int | None, str]]) -> dict[int, str]:
    """The token of each recipient: party, association, language. Called again it gives the same ones."""
    return answering.invite(survey_id=poll.pk, parties=parties)
