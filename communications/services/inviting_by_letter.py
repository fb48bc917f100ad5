"""A poll in a letter: each recipient's own link to it, made at the freeze, so that one answer is one member's."""

from __future__ import annotations

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
    key = poll_of(mailing)
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
