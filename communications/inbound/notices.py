"""A mail server's word that a message was not delivered: by its report (RFC 3464), else by its words. Pure.

Whose message it was is told by the address it came to (VERP); so only what is said of it is read here. A message that is late or
has been passed on has not failed, and an answering machine's letter is no failure of anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage, Message

from communications.inbound.addresses import header
from communications.inbound.verdicts import Verdict, status_in, verdict_of

SAID, READ, DEEPEST = 200, 20_000, 12
_DAEMON = re.compile(r"mailer-daemon|postmaster|mail delivery (sub)?system|mail delivery", re.IGNORECASE)
_FAILED = re.compile(
    r"undeliver|delivery (status notification|has failed|failure|failed)|failure notice|returned (mail|to sender)"
    r"|could not be delivered|couldn't be delivered|ei voitu toimittaa|toimittaminen epäonnistui|oleveransbar"
    r"|mail delivery failed|delivery report",
    re.IGNORECASE,
)
_LATE = re.compile(r"delayed|will be retried|warning: message|still trying|viivästy|fördröj", re.IGNORECASE)


@dataclass(frozen=True)
class Notice:
    """A message failed: the status and words of the server, and what they say of the address."""

    code: str
    said: str
    verdict: Verdict


def parts(message: Message, depth: int = 0) -> Iterator[Message]:
    """Every part, but not deeper than any honest mail goes."""
    yield message
    payload = message.get_payload() if message.is_multipart() else None
    if isinstance(payload, list) and depth < DEEPEST:
        for part in payload[:50]:
            if isinstance(part, Message):
                yield from parts(part, depth + 1)


def notice_of(message: EmailMessage) -> Notice | None:
    """None for everything that does not say that a message has failed."""
    report = next((part for part in parts(message) if _kind(part) == "message/delivery-status"), None)
    if report is not None:
        return _by_report(report)
    if _is_answering_machine(message) or not _is_of_a_server(message):
        return None
    return _by_words(message)


def _kind(part: Message) -> str:
    return part.get_content_type().lower()


def _by_report(report: Message) -> Notice | None:
    """Of several recipients the first that failed: our messages have one."""
    blocks = report.get_payload()
    if not isinstance(blocks, list):  # not read into blocks: the words of it will do
        text = str(blocks)[:READ]
        return (
            None
            if re.search(
                r"^action:\s*(delayed|relayed|delivered|expanded)", text, re.IGNORECASE | re.MULTILINE
            )
            else _noticed(text)
        )
    for block in blocks[:20]:
        told = {str(key).lower(): " ".join(str(value).split()) for key, value in block.raw_items()}  # type: ignore[union-attr]
        if told.get("action", "").lower().split(" ")[0] != "failed":
            continue
        said = told.get("diagnostic-code", "").partition(";")[2].strip() or told.get("diagnostic-code", "")
        return _notice(told.get("status", ""), said)
    return None


def _notice(status: str, said: str) -> Notice:
    """The words often hold a more exact status than the report, which says 5.0.0 for want of a better one."""
    exact = status_in(status)
    if exact in {"", "5.0.0", "4.0.0"}:
        exact = status_in(said) or exact
    return Notice(exact[:20], said[:SAID], verdict_of(exact, said))


def _noticed(text: str) -> Notice:
    line = next((one for one in text.splitlines() if status_in(one)), "")
    said = " ".join(line.split()) or " ".join(text.split())
    return Notice(status_in(text)[:20], said[:SAID], verdict_of(status_in(text), text))


def _is_answering_machine(message: EmailMessage) -> bool:
    """RFC 3834, and those that have not read it."""
    if header(message, "X-Failed-Recipients"):
        return False  # Exim calls its own notices answers
    if header(message, "Auto-Submitted").lower().startswith("auto-replied"):
        return True
    names = ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress-Reply", "X-Vacation")
    return (
        any(header(message, name) for name in names) or header(message, "Precedence").lower() == "auto_reply"
    )


def _is_of_a_server(message: EmailMessage) -> bool:
    if header(message, "X-Failed-Recipients"):
        return True
    empty = header(message, "Return-Path") in {"<>", "<MAILER-DAEMON>"}
    return bool(_DAEMON.search(header(message, "From")) or empty) and bool(
        _FAILED.search(header(message, "Subject")) or _FAILED.search(_text(message)[:2000])
    )


def _by_words(message: EmailMessage) -> Notice | None:
    text = _text(message)
    if _LATE.search(header(message, "Subject")) or not text:
        return None
    return _noticed(text)


def _text(message: EmailMessage) -> str:
    """The words above the returned message."""
    for part in parts(message):
        if _kind(part) in {"text/plain", "text/html"}:
            content = part.get_payload(decode=True)
            if isinstance(content, bytes):
                text = content[:READ].decode("utf-8", "replace")
                cut = re.search(r"^-{3,}.{0,60}(copy|original|returned)", text, re.IGNORECASE | re.MULTILINE)
                return text[: cut.start()] if cut else text
    return ""
