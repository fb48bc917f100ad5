"""Files of a message by reference: an invoice is made, or read, when the message leaves, and stored with no message.

@attaching.register("billing.invoice")
def invoice(number: int) -> Attached | None: ...
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from communications.sending.building import Attached

Maker = Callable[[int], Attached | None]

_makers: dict[str, Maker] = {}


class Missing(LookupError):
    """What should be attached is not there: the message is not sent without it."""


def register(name: str) -> Callable[[Maker], Maker]:
    """Say how a reference of this name becomes a file; None when it is gone."""

    def keep(maker: Maker) -> Maker:
        _makers[name] = maker
        return maker

    return keep


def attachments(reference: Mapping[str, Any]) -> tuple[Attached, ...]:
    """The files of a message: {"name": "billing.invoice", "id": 7}. Raises Missing."""
    if not reference:
        return ()
    maker = _makers.get(str(reference["name"]))
    made = maker(int(reference["id"])) if maker else None
    if made is None:
        raise Missing(str(reference))
    return (made,)
