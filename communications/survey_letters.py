"""The message that asks an association to answer; people are asked in rounds (`services.asking`).

    send_letters(survey, invitations, reminding=False)  ->  (sent, refused)

Each is one message in the outbox, in the caller's transaction; its words and its link are made when it is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from communications.grades import grade_short
from communications.models import Survey, SurveyInvitation
from communications.services.posting import Facts, absolute, loader, post
from jasenpalvelu.common import clock
from jasenpalvelu.common.dates import format_date

TEMPLATE, KIND, REMINDER = "communications/email/survey", "surveys.ask", "surveys.remind"


def send_letters(
    survey: Survey, invitations: Sequence[SurveyInvitation], *, reminding: bool
) -> tuple[list[int], list[int]]:
    """The keys of those whose letter lies in the outbox, and of those who have no address it takes."""
    sent: list[int] = []
    refused: list[int] = []
    for invitation in invitations:
        try:
            _post(survey, invitation, reminding=reminding)
        except ValueError:
            refused.append(invitation.pk)
        else:
            sent.append(invitation.pk)
    return sent, refused


def _post(survey: Survey, invitation: SurveyInvitation, *, reminding: bool) -> None:
    language = _language(survey, invitation)
    post(
        template=TEMPLATE,
        email=invitation.unit.email if invitation.unit else "",
        language=language,
        facts={"invitation": invitation.pk, "reminding": reminding},
        unit_id=survey.unit_id,
        kind=REMINDER if reminding else KIND,
        reply_to=survey.unit.email,
        reference=f"survey:{survey.pk}",
        on_behalf=survey.unit.name_in(language),
    )


def _language(survey: Survey, invitation: SurveyInvitation) -> str:
    """The association's, where the survey is asked in it."""
    return invitation.language if invitation.language in survey.languages else survey.languages[0]


@loader(TEMPLATE)
def words(facts: Facts, language: str) -> dict[str, Any] | None:
    """What the letter says; nothing when the survey has closed or the answer has come meanwhile."""
    rows = SurveyInvitation.objects.select_related("survey__unit", "unit").filter(for_unit=True)
    invitation = rows.filter(pk=facts["invitation"]).first()
    if invitation is None or not invitation.survey.takes_answers(clock.today()):
        return None
    if facts["reminding"] and invitation.answered_on is not None:
        return None
    survey = invitation.survey
    return {
        "title": survey.title_in(language),
        "unit": survey.unit.name_in(language),
        "asked": invitation.unit.name_in(language) if invitation.unit else "",
        "link": absolute(reverse("office:survey_for_unit", args=[invitation.pk])),
        "until": format_date(survey.closes_on) if survey.closes_on else "",
        "grade": grade_short(survey),
        "contact": survey.unit.email or survey.unit.phone,
    }
