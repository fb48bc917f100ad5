"""Surveys that wait for the member's answer, on the page of messages."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications import portal_messages
from communications.services import answering


@portal_messages.register("surveys", title=gettext_lazy("Surveys"), order=30, more="portal:surveys")
def waiting(asked: portal_messages.Asked) -> list[portal_messages.Item]:
    return [
        portal_messages.Item(
            one.survey.title,
            reverse("portal:own_survey", args=[one.pk]),
            at=one.survey.closes_on,
            text=one.survey.unit.name,
            chip=("warn", _("waits for your answer")),
        )
        for one in answering.waiting_for(asked.party_id, asked.on)[: asked.limit]
    ]
