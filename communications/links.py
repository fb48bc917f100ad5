"""What a message carries to be known again: its id, its address for bounces, its links. Short, signed, opaque.

They do not expire by themselves: when what they lead to has been deleted in its time, their page says so.

A link in a letter may be opened years later and by a mail scanner at once: reading it changes nothing, and it opens what the
letter was about and nothing else. The signature is 96 bits of HMAC-SHA256 over the purpose and the number.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import cache

from django.conf import settings

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
SIGNED = 24  # hexadecimal digits


@cache
def _key(purpose: str, secret: str) -> bytes:
    return hashlib.sha256(f"communications.links:{purpose}:{secret}".encode()).digest()


def _signature(purpose: str, number: str, secret: str = "") -> str:
    key = _key(purpose, secret or settings.SECRET_KEY)
    return hmac.new(key, number.encode(), hashlib.sha256).hexdigest()[:SIGNED]


def _base36(number: int) -> str:
    found = ""
    while number:
        number, digit = divmod(number, 36)
        found = _DIGITS[digit] + found
    return found or "0"


def token(purpose: str, number: int) -> str:
    """`number` signed for one purpose, in letters that survive a mail server: "1z-9f2c…"."""
    told = _base36(number)
    return f"{told}-{_signature(purpose, told)}"


def number_of(purpose: str, told: str) -> int | None:
    """The number of a token that was made here for the purpose; None for anything else."""
    number, _dash, signature = told.lower().partition("-")
    if not number or not told.isascii() or not number.isalnum() or len(number) > 13:
        return None
    secrets = [str(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    if not any(hmac.compare_digest(_signature(purpose, number, secret), signature) for secret in secrets):
        return None
    return int(number, 36)


# Purposes.
UNSUBSCRIBE, BOUNCE, READ = "unsubscribe", "bounce", "read"


def poll_path(token: str, value: str | int = "") -> str:
    """Where the choice of a poll leads, as `public:survey`; written out, because a letter to all asks for it a million times."""
    return f"/kysely/{token}/" + (f"?vastaus={value}" if value != "" else "")


def message_id(delivery: int) -> str:
    """The same however often the message is sent, so that a receiver can drop a copy."""
    return f"<{token('message', delivery)}@{settings.MAIL_DOMAIN}>"


def bounce_address(delivery: int) -> str:
    """The envelope's sender: a message that comes back says by its address which one it was (VERP)."""
    return f"{settings.MAIL_BOUNCES}+{token(BOUNCE, delivery)}@{settings.MAIL_DOMAIN}"
