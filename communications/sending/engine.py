"""One sender: a few connections, each a thread that takes single messages first and then a lane's share of a letter.

Killed at any point: what was claimed and not tried goes back when its lease runs out, what was being tried — one message of each
connection — is in doubt and told so (`recovering`). A letter that is paused or cancelled stops within one batch.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import psycopg2
import structlog
from django.conf import settings
from django.db import connections

from communications import links
from communications.models.deliveries import Reason, State
from communications.sending import building, claiming, lanes, rechecking, singles
from communications.sending.backends import Connection, connect
from communications.sending.claiming import Claimed
from communications.sending.letters import Letters, envelope
from communications.sending.outcomes import Settled, settled
from communications.sending.rates import Rates
from communications.sending.smtp import Outcome, Result, Unreachable
from communications.services import refusing
from jasenpalvelu.common import clock

log = structlog.get_logger(__name__)

BATCH = 100
IDLE_SECONDS = 0.2
REST_SECONDS = 60
STORM = 0.1  # this share of a batch put off: the host is asked for less


@dataclass
class Run:
    """What the threads of one run share."""

    until: float
    rates: Rates
    turn: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    trouble: str = ""
    stop: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def over(self) -> bool:
        return self.stop.is_set() or time.monotonic() >= self.until

    @property
    def out_of_time(self) -> bool:
        """The time was up before the work."""
        return not self.stop.is_set() and time.monotonic() >= self.until

    def next_turn(self) -> int:
        with self.lock:
            self.turn += 1
            return self.turn

    def unreachable(self, error: Exception) -> None:
        self.trouble = str(error) or type(error).__name__
        self.stop.set()


def run(*, seconds: float, connections_used: int | None = None) -> Run:
    """Send what is due until nothing is, or the time is up."""
    now = Run(until=time.monotonic() + seconds, rates=Rates())
    wanted = connections_used or settings.MAIL_CONNECTIONS
    threads = [threading.Thread(target=_thread, args=(now,), daemon=True) for _n in range(wanted)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if now.trouble:
        log.warning("mail.unreachable", error=now.trouble)
    return now


def _thread(now: Run) -> None:
    sender = _Sender(now)
    try:
        sender.work()
    except Unreachable as error:
        now.unreachable(error)
    except Exception:
        now.stop.set()
        log.exception("mail.sender_failed")
    finally:
        sender.close()
        connections.close_all()


@dataclass
class _Batch:
    """`untried` from the last to the next; `previous`: accepted, and the next mark tells it."""

    untried: list[int]
    previous: int = 0
    put_off: int = 0
    taken: list[str] = field(default_factory=list)


class _Sender:
    """One connection out and one to the database."""

    def __init__(self, now: Run) -> None:
        self.now = now
        self.worker: UUID = uuid4()
        self.out: Connection = connect()
        self.letters = Letters()
        self._database: Any = None

    @property
    def cursor(self) -> Any:
        if self._database is None:
            self._database = _raw_connection()
            with self._database.cursor() as cursor:
                cursor.execute("SET synchronous_commit = off")
                cursor.execute(claiming.PREPARE % self.worker)
            self._cursor = self._database.cursor()
        return self._cursor

    def close(self) -> None:
        self.out.close()
        if self._database is not None:
            self._database.close()

    def work(self) -> None:
        while not self.now.over:
            sent = singles.send_due(self.out, worker=self.worker, limit=singles.BATCH)
            self.now.counts.update(sent)
            if not (sent or self._batch()):
                return

    def _batch(self) -> bool:
        """One lane's share of one letter. False when nothing is due anywhere."""
        due = claiming.due_lanes(self.cursor, lanes.MAIL_LANES)
        if not due:
            return False
        first = self.now.next_turn()
        for n in range(len(due)):
            mailing, lane = due[(first + n) % len(due)]
            if self.now.rates.rests(lane):
                continue
            granted = self.now.rates.take(lane, BATCH)
            if granted:
                rows = claiming.claim_lane(
                    self.cursor, worker=self.worker, mailing=mailing, lane=lane, limit=granted
                )
                rows = self._still_wanted(rows)
                if rows:
                    self._send(rows, lane)
                return True
        time.sleep(IDLE_SECONDS)
        return True

    def _still_wanted(self, rows: list[Claimed]) -> list[Claimed]:
        """Without those whom what has changed since the freeze leaves out: each is told with its reason."""
        left = rechecking.left_out(rows, clock.today())
        for row in rows:
            if reason := left.get(row.id):
                self._settle(row, Settled(State.SUPPRESSED, reason))
        return [row for row in rows if row.id not in left]

    def _send(self, rows: list[Claimed], lane: int) -> None:
        """Each marked before it is tried; what is not plainly accepted is settled before the next one is."""
        batch = _Batch([row.id for row in reversed(rows)])
        try:
            for row in rows:
                if self.now.over or not self._one(row, batch, lane):
                    break
        finally:
            if batch.previous:
                claiming.finish(self.cursor, key=batch.previous, worker=self.worker)
            if batch.untried:
                claiming.give_back(self.cursor, batch.untried, worker=self.worker)
        refusing.note_taken(batch.taken)
        if batch.put_off > STORM * len(rows):
            self.now.rates.slow_down(lane)

    def _one(self, row: Claimed, batch: _Batch, lane: int) -> bool:
        """False when no further message of the batch is to be tried."""
        content = self._content(row)
        if content is None:
            batch.untried.pop()
            self._settle(row, Settled(State.REJECTED, Reason.NOT_RENDERED))
            return True
        if not claiming.mark(self.cursor, current=row.id, previous=batch.previous):
            return False  # the lease was lost: others have these rows now
        batch.untried.pop()
        result = self._deliver(row, content)
        found = settled(result, klass=row.klass, attempts=row.attempts, age=row.age)
        if found.plain:
            batch.previous = row.id
            batch.taken.append(row.address)
            self.now.counts["accepted"] += 1
            return True
        batch.previous = 0  # the mark of this one has told it
        self._settle(row, found)
        batch.put_off += found.state == State.DEFERRED
        if result.outcome is Outcome.REFUSED:
            self.now.rates.rest(lane, REST_SECONDS)
            self.now.rates.slow_down(lane)
            return False
        return True

    def _content(self, row: Claimed) -> bytes | None:
        """None, and a line in the log, where it cannot be made: one message's trouble is not the letter's."""
        assert row.mailing is not None
        try:
            letter, refusable = self.letters.of(row.mailing, row.language)
            return building.message(letter, envelope(row, letter, refusable=refusable), clock.now())
        except (ValueError, LookupError, TypeError):
            log.exception("mail.not_made", delivery=row.id)
            return None

    def _deliver(self, row: Claimed, content: bytes) -> Result:
        try:
            return self.out.send(links.bounce_address(row.id), row.address, content)
        except Unreachable as error:
            self.now.unreachable(error)
            return Result(Outcome.REFUSED, said=str(error))

    def _settle(self, row: Claimed, found: Settled) -> None:
        """Write what was said of the message at once: put off and not told, another sender would try it again just now."""
        told = (row.id, int(found.state), found.reason, found.code, found.said, found.wait)
        claiming.settle(self.cursor, told, worker=self.worker)
        self.now.counts[found.state.name.lower()] += 1
        if found.state == State.REJECTED:
            refusing.note([(row.address, found.code, found.said)])


def _raw_connection() -> Any:
    """Beside Django's own: each statement its own transaction, whatever the thread's does."""
    params = connections["default"].get_connection_params()
    for name in ("cursor_factory", "context"):
        params.pop(name, None)
    made = psycopg2.connect(**params)
    made.autocommit = True
    return made
