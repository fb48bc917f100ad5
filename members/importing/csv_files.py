"""Text files: which encoding, which mark between the values, and their lines."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator

from members.importing.headings import known
from members.importing.problems import NotATable

DELIMITERS = (";", ",", "\t", "|")
ENCODINGS = ("utf-8", "windows-1252", "iso-8859-1", "mac_roman", "cp850", "utf-16")
LOOKED_AT = 200_000
LONGEST_FIELD = 32_000

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_ONE_BYTE = ("windows-1252", "mac_roman", "cp850")
# What Finnish names and places are made of beyond ASCII, and what never stands inside a word.
_LETTERS = set("åäöÅÄÖéÉüÜèáóíñçšžŠŽæøÆØßôêëï")
NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1f]")
_OTHER_FORMATS = (
    (b"%PDF", "pdf"),
    (b"\xd0\xcf\x11\xe0", "old_excel"),
    (b"PK\x03\x04", "other_zip"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"{\\rtf", "text_document"),
    (b"<!DOCTYPE html", "web_page"),
    (b"<html", "web_page"),
)


def refuse_other_formats(data: bytes) -> None:
    """NotATable with the right advice for the files people mistake for a table."""
    begins = data.lstrip()[:32]
    for mark, code in _OTHER_FORMATS:
        if begins.startswith(mark) or begins.lower().startswith(mark.lower()):
            raise NotATable(code)


def guess_encoding(data: bytes) -> str:
    """A byte order mark, else UTF-8 where it is valid, else the one-byte encoding that gives the most Finnish text."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return name
    head = data[:LOOKED_AT]
    for name, bytes_of in (("utf-16-le", head[1:2000:2]), ("utf-16-be", head[0:2000:2])):
        if bytes_of.count(0) > 0.6 * len(bytes_of):
            return name
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
        data.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        pass
    best = max(_ONE_BYTE, key=lambda name: _finnishness(data, name))
    strange = any(0x80 <= byte <= 0x9F for byte in data)
    return best if best != "windows-1252" or strange else "iso-8859-1"


def _finnishness(data: bytes, encoding: str) -> int:
    """Letters with marks count for, symbols beyond ASCII against."""
    found = Counter(
        bytes(byte for byte in data[:LOOKED_AT] if byte >= 0x80).decode(encoding, errors="replace")
    )
    return sum(count if letter in _LETTERS else -count for letter, count in found.items())


def decode(data: bytes, encoding: str) -> str:
    """The text without marks and characters that no table holds."""
    try:
        name = "utf-8-sig" if encoding == "utf-8" else encoding
        text = data.decode(name, errors="replace" if encoding in _ONE_BYTE else "strict")
    except (UnicodeDecodeError, LookupError) as error:
        raise NotATable("wrong_encoding", encoding=encoding) from error
    text = text.lstrip("\ufeff").replace("\0", "")
    if len(NOT_TEXT.findall(text[:20_000])) > 20:
        raise NotATable("not_text")
    return NOT_TEXT.sub("", text) if NOT_TEXT.search(text) else text


def guess_delimiter(text: str) -> str:
    """The mark that cuts most lines into the same number of values, and into several. NotATable when none does."""
    named = re.match(r"sep=(.)\r?\n?", text)
    if named:
        return named.group(1)
    head = text[:LOOKED_AT]
    scores = {mark: _evenness(head, mark) for mark in DELIMITERS}
    best = max(DELIMITERS, key=lambda mark: scores[mark])
    if scores[best] > 0:
        return best
    if known(text.lstrip().split("\n", 1)[0].strip(' \r"')):
        return ";"  # a list of one column
    raise NotATable("no_columns")


def _evenness(text: str, delimiter: str) -> float:
    try:
        widths = []
        for _, cells in lines(text, delimiter):
            if any(cells):
                widths.append(len(cells))
            if len(widths) == 50:
                break
    except csv.Error:
        return 0
    several = [width for width in widths if width > 1]
    if not several or 2 * len(several) < len(widths):
        return 0
    width, count = Counter(several).most_common(1)[0]
    return count / len(widths) + min(width, 20) / 100


def lines(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Records with the line each begins on; a value may go on over several lines within quotes."""
    if text.startswith("sep="):
        text = "\n" + text.split("\n", 1)[-1].lstrip("\r")
    # An own reader's limit, not the module's global one: an unclosed quote would swallow the rest of the file.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    began = 1
    for cells in reader:
        for cell in cells:
            if len(cell) > LONGEST_FIELD:
                raise csv.Error(f"line {began}")
        yield began, cells
        began = reader.line_num + 1
