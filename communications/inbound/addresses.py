"""Which of our addresses a mail came to: bounces+token, reply+token. Pure but for the settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import getaddresses

from django.conf import settings

BOUNCES, REPLIES = "bounces", "replies"
# The envelope's recipient first, as mail servers write it; then whom the mail says it is to.
_HEADERS = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc")
MOST = 50


@dataclass(frozen=True)
class Ours:
    """What the address is for, and its token ("" without one)."""

    use: str
    token: str


def ours(address: str) -> Ours | None:
    """None for an address that is not one of the two."""
    local, _at, domain = address.strip().strip("<>").rpartition("@")
    if domain.lower() != settings.MAIL_DOMAIN.lower():
        return None
    name, _plus, token = local.partition("+")
    uses = {settings.MAIL_BOUNCES.lower(): BOUNCES, settings.MAIL_REPLIES.lower(): REPLIES}
    use = uses.get(name.lower())
    return Ours(use, token.lower()) if use else None


def ours_of(message: EmailMessage, recipients: Iterable[str] = ()) -> list[Ours]:
    """Each address of ours the mail came to, once: those of the envelope, else those of its headers."""
    given = [found for address in recipients if (found := ours(address))]
    return list(dict.fromkeys(given or (found for address in _named(message) if (found := ours(address)))))


def _named(message: EmailMessage) -> Iterator[str]:
    told = [value for name in _HEADERS for value in header_values(message, name)]
    for n, (_name, address) in enumerate(getaddresses(told)):
        if n >= MOST:
            return
        yield address


def header_values(message: EmailMessage, name: str) -> list[str]:
    """A header's values as text, whatever they hold: one that cannot be read is left out."""
    found = []
    for key, value in message.raw_items():
        if key.lower() == name.lower():
            found.append(" ".join(str(value).encode("utf-8", "replace").decode().split()))
    return found


def header(message: EmailMessage, name: str) -> str:
    return next(iter(header_values(message, name)), "")
