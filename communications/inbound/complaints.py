"""A reader has called a letter spam, and their mail host tells so (RFC 5965, ARF). Pure but for the signatures.

Which message it was is told only by what we have signed ourselves: the message's own id, its envelope's sender, its way to end
letters. A report without any of them could be written by anybody. Whoever has seen the letter has seen these too, so a report may do
no more than the letter's own link: end letters that can be refused. It never serves as a bounce.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import EmailMessage, Message

from communications import links
from communications.inbound.addresses import BOUNCES, ours
from communications.inbound.notices import parts

_ID = re.compile(r"<([0-9a-z]+-[0-9a-f]+)@", re.IGNORECASE)
_END = re.compile(r"/kirjeet/peru/([0-9a-z]+-[0-9a-f]+)", re.IGNORECASE)


def is_complaint(message: EmailMessage) -> bool:
    """A report of abuse; one that says the opposite ("not-spam") is none."""
    report = next(_of_kind(message, "message/feedback-report"), None)
    return report is not None and _told(report, "Feedback-Type").lower() not in {"not-spam", "auth-failure"}


def message_number(message: EmailMessage) -> int | None:
    """The message a report is about; None when nothing in it is signed by us."""
    for part in parts(message):
        kind = part.get_content_type().lower()
        if kind == "message/feedback-report":
            sender = ours(_told(part, "Original-Mail-From"))
            if sender and sender.use == BOUNCES and (number := links.number_of(links.BOUNCE, sender.token)):
                return number
        elif kind in {"message/rfc822", "text/rfc822-headers"} and (number := _of_original(part)):
            return number
    return None


def _of_original(part: Message) -> int | None:
    text = part.as_bytes()[:20_000].decode("utf-8", "replace").replace("\r\n", "\n")
    head = re.sub(r"\n[ \t]+", " ", text)
    for line in head.splitlines()[:200]:
        name, _colon, value = line.partition(":")
        number = _signed(name.lower(), value)
        if number is not None:
            return number
    return None


def _signed(name: str, value: str) -> int | None:
    if name == "message-id" and (found := _ID.search(value)):
        return links.number_of("message", found[1])
    if name == "list-unsubscribe" and (found := _END.search(value)):
        return links.number_of(links.UNSUBSCRIBE, found[1])
    return None


def _of_kind(message: EmailMessage, kind: str) -> Iterator[Message]:
    return (part for part in parts(message) if part.get_content_type().lower() == kind)


def _told(report: Message, name: str) -> str:
    """A field of the report, which the parser gives as a message within or as its text."""
    blocks = report.get_payload()
    for block in blocks if isinstance(blocks, list) else []:
        if isinstance(block, Message) and block.get(name):
            return str(block[name]).strip()
    text = (
        "\n".join(block.as_string() for block in blocks if isinstance(block, Message))
        if isinstance(blocks, list)
        else str(blocks)
    )
    found = re.search(rf"^{re.escape(name)}:\s*(.+)$", text[:20_000], re.IGNORECASE | re.MULTILINE)
    return found[1].strip() if found else ""
