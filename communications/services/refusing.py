"""Addresses a server refused while we were talking to it: the same as a bounce that comes back at once; and those it took."""

from __future__ import annotations

from collections.abc import Sequence


def note(refused: Sequence[tuple[str, str, str]]) -> None:
    """(address, code, what was said) of each. Only a code about the mailbox (5.1.x, 5.2.1) says anything of the address."""
    for address, code, said in refused:
        if code.startswith(("5.1.", "5.2.1")):
            _take(address, code, said)


def note_taken(addresses: Sequence[str]) -> None:
    """Servers took messages to these: points given for earlier troubles heal."""
    from communications.services import bouncing

    bouncing.heal(keys=addresses)


def _take(address: str, code: str, said: str) -> None:
    """Scored as a permanent failure (`bouncing`)."""
    from communications.services import bouncing

    bouncing.take_refusal(address=address, code=code, said=said)
