"""What follows from a server's answer: the state of the message, and when it is tried again. Pure."""

from __future__ import annotations

import random
from dataclasses import dataclass

from communications.models.deliveries import Klass, Reason, State
from communications.sending.smtp import Outcome, Result

# After the first try, the second …: seconds. The last one repeats until the message is too old.
WAITS = (60, 300, 900, 3600, 4 * 3600)
# How old a message may grow before it is given up: what belongs to the membership longest.
HOURS = {Klass.TRANSACTIONAL: 24, Klass.STATUTORY: 72, Klass.MEMBER: 48, Klass.MARKETING: 24}


@dataclass(frozen=True)
class Settled:
    """A state to write. `wait` is seconds until the next try; `plain`: nothing but the state is worth writing."""

    state: State
    reason: str = ""
    code: str = ""
    said: str = ""
    wait: int = 0

    @property
    def plain(self) -> bool:
        return self.state == State.ACCEPTED


def settled(result: Result, *, klass: int, attempts: int, age: float) -> Settled:
    """`age` in seconds since the message was put into the outbox."""
    code, said = result.code[:20], result.said[:200]
    if result.outcome is Outcome.ACCEPTED:
        return Settled(State.ACCEPTED, "", code, said)
    if result.outcome is Outcome.REJECTED:
        return Settled(State.REJECTED, Reason.REFUSED_BY_SERVER, code, said)
    if result.outcome is Outcome.UNKNOWN and klass > Klass.STATUTORY:
        return Settled(State.UNCERTAIN, "", code, said)
    if age > HOURS[Klass(klass)] * 3600:
        return Settled(State.REJECTED, Reason.GAVE_UP, code, said)
    if result.outcome is Outcome.REFUSED:
        return Settled(State.DEFERRED, "", code, said, WAITS[0])
    wait = WAITS[min(attempts, len(WAITS)) - 1] if attempts else WAITS[0]
    spread = random.uniform(0.9, 1.1)  # noqa: S311 -- so that not all come at once
    return Settled(State.DEFERRED, "", code, said, int(wait * spread))
