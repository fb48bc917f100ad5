"""What a dead sender left behind: its leases run out, and each message is told apart by how far it had come.

Claimed and not tried: back in turn, nothing has happened. Being tried: it may have left. A message about one's own matter or the
membership is sent again with the same Message-ID, a second notice of a meeting harms less than none; of any other letter it is
said that it is not known, and a person decides.
"""

# ruff: noqa: S608 -- numbers of our own
from __future__ import annotations

from django.db import connection

from communications.models.deliveries import Klass, Reason, State

_RECOVER = f"""
    WITH lost AS (
        SELECT d.id, d.state, d.klass, coalesce(m.state = 'cancelled', false) AS cancelled
        FROM communications_delivery d LEFT JOIN communications_mailing m ON m.id = d.mailing_id
        WHERE d.state IN ({State.CLAIMED}, {State.ATTEMPTING}) AND d.leased_until < clock_timestamp()
        ORDER BY d.id FOR UPDATE OF d SKIP LOCKED
    )
    UPDATE communications_delivery d SET
        state = CASE
            WHEN l.state = {State.CLAIMED} AND l.cancelled THEN {State.CANCELLED}
            WHEN l.state = {State.CLAIMED} THEN {State.PLANNED}
            WHEN l.klass <= {Klass.STATUTORY} THEN {State.DEFERRED}
            ELSE {State.UNCERTAIN} END,
        reason = CASE WHEN l.state = {State.CLAIMED} AND l.cancelled THEN '{Reason.CANCELLED}' ELSE '' END,
        attempts = CASE WHEN l.state = {State.CLAIMED} THEN greatest(d.attempts - 1, 0) ELSE d.attempts END,
        next_at = clock_timestamp(), worker = NULL, leased_until = NULL,
        done_at = CASE WHEN l.state = {State.ATTEMPTING} AND l.klass > {Klass.STATUTORY} THEN clock_timestamp() END
    FROM lost l WHERE d.id = l.id
    RETURNING d.state
"""


def recover() -> dict[str, int]:
    """Settle what dead senders held; how many in which state now."""
    with connection.cursor() as cursor:
        cursor.execute(_RECOVER)
        states = [State(row[0]) for row in cursor.fetchall()]
    return {state.name.lower(): states.count(state) for state in set(states)}
