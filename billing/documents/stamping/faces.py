"""The printing fonts as PDF text is written with them: glyphs, advances, kerning, and lines broken as WeasyPrint breaks them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from fontTools.ttLib import TTFont
from weasyprint.text.line_break import get_log_attrs

from billing.documents.metrics import FONTS

# What the fonts of a volume hold: Latin with its extensions, Sámi letters, dashes, quotes, the minus and the euro.
_RANGES = (
    (0x20, 0x7F),
    (0xA0, 0xAD),
    (0xAE, 0x180),
    (0x18F, 0x190),
    (0x1B7, 0x1B8),
    (0x1CD, 0x1F0),
    (0x218, 0x21C),
)
_OTHERS = "ʒ–—‘’“”„†•…‹›€−"
# A line this near the edge may be broken by WeasyPrint or not (it rounds): such a document is left to it.
DOUBT = 0.1
_ENOUGH = 50_000
# Pango's units in a pixel, points in a pixel, units in an em.
_PANGO, _PX, _EM = 1024, 0.75, 1000


class Unfit(Exception):
    """The document cannot be written onto a form; WeasyPrint renders it. `args[0]` says why."""


class Face:
    """One weight in one size. Widths are in points, and rounded as Pango and WeasyPrint round them.

    `line` is the operator that shows a text, with its width; what was asked last is remembered in `lines`.
    """

    def __init__(self, weight: int, size: float) -> None:
        glyphs = _glyphs(weight)
        # Pango's font sizes are whole 1024ths of a pixel.
        units = int(size / _PX * _PANGO + 1e-6)
        self.size = units / _PANGO * _PX
        self._pairs = _Pairs(glyphs, units)
        self.lines: dict[str, tuple[bytes, float]] = {}
        self._wrapped: dict[tuple[str, float], tuple[str, ...]] = {}

    def line(self, text: str) -> tuple[bytes, float]:
        """Unfit: a letter the volume's fonts lack."""
        known = self.lines.get(text)
        if known is None:
            if not text:
                return b"", 0.0
            pairs = self._pairs
            found = [pairs[pair] for pair in pairwise(text)]
            last, width = pairs[(text[-1], "")]
            shown = b"[(%b%b)]TJ\n" % (b"".join([piece for piece, _width in found]), last)
            if len(self.lines) > _ENOUGH:
                self.lines.clear()
            units = width + sum([width for _piece, width in found])
            known = self.lines[text] = (shown, units / _PANGO * _PX)
        return known

    def wrap(self, text: str, limit: float, language: str) -> tuple[str, ...]:
        """The text in lines of at most `limit` points, at the places where Pango breaks. Unfit when a word is too long."""
        known = self._wrapped.get((text, limit))
        if known is None:
            known = (text,) if self.line(text)[1] <= limit - DOUBT else self._broken(text, limit, language)
            if len(self._wrapped) > _ENOUGH:
                self._wrapped.clear()
            self._wrapped[(text, limit)] = known
        return known

    def _broken(self, text: str, room: float, language: str) -> tuple[str, ...]:
        attributes = get_log_attrs(text, language)
        places = [place for place in range(1, len(text)) if attributes[place].is_line_break] + [len(text)]
        lines, start, last = [], 0, 0
        for place in places:
            if self._fits(text[start:place], room):
                last = place
                continue
            if last > start:
                lines.append(text[start:last].rstrip(" "))
                start, last = last, place
            if last == start or not self._fits(text[start:place], room):
                raise Unfit("a word wider than its box")
        return (*lines, text[start:].rstrip(" "))

    def _fits(self, text: str, room: float) -> bool:
        width = self.line(text.rstrip(" "))[1]
        if abs(width - room) < DOUBT:
            raise Unfit("too near the edge")
        return width < room


@dataclass(frozen=True)
class _Glyphs:
    """What the font file says of the letters volumes hold, in thousandths of an em."""

    names: dict[str, str]
    advances: dict[str, int]
    written: dict[str, bytes]
    kerning: _Kerning


@cache
def _glyphs(weight: int) -> _Glyphs:
    with TTFont(FONTS[weight]) as font:
        if font["head"].unitsPerEm != _EM:
            raise RuntimeError("a printing font with other units than thousandths")
        cmap, metrics = font.getBestCmap(), font["hmtx"]
        wanted = {ord(letter) for letter in _OTHERS}.union(*(range(*pair) for pair in _RANGES))
        names = {chr(code): name for code, name in cmap.items() if code in wanted}
        advances = {letter: metrics[name][0] for letter, name in names.items()}
        written = {letter: _escaped(font.getGlyphID(name)) for letter, name in names.items()}
        return _Glyphs(names, advances, written, _Kerning(font))


def letters(weight: int) -> str:
    """Every letter that can be stamped."""
    return "".join(sorted(_glyphs(weight).names))


class _Pairs(dict[tuple[str, str], tuple[bytes, int]]):
    """By a letter and the next: how the first is written with what moves the second, and how far that is in Pango's units."""

    def __init__(self, glyphs: _Glyphs, units: int) -> None:
        self._glyphs, self._units = glyphs, units

    def __missing__(self, pair: tuple[str, str]) -> tuple[bytes, int]:
        letter, following = pair
        glyphs = self._glyphs
        if letter not in glyphs.written:
            raise Unfit(f"no {letter!r} in the font")
        kern = glyphs.kerning.between(letter, following, glyphs.names) if following else 0
        advance = glyphs.advances[letter]
        wide = self._scaled(advance) + self._scaled(kern)
        # WeasyPrint writes whole thousandths, cut off.
        moved = int(advance - wide * _EM / self._units)
        found = (glyphs.written[letter] + (b")%d(" % moved if moved and following else b""), wide)
        self[pair] = found
        return found

    def _scaled(self, thousandths: int) -> int:
        return (thousandths * self._units + _EM // 2) // _EM


class _Kerning:
    """Pair adjustment of the font's GPOS table: formats 1 and 2; of each lookup the first subtable that knows the first glyph."""

    def __init__(self, font: TTFont) -> None:
        table = font["GPOS"].table
        scripts = {record.ScriptTag: record.Script for record in table.ScriptList.ScriptRecord}
        features = (scripts.get("latn") or scripts["DFLT"]).DefaultLangSys.FeatureIndex
        records = [table.FeatureList.FeatureRecord[index] for index in features]
        indexes = sorted(
            {i for record in records if record.FeatureTag == "kern" for i in record.Feature.LookupListIndex}
        )
        self._lookups = [_subtables(table.LookupList.Lookup[index]) for index in indexes]

    def between(self, letter: str, following: str, names: dict[str, str]) -> int:
        """Zero when the second letter is not of the font: that is told when its own turn comes."""
        first, second = names[letter], names.get(following, "")
        total = 0
        for lookup in self._lookups:
            for coverage, pairs, classes in lookup:
                if first not in coverage:
                    continue
                if classes is None:
                    if second in pairs[first]:
                        total += pairs[first][second]
                        break
                else:
                    total += pairs[classes[0].get(first, 0)][classes[1].get(second, 0)]
                    break
        return total


def _subtables(lookup: Any) -> list[tuple[Any, Any, Any]]:
    found: list[tuple[Any, Any, Any]] = []
    for wrapped in lookup.SubTable:
        table = getattr(wrapped, "ExtSubTable", wrapped)
        if type(table).__name__ != "PairPos":
            continue
        if table.Format == 1:
            sets = [
                {pair.SecondGlyph: _shift(pair.Value1) for pair in one.PairValueRecord}
                for one in table.PairSet
            ]
            pairs = dict(zip(table.Coverage.glyphs, sets, strict=True))
            found.append((pairs, pairs, None))
        else:
            rows = [[_shift(cell.Value1) for cell in row.Class2Record] for row in table.Class1Record]
            found.append(
                (set(table.Coverage.glyphs), rows, (table.ClassDef1.classDefs, table.ClassDef2.classDefs))
            )
    return found


def _shift(value: Any) -> int:
    return getattr(value, "XAdvance", 0) if value else 0


def _escaped(glyph: int) -> bytes:
    """Two bytes inside a PDF string in parentheses."""
    special = {0x28: b"\\(", 0x29: b"\\)", 0x5C: b"\\\\", 0x0D: b"\\r"}
    return b"".join(special.get(byte, bytes([byte])) for byte in glyph.to_bytes(2, "big"))


@cache
def face(weight: int, size: float) -> Face:
    """The face of a text; `size` in points as the stylesheet gives it."""
    return Face(weight, size)
