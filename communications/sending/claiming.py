"""The rows of the outbox in SQL: claim, mark, give back. On connections of the sender's own, in plain statements.

A claim takes rows no other worker holds and rechecks what may have changed since the freeze: whoever has unsubscribed or whose
address has been stopped meanwhile is not sent to. The mark of one message says durably "the next one is being tried, the last one
ended so": it is on disk before the first byte leaves, so a killed worker leaves at most one message of each connection in doubt.
Marks are written with synchronous_commit off: they survive the worker's death, and a crash of the database itself may lose the
last half second of them.
"""

# ruff: noqa: S608 -- what is joined into the statements are numbers and names of our own
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from communications.models.deliveries import Klass, Reason, State
from communications.models.topics import Channel

LEASE = "2 minutes"

_STOPPED = "EXISTS (SELECT 1 FROM communications_addressstate a WHERE a.address = d.address_key AND a.stopped_at IS NOT NULL)"
_REFUSED = (
    "EXISTS (SELECT 1 FROM communications_preference p JOIN communications_mailing m ON m.topic_id = p.topic_id"
    f" WHERE m.id = d.mailing_id AND p.party_id = d.party_id AND p.channel = {Channel.EMAIL} AND NOT p.wanted)"
)
_COLUMNS = (
    "d.id, d.mailing_id, d.lane, d.klass, d.address, d.name, d.language, d.vars::text, d.reply_to, d.attempts, d.party_id,"
    " extract(epoch FROM clock_timestamp() - d.created_at)::float, d.state"
)

_CLAIM = f"""
    WITH turn AS (
        SELECT id FROM communications_delivery
        WHERE {{where}} AND state IN ({State.PLANNED}, {State.DEFERRED}) AND channel = {Channel.EMAIL}
          AND next_at <= clock_timestamp()
        ORDER BY {{order}} LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    ), checked AS (
        SELECT d.id, CASE
            WHEN {_STOPPED} THEN '{Reason.ADDRESS_STOPPED}'
            WHEN d.klass >= {Klass.MEMBER} AND {_REFUSED} THEN '{Reason.REFUSED}'
            ELSE '' END AS reason
        FROM communications_delivery d JOIN turn ON turn.id = d.id
    )
    UPDATE communications_delivery d SET
        state = CASE WHEN c.reason = '' THEN {State.CLAIMED} ELSE {State.SUPPRESSED} END,
        reason = c.reason,
        attempts = d.attempts + 1,
        done_at = CASE WHEN c.reason = '' THEN NULL ELSE clock_timestamp() END,
        leased_until = clock_timestamp() + interval '{LEASE}', worker = %(worker)s
    FROM checked c WHERE d.id = c.id
    RETURNING {_COLUMNS}
"""
# Each in the order of an index of its own. A matter of one's own goes before what is sent to many one by one.
_CLAIM_SINGLE = _CLAIM.format(where="mailing_id IS NULL", order="klass, next_at, id")
_CLAIM_OF_LANE = _CLAIM.format(where="mailing_id = %(mailing)s AND lane = %(lane)s", order="next_at, id")

# Which lanes of the letters being sent have something due: the first in turn of each, by the index of turns. A condition of
# existence would be turned into a join, and every question into a walk through all that is waiting.
_DUE = f"""
    SELECT m.id, l.lane FROM communications_mailing m, unnest(%(lanes)s::smallint[]) l (lane)
    WHERE m.state = 'sending' AND clock_timestamp() >= (
        SELECT d.next_at FROM communications_delivery d
        WHERE d.mailing_id = m.id AND d.lane = l.lane AND d.state IN ({State.PLANNED}, {State.DEFERRED})
        ORDER BY d.next_at, d.id LIMIT 1)
"""

PREPARE = f"""
    PREPARE mark (bigint, bigint) AS UPDATE communications_delivery SET
        state = CASE id WHEN $1 THEN {State.ATTEMPTING} ELSE {State.ACCEPTED} END,
        done_at = CASE id WHEN $1 THEN NULL ELSE clock_timestamp() END,
        leased_until = clock_timestamp() + interval '{LEASE}'
    WHERE id IN ($1, $2) AND worker = '%s'
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row as the sender needs it; `vars` are still JSON text."""

    id: int
    mailing: int | None
    lane: int
    klass: int
    address: str
    name: str
    language: str
    vars: str
    reply_to: str
    attempts: int
    party: int | None
    age: float
    state: int

    @property
    def single(self) -> bool:
        return self.mailing is None


def claim_single(cursor: Any, *, worker: UUID, limit: int) -> list[Claimed]:
    """Single messages first in turn: they are about a matter of somebody's own."""
    cursor.execute(_CLAIM_SINGLE, {"worker": str(worker), "limit": limit})
    return _claimed(cursor)


def claim_lane(cursor: Any, *, worker: UUID, mailing: int, lane: int, limit: int) -> list[Claimed]:
    """Messages of one letter on one lane."""
    cursor.execute(_CLAIM_OF_LANE, {"worker": str(worker), "mailing": mailing, "lane": lane, "limit": limit})
    return _claimed(cursor)


def _claimed(cursor: Any) -> list[Claimed]:
    rows = [Claimed(*row) for row in cursor.fetchall()]
    return sorted((row for row in rows if row.state == State.CLAIMED), key=lambda row: row.id)


def due_lanes(cursor: Any, lanes: Sequence[int]) -> list[tuple[int, int]]:
    """(letter, lane) with something to send now."""
    cursor.execute(_DUE, {"lanes": list(lanes)})
    return list(cursor.fetchall())


def mark(cursor: Any, *, current: int, previous: int) -> bool:
    """Durably: `current` is being tried, and `previous` (0: none) has been accepted. False when the lease has been lost."""
    cursor.execute("EXECUTE mark (%s, %s)", (current, previous))
    return bool(cursor.rowcount == (2 if previous else 1))


def mark_single(*, key: int, worker: UUID) -> bool:
    """As `mark`, of a single message. False when the lease has been lost: another sender may have sent it."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE communications_delivery SET state = {State.ATTEMPTING}, leased_until = clock_timestamp() + interval '{LEASE}'
            WHERE id = %s AND worker = %s AND state = {State.CLAIMED}
            """,
            [key, str(worker)],
        )
        return bool(cursor.rowcount)


def finish(cursor: Any, *, key: int, worker: UUID) -> None:
    """The last message of a batch has been accepted."""
    cursor.execute(
        "UPDATE communications_delivery SET state = %s, done_at = clock_timestamp() WHERE id = %s AND worker = %s",
        (int(State.ACCEPTED), key, str(worker)),
    )


def settle(cursor: Any, told: tuple[int, int, str, str, str, int], *, worker: UUID) -> bool:
    """What became of a message that did not simply go: (id, state, reason, code, said, seconds until the next try). False when the
    lease has been lost: another sender tells it."""
    key, state, reason, code, said, wait = told
    cursor.execute(
        """
        UPDATE communications_delivery SET state = %s, reason = %s, code = %s, said = %s,
            next_at = clock_timestamp() + make_interval(secs => %s), worker = NULL, leased_until = NULL,
            done_at = clock_timestamp()
        WHERE id = %s AND worker = %s
        """,
        (state, reason, code, said, wait, key, str(worker)),
    )
    return bool(cursor.rowcount)


def give_back(cursor: Any, keys: Sequence[int], *, worker: UUID) -> None:
    """Rows claimed and not tried: as if nothing had been. Of a letter that was cancelled meanwhile they end."""
    cursor.execute(
        f"""
        UPDATE communications_delivery d SET worker = NULL, leased_until = NULL, attempts = greatest(attempts - 1, 0),
            state = CASE WHEN cancelled THEN {State.CANCELLED} ELSE {State.PLANNED} END,
            reason = CASE WHEN cancelled THEN '{Reason.CANCELLED}' ELSE '' END
        FROM (SELECT o.id, coalesce(m.state = 'cancelled', false) AS cancelled FROM communications_delivery o
              LEFT JOIN communications_mailing m ON m.id = o.mailing_id WHERE o.id = ANY(%s)) k
        WHERE d.id = k.id AND d.state = {State.CLAIMED} AND d.worker = %s
        """,
        (list(keys), str(worker)),
    )
