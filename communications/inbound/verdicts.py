"""What a mail server's status says of an address: that it does not exist, that it is in trouble, or that it is about us. Pure.

RFC 3463 with what the large receivers make of it. A refusal because of the letter, the sender or the sending server says nothing
of the recipient: counting it against the address would stop half of a list on the day our own server is blocked.
"""

from __future__ import annotations

import re
from enum import Enum


class Verdict(Enum):
    """HARD stops the address at once, SOFT counts one point, OURS counts nothing."""

    HARD = "hard"
    SOFT = "soft"
    OURS = "ours"


STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<!\d)([45])\d\d(?!\d)")
# About the sender, although they stand among the statuses of addresses: bad sender's address, sending limits of M365.
_OF_SENDER = {(1, 7), (1, 8), (1, 90)}
# Beside every 5.1.x: the mailbox is closed, no route to the domain, "access denied" of M365 for one that is not there, moved away.
_GONE = {(2, 1), (4, 1), (4, 4), (4, 310)}
_UNKNOWN = re.compile(
    r"user unknown|unknown user|unknown recipient|no such user|no such recipient|does ?n[o']t exist|mailbox not found"
    r"|address rejected|recipient rejected|mailbox unavailable|invalid recipient|unrouteable address"
    r"|no mailbox|account .{0,40}(disabled|inactive)|host or domain name not found|domain not found",
    re.IGNORECASE,
)
_FULL = re.compile(r"quota|mailbox (is )?full|over ?quota|insufficient storage|out of storage", re.IGNORECASE)
_BLOCKED = re.compile(
    r"spam|blocked|blacklist|block ?list|blocklisted|reputation|policy|dmarc|spf|dkim|not authenticated"
    r"|rate limit|too many|banned|virus|content rejected",
    re.IGNORECASE,
)


def verdict_of(status: str, said: str = "") -> Verdict:
    """`status` "5.1.1", "550" or "" when only the words are known."""
    found = STATUS.search(status)
    if found is None:
        return _of_words(status, said)
    kind, subject, detail = (int(part) for part in found.groups())
    if (subject, detail) in _OF_SENDER or subject == 7 or (subject == 6):
        return Verdict.OURS
    if kind == 4:
        return Verdict.SOFT
    if _FULL.search(said) or (subject, detail) == (2, 2):
        return Verdict.SOFT
    if (subject, detail) in {(0, 0), (3, 0), (5, 0), (4, 0)}:  # says nothing: the words may
        return _of_words("5", said)
    if subject == 1 or (subject, detail) in _GONE:
        return Verdict.HARD
    return Verdict.OURS if (subject, detail) == (3, 4) or _BLOCKED.search(said) else Verdict.SOFT


def _of_words(status: str, said: str) -> Verdict:
    if _FULL.search(said):
        return Verdict.SOFT
    if _BLOCKED.search(said):
        return Verdict.OURS
    temporary = status.startswith("4")
    return Verdict.HARD if _UNKNOWN.search(said) and not temporary else Verdict.SOFT


def status_in(text: str) -> str:
    """The first status of a failure in a text, else the first reply code: "5.1.1", "550", ""."""
    for found in STATUS.finditer(text):
        if found[1] in "45":
            return found[0]
    code = _REPLY.search(text)
    return code[0] if code else ""
