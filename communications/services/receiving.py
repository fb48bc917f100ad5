"""A mail that came to one of the service's own addresses: a bounce, a complaint, an answer to a talk (COM-2, COM-4).

Whatever a mail holds, it is read and answered for here without raising: only a database that does not answer, or a message that is
still being sent, is for later (`Later`). What is ours and was not understood is kept as a file, so that nothing is lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import EmailPolicy
from pathlib import Path

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError

from communications import links
from communications.inbound import addresses, complaints, notices
from communications.inbound.addresses import BOUNCES, Ours
from communications.services import bouncing
from communications.services.receiving_replies import Busy, take_reply
from jasenpalvelu.common import clock

log = structlog.get_logger(__name__)

# More than any mail server of ours lets through; of a bounce only its beginning says anything.
LARGEST, BEGINNING = 26 * 1024 * 1024, 512 * 1024
FOREIGN, IGNORED, KEPT = "foreign", "ignored", "kept"
# Of a header: its reader takes the square of its length, of the kind of a part many times that.
HEADER, KIND = 20_000, 1_000


class Later(Exception):
    """Not now: the mail is to be given again."""


class _Bounded(EmailPolicy):
    """Headers as far as they say anything."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[: KIND if name.lower().startswith("content-") else HEADER]


def receive(content: bytes, *, recipients: Sequence[str] = ()) -> str:
    """What became of the mail: taken, twice, unknown, ignored (says nothing of a failure), foreign (not to us), kept, or what
    `take_reply` says. `recipients` are the envelope's, where they are known. Raises Later."""
    try:
        return _receive(content, list(recipients))
    except (DatabaseError, InterfaceError, bouncing.TooEarly, Busy) as error:
        raise Later(type(error).__name__) from error
    except Exception:  # a mail made to break its reader breaks nothing but itself
        log.exception("mail.not_understood")
        return keep(content)


def _receive(content: bytes, recipients: Sequence[str]) -> str:
    head = _read(content[:BEGINNING])
    found = addresses.ours_of(head, recipients)
    if not found:
        return _complaint(head) or FOREIGN
    ours = found[0]
    if ours.use == BOUNCES:
        return _bounce(head, ours) or IGNORED
    if len(content) > LARGEST:
        return keep(content)
    whole = head if len(content) <= BEGINNING else _read(content)
    return take_reply(token=ours.token, sender=addresses.header(whole, "From"), message=whole)


def _read(content: bytes) -> EmailMessage:
    return BytesParser(policy=_Bounded()).parsebytes(content)  # type: ignore[return-value] # its message_factory


def _complaint(message: EmailMessage) -> str:
    """ "" for a mail that is no report about a message of ours."""
    if not complaints.is_complaint(message):
        return ""
    number = complaints.message_number(message)
    if number is None:
        return bouncing.UNKNOWN
    now = clock.now()
    return bouncing.take_complaint(number=number, at=now, on=now.date())


def _bounce(message: EmailMessage, ours: Ours) -> str:
    if told := _complaint(message):
        return told
    notice = notices.notice_of(message)
    if notice is None:
        return ""
    number = links.number_of(links.BOUNCE, ours.token)  # what a letter shows its readers proves nothing here
    if number is None:
        return bouncing.UNKNOWN
    return bouncing.take_bounce(
        number=number, code=notice.code, said=notice.said, verdict=notice.verdict, at=clock.now()
    )


def keep(content: bytes) -> str:
    """A file for whoever looks after the service, once for each mail, its beginning only."""
    folder = Path(settings.MAIL_KEPT)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = hashlib.sha256(content).hexdigest()[:32]
    (folder / f"{name}.eml").write_bytes(content[:BEGINNING])
    log.warning("mail.kept", name=name, size=len(content))
    return KEPT
