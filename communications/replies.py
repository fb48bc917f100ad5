"""What a mail says: its new words without what it quotes, whether a machine wrote it, the files that come with it. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from email.message import EmailMessage, Message
from html.parser import HTMLParser

LONGEST = 10_000
# Stands in every mail of a conversation; whatever is below it has been said before.
MARK = "-- >8 --"
_QUOTE_BEGINS = re.compile(
    r"""^\s*(
      -{2,}\s*(original\ message|alkuperäinen\ viesti|ursprungligt\ meddelande|välitetty\ viesti|forwarded\ message)\s*-{2,}
    | (on|den|le)\b.{4,200}\b(wrote|skrev)\b.{0,200}:
    | .{0,200}\b(kirjoitti|skrev|wrote)\b.{0,100}:
    | _{20,}
    )\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
_HEAD_LINE = re.compile(
    r"^\s*\*?(from|lähettäjä|från|sent|lähetetty|skickat|to|vastaanottaja|till|subject|aihe|ämne)\*?:\s",
    re.IGNORECASE,
)
# The first half of such a line: a weekday or "On", and a date.
_BROKEN = re.compile(
    r"^\s*(on|den|le|ma|ti|ke|to|pe|la|su|mån|tis|ons|tors|fre|lör|sön)\b.*\d", re.IGNORECASE
)
_SIGNATURE = re.compile(r"^--\s?$")


def new_words(text: str) -> str:
    """The text above what is quoted, without quoted lines and the signature."""
    kept: list[str] = []
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").split("\n")
    for number, line in enumerate(lines):
        if MARK in line or _SIGNATURE.match(line) or _begins_quote(lines, number):
            break
        if not line.lstrip().startswith(">"):
            kept.append(line.rstrip())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()[:LONGEST]


def _begins_quote(lines: list[str], number: int) -> bool:
    """ "Maija wrote:", which a mail program may break over two lines, or the head of the earlier message."""
    line, further = lines[number], lines[number + 1] if number + 1 < len(lines) else ""
    if _QUOTE_BEGINS.match(line):
        return True
    if _BROKEN.match(line) and _QUOTE_BEGINS.match(f"{line} {further.strip()}"):
        return True
    heads = [bool(_HEAD_LINE.match(one)) for one in lines[number : number + 4]]
    return heads[:1] == [True] and sum(heads) >= 2


def text_of(message: EmailMessage) -> str:
    """The plain text of a mail, or its HTML as text."""
    body = message.get_body(preferencelist=("plain", "html"))
    if body is None:
        return ""
    text = _decoded(body)
    return _Plain.of(text) if body.get_content_type() == "text/html" else text


def _decoded(part: Message) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    try:
        return data.decode(part.get_content_charset() or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return data.decode("utf-8", "replace")


def files_of(message: EmailMessage) -> Iterator[tuple[str, bytes]]:
    """Name and content of what is attached."""
    for part in message.walk():
        if part.is_multipart() or not (part.get_filename() or part.get_content_disposition() == "attachment"):
            continue
        data = part.get_payload(decode=True)
        yield part.get_filename() or "liite", data if isinstance(data, bytes) else b""


def is_automatic(message: EmailMessage) -> bool:
    """An answering machine's, a list's or a mail server's own (RFC 3834)."""
    if str(message.get("Auto-Submitted", "no")).split(";")[0].strip().lower() != "no":
        return True
    if str(message.get("Precedence", "")).strip().lower() in {"bulk", "junk", "list", "auto_reply"}:
        return True
    if any(message.get(name) for name in ("X-Autoreply", "X-Autorespond", "List-Id", "X-Loop")):
        return True
    return message.get_content_type() == "multipart/report" or str(
        message.get("Return-Path", "x")
    ).strip() in {"<>", ""}


def digest(message: EmailMessage, sender: str) -> str:
    """What a mail is known by: its Message-ID, or of one without it, its whole content."""
    told = str(message.get("Message-ID", "")).strip()
    known = told.encode() if told else message.as_bytes()
    return hashlib.sha256(sender.lower().encode() + b"\n" + known).hexdigest()


class _Plain(HTMLParser):
    """HTML as lines of text; what is quoted in it is left out."""

    BREAKS = {"p", "div", "br", "li", "tr", "h1", "h2", "h3"}
    HIDDEN = {"script", "style", "head", "title", "blockquote"}

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden = 0

    @classmethod
    def of(cls, html: str) -> str:
        parser = cls()
        parser.feed(html)
        parser.close()
        lines = (" ".join(line.split()) for line in "".join(parser.parts).split("\n"))
        return "\n".join(lines)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.HIDDEN:
            self.hidden += 1
        elif tag in self.BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.HIDDEN:
            self.hidden = max(0, self.hidden - 1)
        elif tag == "p":
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(data.replace("\n", " "))
