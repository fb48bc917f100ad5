"""Mail of a Maildir, read one by one: what is done with is taken away, what is for later waits (COM-2)."""

from __future__ import annotations

import mailbox
from collections import Counter

import structlog
from django.conf import settings

from communications.services.receiving import FOREIGN, Later, receive

log = structlog.get_logger(__name__)
MOST = 500
OTHERS = "muut"


def collect(*, limit: int = MOST) -> Counter[str]:
    """What became of each. A Maildir that is not there holds nothing; one not to us is kept in the folder beside."""
    counts: Counter[str] = Counter()
    if not settings.MAIL_INBOX:
        return counts
    try:
        box = mailbox.Maildir(settings.MAIL_INBOX, factory=None, create=False)
        keys = sorted(box.keys())
    except (mailbox.NoSuchMailboxError, FileNotFoundError):
        log.error("mail.no_inbox", path=settings.MAIL_INBOX)
        return counts
    for key in keys[:limit]:
        try:
            told = receive(box.get_bytes(key))
        except Later as error:
            log.info("mail.later", reason=str(error))
            counts["later"] += 1
            continue
        except (KeyError, FileNotFoundError):  # another collector has taken it
            continue
        counts[told] += 1
        _done(box, key, told)
    return counts


def _done(box: mailbox.Maildir, key: str, told: str) -> None:
    """A mail not to us goes into a folder of the same Maildir."""
    if told == FOREIGN:
        box.add_folder(OTHERS).add(box.get_bytes(key))
    box.discard(key)
