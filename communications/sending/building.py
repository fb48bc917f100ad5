"""The bytes of a message, fast. Pure: knows no database.

Django's mail classes build some 150 newsletters a second; here the words are split at their merge fields once, and a message
is joined, encoded and done (RFC 5322, 2045–2047, 8058). Everything that comes from people passes `one_line` before it stands in a
header, so that no name or subject can begin a new one.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from urllib.parse import quote

from communications.letters.fields import clean

FIELD = re.compile(r"\{\{\s*([a-z_]+(?::[0-9]+)?)\s*(?:\|([^{}]*))?\}\}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_ATOM = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~.-]*")
_WORD_BYTES = 42  # of UTF-8 in one encoded word: base64 makes 56 of it, with its frame below 75


@dataclass(frozen=True)
class Template:
    """Text split at its merge fields: literals and (code, fallback) in turn."""

    parts: tuple[str | tuple[str, str], ...]
    fields: frozenset[str]

    @classmethod
    def of(cls, text: str) -> Template:
        parts: list[str | tuple[str, str]] = []
        codes = set()
        last = 0
        for found in FIELD.finditer(text):
            parts += [text[last : found.start()], (found[1], found[2] or "")]
            codes.add(found[1])
            last = found.end()
        return cls((*parts, text[last:]), frozenset(codes))

    def fill(self, values: Mapping[str, str]) -> str:
        """A field without a value takes its fallback."""
        return "".join(part if isinstance(part, str) else _value(values, *part) for part in self.parts)


def _value(values: Mapping[str, str], code: str, fallback: str) -> str:
    return values.get(code) or fallback


@dataclass(frozen=True)
class Letter:
    """What all messages of one version share."""

    subject: Template
    text: Template
    html: Template
    sender: str
    list_id: str = ""
    reply_to: str = ""

    @property
    def fields(self) -> frozenset[str]:
        return self.subject.fields | self.text.fields | self.html.fields


@dataclass(frozen=True)
class Envelope:
    """What is one message's own. `values` fill the fields of the letter."""

    message_id: str
    to: str
    to_name: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    reply_to: str = ""
    unsubscribe: str = ""
    automatic: bool = False


@dataclass(frozen=True)
class Attached:
    """A file of a message."""

    name: str
    kind: str
    content: bytes


def one_line(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()


def words(text: str) -> str:
    """Text of a header: as it is when ASCII, else encoded words, folded (RFC 2047)."""
    text = one_line(text)
    if text.isascii() and len(text) < 70:
        return text
    lines, line = [], b""
    for letter in text:
        coded = letter.encode()
        if len(line) + len(coded) > _WORD_BYTES:
            lines.append(line)
            line = b""
        line += coded
    lines.append(line)
    return "\r\n ".join(f"=?utf-8?b?{binascii.b2a_base64(one, newline=False).decode()}?=" for one in lines)


def mailbox(name: str, address: str) -> str:
    """`Name <address>`; a name that is more than plain letters is quoted or encoded."""
    name, address = one_line(name), one_line(address)
    if not name:
        return address
    if not name.isascii() or len(name) >= 60:
        return f"{words(name)}\r\n <{address}>"
    quoted = (
        name if _ATOM.fullmatch(name) and "." not in name else '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    )
    return f"{quoted} <{address}>"


def base64_lines(content: bytes) -> bytes:
    """In lines of 76 (RFC 2045)."""
    coded = binascii.b2a_base64(content, newline=False)
    return b"\r\n".join([coded[n : n + 76] for n in range(0, len(coded), 76)])


def _part(kind: str, text: str) -> bytes:
    head = f"Content-Type: {kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head.encode() + base64_lines(text.encode()) + b"\r\n"


def _file(attached: Attached) -> bytes:
    name = one_line(attached.name).replace('"', "").replace("\\", "")
    told = f'filename="{name}"' if name.isascii() else f"filename*=utf-8''{quote(name, safe='')}"
    head = (
        f"Content-Type: {one_line(attached.kind)}\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment; {told}\r\n\r\n"
    )
    return head.encode() + base64_lines(attached.content) + b"\r\n"


def message(
    letter: Letter, envelope: Envelope, at: datetime, attachments: tuple[Attached, ...] = ()
) -> bytes:
    """The whole message, lines ended by CR LF, not yet dot-stuffed (a base64 line never begins with a dot)."""
    values = {code: clean(text) for code, text in envelope.values.items()}
    boundary = "=_" + envelope.message_id.strip("<>").partition("@")[0].replace("-", "_")[:40]
    escaped = {code: escape(text) for code, text in values.items()}
    headers = [
        f"From: {letter.sender}",
        f"To: {mailbox(envelope.to_name, envelope.to)}",
        f"Subject: {words(letter.subject.fill(values))}",
        f"Message-ID: {envelope.message_id}",
        f"Date: {format_datetime(at.astimezone(UTC))}",
        "MIME-Version: 1.0",
    ]
    if reply_to := one_line(envelope.reply_to or letter.reply_to):
        headers.append(f"Reply-To: {reply_to}")
    if letter.list_id:
        headers.append(f"List-Id: {letter.list_id}")
    if envelope.unsubscribe:
        headers += [
            f"List-Unsubscribe: <{envelope.unsubscribe}>",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        ]
    if envelope.automatic:
        headers.append("Auto-Submitted: auto-generated")
    body = _alternatives(
        boundary, _part("text/plain", letter.text.fill(values)), _part("text/html", letter.html.fill(escaped))
    )
    kind = f'multipart/alternative; boundary="{boundary}"'
    if attachments:
        outer = f"{boundary}_f"
        whole = f"Content-Type: {kind}\r\n\r\n".encode() + body
        body = _alternatives(outer, whole, *map(_file, attachments))
        kind = f'multipart/mixed; boundary="{outer}"'
    headers.append(f"Content-Type: {kind}")
    return "\r\n".join(headers).encode() + b"\r\n\r\n" + body


def _alternatives(boundary: str, *parts: bytes) -> bytes:
    line = b"--" + boundary.encode()
    return b"".join(line + b"\r\n" + part for part in parts) + line + b"--\r\n"
