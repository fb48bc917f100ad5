"""Addresses a server refused while we were talking to it: the same as a bounce that comes back at once; and those it took."""

from __future__ import annotations

from collections.abc import Sequence


def note(refused: Sequence[tuple[str, str, str]]) -> None:
    """(address, code, what was said) of each; what it says of the address is `verdicts`' to tell."""
    from communications.services import bouncing

    for address, code, said in refused:
        bouncing.take_refusal(address=address, code=code, said=said)


def note_taken(addresses: Sequence[str]) -> None:
    """Servers took messages to these: points given for earlier troubles heal."""
    from communications.services import bouncing

    bouncing.heal(keys=addresses)
