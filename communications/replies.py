"""What a mail says: its new words without what it quotes, whether a machine wrote it, the files that come with it. Pure."""

from __future__ import annotations

import codecs
import hashlib
import html
import re
from collections.abc import Iterator
from email.message import EmailMessage, Message

LONGEST = 10_000
# What is read of a mail to find those words: anybody can write one that takes its reader hours.
READ, LINES, LINE, FILES = 100_000, 5_000, 1_000, 50
# These are no writing of people, and slow to read.
_NO_CHARSETS = {"punycode", "idna", "unicode_escape", "raw_unicode_escape"}
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
    text = text[:READ].replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    lines = text.split("\n", LINES)[:LINES]
    for number, line in enumerate(lines):
        if MARK in line or _SIGNATURE.match(line) or _begins_quote(lines, number):
            break
        if not line.lstrip().startswith(">"):
            kept.append(line.rstrip())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()[:LONGEST]


def _begins_quote(lines: list[str], number: int) -> bool:
    """ "Maija wrote:", which a mail program may break over two lines, or the head of the earlier message."""
    near = [line.strip()[:LINE] for line in lines[number : number + 4]]
    line, further = near[0], near[1] if len(near) > 1 else ""
    if _QUOTE_BEGINS.match(line):
        return True
    if _BROKEN.match(line) and _QUOTE_BEGINS.match(f"{line} {further}"):
        return True
    heads = [bool(_HEAD_LINE.match(one)) for one in near]
    return heads[:1] == [True] and sum(heads) >= 2


def text_of(message: EmailMessage) -> str:
    """The plain text of a mail, or its HTML as text, as far as is read of it."""
    body = message.get_body(preferencelist=("plain", "html"))
    if body is None:
        return ""
    text = _decoded(body)
    return _plain(text) if body.get_content_type() == "text/html" else text


def _decoded(part: Message) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    data = data[:READ]
    try:
        charset = codecs.lookup(part.get_content_charset() or "utf-8").name.replace("-", "_")
        return data.decode("utf-8" if charset in _NO_CHARSETS else charset)
    except (LookupError, UnicodeDecodeError):
        return data.decode("utf-8", "replace")


def files_of(message: EmailMessage) -> Iterator[tuple[str, bytes]]:
    """Name and content of what is attached, the first of them."""
    count = 0
    for part in message.walk():
        if count >= FILES:
            return
        if part.is_multipart() or not (part.get_filename() or part.get_content_disposition() == "attachment"):
            continue
        count += 1
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


_BREAKS = {"p", "div", "br", "li", "tr", "h1", "h2", "h3"}
_HIDDEN = {"head", "title", "blockquote"}
# No piece of it is ever looked at twice (possessive), so a mail of nothing but "<a" takes no longer than another of its size.
_PIECE = re.compile(r"(<!--)|<(/?)([a-zA-Z][a-zA-Z0-9]*+)[^<>]*+>|<[!?/][^<>]*+>|[^<]++|<")
_CODE_ENDS = {name: re.compile(rf"</{name}\b", re.IGNORECASE) for name in ("script", "style")}


def _plain(text: str) -> str:
    """HTML as lines of text; what is quoted in it is left out, and so is what no reader sees."""
    parts: list[str] = []
    hidden = place = 0
    while found := _PIECE.match(text, place):
        place = found.end()
        comment, ends, name = found.group(1, 2, 3)
        name = (name or "").lower()
        if comment or (name in _CODE_ENDS and not ends):
            place = _after(text, place, name)
        elif name in _HIDDEN:
            hidden = max(0, hidden - 1) if ends else hidden + 1
        elif name in _BREAKS and (not ends or name == "p"):
            parts.append("\n")
        elif not hidden and (found[0] == "<" or not found[0].startswith("<")):
            parts.append(html.unescape(found[0]).replace("\n", " "))
    return "\n".join(" ".join(line.split()) for line in "".join(parts).split("\n"))


def _after(text: str, place: int, name: str) -> int:
    """Where a comment, or the code of a page, ends; one that does not is all the rest."""
    if not name:
        end = text.find("-->", place)
        return end + 3 if end >= 0 else len(text)
    found = _CODE_ENDS[name].search(text, place)
    return found.start() if found else len(text)
