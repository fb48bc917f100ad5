"""A poll in a letter: each recipient's own link to it, made at the freeze, so that one answer is one member's."""

from __future__ import annotations

from typing import Any

from django.db import connection
from psycopg2.extras import execute_values

from communications.letters.rendering import poll_of
from communications.models import Delivery, Mailing, State, Survey
from communications.models.topics import Channel
from communications.polls_in_letters import poll_tokens
from communications.services import backgrounds
from jasenpalvelu.common import clock

CHUNK = 5000


def invite(mailing: Mailing) -> int:
    """Ask everybody who gets the letter, by mail or on paper: their tokens of its poll stand among their own words. How many.

    Whoever gets it on paper answers on their own pages. Called when the letter has been frozen, in the caller's transaction.
    """
    key = poll_of(mailing) if mailing.survey_id is None else None
    poll = Survey.objects.filter(pk=key).first() if key else None
    if poll is None:
        return 0
    rows = Delivery.objects.filter(
        mailing=mailing, state=State.PLANNED, channel__in=[Channel.EMAIL, Channel.LETTER]
    )
    on = (mailing.frozen_at or clock.now()).astimezone(clock.HELSINKI).date()
    told = list(rows.order_by("pk").values_list("pk", "party_id", "unit_id", "language"))
    for start in range(0, len(told), CHUNK):
        part = told[start : start + CHUNK]
        tokens = poll_tokens(poll, [(party, unit, language) for _pk, party, unit, language in part])
        backgrounds.fill(survey=poll, parties=list(tokens), on=on)
        _write([(pk, tokens[party]) for pk, party, _unit, _language in part if party in tokens])
    return len(told)


def _write(tokens: list[tuple[int, str]]) -> None:
    with connection.cursor() as cursor:
        execute_values(
            cursor.cursor,
            "UPDATE communications_delivery d SET vars = d.vars || jsonb_build_object('poll', t.token)"
            " FROM (VALUES %s) t (id, token) WHERE d.id = t.id",
            tokens,
            page_size=CHUNK,
        )


def take_back(mailing: Mailing, *, cancelled: bool = False) -> int:
    """Who was asked by this letter alone, has not answered and does not get it after all is not asked; how many. `cancelled`: of a letter
    that was cancelled on its way, those it has not reached."""
    key = poll_of(mailing) if mailing.survey_id is None else None
    if key is None:
        return 0
    told = [{"kind": "poll", "poll": str(key)}]
    others = Mailing.objects.filter(versions__blocks__contains=told).exclude(pk=mailing.pk)
    params: dict[str, Any] = {
        "survey": key,
        "mailing": mailing.pk,
        "states": [State.CANCELLED] if cancelled else list(State),
        "others": list(others.order_by("pk").values_list("pk", flat=True).distinct()),
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_BACK, params)
        return int(cursor.rowcount)


_TAKE_BACK = """
    DELETE FROM communications_surveyinvitation i USING communications_delivery d
    WHERE i.survey_id = %(survey)s AND i.answered_on IS NULL AND i.party_id = d.party_id
      AND d.mailing_id = %(mailing)s AND d.state = ANY(%(states)s) AND d.vars ? 'poll'
      AND NOT EXISTS (SELECT 1 FROM communications_delivery o
        WHERE o.mailing_id = ANY(%(others)s) AND o.party_id = i.party_id AND o.vars ? 'poll')
"""
