"""The letter that asks somebody to answer: the one place where surveys send anything.

    send_letters(survey, invitations, reminding=False)  ->  (sent, refused)

Each is one message in the outbox, in the caller's transaction; its words and its link are made when it is sent. A sending of
another kind is put in here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse

from communications.grades import grade_short
from communications.models import Survey, SurveyInvitation
from communications.services.answering import party_name, token_of
from communications.services.posting import Facts, absolute, loader, post
from jasenpalvelu.common import clock
from jasenpalvelu.common.dates import format_date
from members.models import ContactPoint
from members.models.parties import ContactKind

TEMPLATE, KIND, REMINDER = "communications/email/survey", "surveys.ask", "surveys.remind"


def send_letters(
    survey: Survey, invitations: Sequence[SurveyInvitation], *, reminding: bool
) -> tuple[list[int], list[int]]:
    """The keys of those whose letter lies in the outbox, and of those who have no address it takes."""
    addresses = _addresses(invitations)
    sent: list[int] = []
    refused: list[int] = []
    for invitation in invitations:
        try:
            _post(survey, invitation, addresses.get(invitation.pk, ""), reminding=reminding)
        except ValueError:
            refused.append(invitation.pk)
        else:
            sent.append(invitation.pk)
    return sent, refused


def _addresses(invitations: Sequence[SurveyInvitation]) -> Mapping[int, str]:
    parties = [i.party_id for i in invitations if i.party_id is not None]
    points = ContactPoint.objects.filter(
        party__in=parties, kind=ContactKind.EMAIL, primary=True, valid_to=None, bounced_on=None
    )
    by_party = dict(points.order_by("pk").values_list("party_id", "value"))
    found = {}
    for invitation in invitations:
        if invitation.for_unit:
            found[invitation.pk] = invitation.unit.email if invitation.unit else ""
        else:
            found[invitation.pk] = by_party.get(invitation.party_id or 0, "")
    return found


def _post(survey: Survey, invitation: SurveyInvitation, email: str, *, reminding: bool) -> None:
    language = _language(survey, invitation)
    post(
        template=TEMPLATE,
        email=email,
        language=language,
        facts={"invitation": invitation.pk, "reminding": reminding},
        unit_id=survey.unit_id,
        party_id=invitation.party_id,
        kind=REMINDER if reminding else KIND,
        reply_to=survey.unit.email,
        reference=f"survey:{survey.pk}",
        on_behalf=survey.unit.name_in(language),
        name=party_name(invitation.party) if invitation.party else "",
    )


def _language(survey: Survey, invitation: SurveyInvitation) -> str:
    """The respondent's, where the survey is asked in it."""
    return invitation.language if invitation.language in survey.languages else survey.languages[0]


@loader(TEMPLATE)
def words(facts: Facts, language: str) -> dict[str, Any] | None:
    """What the letter says; nothing when the survey has closed or the answer has come meanwhile."""
    rows = SurveyInvitation.objects.select_related("survey__unit", "unit")
    invitation = rows.filter(pk=facts["invitation"]).first()
    if invitation is None or not invitation.survey.takes_answers(clock.today()):
        return None
    if facts["reminding"] and invitation.answered_on is not None:
        return None
    survey = invitation.survey
    if invitation.for_unit:
        path = reverse("office:survey_for_unit", args=[invitation.pk])
    else:
        path = reverse("public:survey", args=[token_of(invitation)])
    return {
        "title": survey.title_in(language),
        "unit": survey.unit.name_in(language),
        "asked": invitation.unit.name_in(language) if invitation.for_unit and invitation.unit else "",
        "link": absolute(path),
        "until": format_date(survey.closes_on) if survey.closes_on else "",
        "grade": grade_short(survey),
        "contact": survey.unit.email or survey.unit.phone,
    }
