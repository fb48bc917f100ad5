"""Measuring and cleaning text with the printing font itself, before anything is rendered.

Widths are sums of advances without kerning: in this font kerning only narrows ordinary names, so a line that fits here
fits on paper.
"""

import re
import unicodedata
from functools import cache, lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont

ASSETS = Path(__file__).resolve().parent.parent.parent / "static" / "print"
FONTS = {
    400: ASSETS / "fonts" / "SourceSans3-Regular.ttf",
    600: ASSETS / "fonts" / "SourceSans3-Semibold.ttf",
}
MM = 72 / 25.4

# Most texts are clean as they are: letters and marks of the font itself, blanks between them one at a time.
_SETTLED = re.compile("(?:[!-~ÅÄÖåäöÉéÜü\u2013\u2212€·’]+(?: (?! |$)|$))*")
_BREAKS = re.compile(r"[^ \-]*-|[^ \-]+| +")


@cache
def advances(weight: int = 400) -> dict[int, float]:
    """Advance of every character the font has, in em."""
    with TTFont(FONTS[weight], lazy=True) as font:
        em, metrics = font["head"].unitsPerEm, font["hmtx"]
        return {code: metrics[glyph][0] / em for code, glyph in font.getBestCmap().items()}


@lru_cache(maxsize=4096)
def clean(text: str) -> str:
    """The text as it is printed: NFC, no control characters or direction overrides, blanks made single.

    A letter the font lacks is taken apart where the font has the parts (Skolt Sámi ǩ = k + caron); otherwise the
    machine's own fonts draw it.
    """
    if _SETTLED.fullmatch(text):
        return text
    composed = unicodedata.normalize("NFC", text)
    kept = "".join(_printable(character) for character in composed)
    return re.sub(r"[ \t]+", " ", kept).strip()


def _printable(character: str) -> str:
    if character == "\n":
        return character
    if unicodedata.category(character) in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}:
        return " "
    if unicodedata.category(character) == "Cf":
        return "" if character != "\N{SOFT HYPHEN}" else character
    known = advances()
    if ord(character) in known:
        return character
    parts = unicodedata.normalize("NFD", character)
    return parts if len(parts) > 1 and all(ord(part) in known for part in parts) else character


def width(text: str, size: float, weight: int = 400) -> float:
    """Width in points at `size` points. A character outside the font counts a whole em; marks above count nothing."""
    return size * sum(map(_widths(weight).__getitem__, text))


class _Widths(dict[str, float]):
    """By character, found when first asked for."""

    def __init__(self, weight: int) -> None:
        self.known = advances(weight)

    def __missing__(self, character: str) -> float:
        width = 0.0 if unicodedata.combining(character) else self.known.get(ord(character), 1.0)
        self[character] = width
        return width


@cache
def _widths(weight: int) -> _Widths:
    return _Widths(weight)


def wrap(text: str, limit: float, size: float, weight: int = 400) -> list[str]:
    """The text in lines of at most `limit` points, broken greedily at blanks, after hyphens, else inside a word."""
    if width(text, size, weight) <= limit:
        return [text.strip()] if text.strip() else []
    lines: list[str] = []
    line = ""
    for piece in _BREAKS.findall(text):
        if width((line + piece).rstrip(), size, weight) <= limit:
            line += piece
            continue
        if line.strip():
            lines.append(line.strip())
        line = piece.lstrip()
        while width(line.rstrip(), size, weight) > limit:
            cut = _fitting(line, limit, size, weight)
            lines.append(line[:cut])
            line = line[cut:]
    return [*lines, line.strip()] if line.strip() else lines


def _fitting(word: str, limit: float, size: float, weight: int) -> int:
    """How many first characters of the word fit; one at least."""
    for count in range(1, len(word)):
        if width(word[: count + 1], size, weight) > limit:
            return count
    return len(word)
