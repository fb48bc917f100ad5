"""Mail of a Maildir, read one by one: what is done with is taken away, what is for later waits (COM-2).

A mail whose reading was begun and never ended has stopped its reader. It is tried once more, then kept aside: it may stop nobody else's.
"""

from __future__ import annotations

import mailbox
import time
from collections import Counter
from hashlib import sha256
from pathlib import Path

import structlog
from django.conf import settings

from communications.services.receiving import FOREIGN, Later, keep, receive

log = structlog.get_logger(__name__)
MOST = 500
OTHERS = "muut"
# A reader is stopped after nine minutes at the latest (CELERY_TASK_TIME_LIMIT).
GIVEN_UP_SECONDS, TRIES = 15 * 60, 2


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
        mark = _Mark(key)
        if mark.is_fresh:  # another collector reads it
            continue
        try:
            told = _read(box.get_bytes(key), mark)
        except Later as error:
            log.info("mail.later", reason=str(error))
            counts["later"] += 1
            mark.take_away()
            continue
        except (KeyError, FileNotFoundError):  # another collector has taken it
            mark.take_away()
            continue
        counts[told] += 1
        _done(box, key, told)
        mark.take_away()
    return counts


def _read(content: bytes, mark: _Mark) -> str:
    if mark.tries >= TRIES:
        return keep(content)
    mark.set()
    return receive(content)


class _Mark:
    """A file that says how many times the reading of a mail was begun, as long as it has not ended."""

    def __init__(self, key: str) -> None:
        self._path = Path(settings.MAIL_KEPT) / f"{sha256(key.encode()).hexdigest()[:32]}.begun"

    @property
    def tries(self) -> int:
        return self._path.stat().st_size if self._path.exists() else 0

    @property
    def is_fresh(self) -> bool:
        return self._path.exists() and time.time() - self._path.stat().st_mtime < GIVEN_UP_SECONDS

    def set(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._path.open("ab") as file:
            file.write(b".")

    def take_away(self) -> None:
        self._path.unlink(missing_ok=True)


def _done(box: mailbox.Maildir, key: str, told: str) -> None:
    """A mail not to us goes into a folder of the same Maildir."""
    if told == FOREIGN:
        box.add_folder(OTHERS).add(box.get_bytes(key))
    box.discard(key)
