"""Whether a unit's colour can be read, and what is used where it can not (WCAG 2.2, 1.4.3: 4.5 to 1). Pure."""

from __future__ import annotations

import re

ENOUGH = 4.5
WHITE, INK, BLACK, OWN = "#ffffff", "#1b231e", "#000000", "#1b4932"
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


def is_colour(text: str) -> bool:
    return bool(_HEX.fullmatch(text))


def contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def on(colour: str) -> str:
    """The colour of words on a surface of this colour: white or black always reads, our ink nearly always."""
    return next(words for words in (WHITE, INK, BLACK) if contrast(words, colour) >= ENOUGH)


def for_links(colour: str, surface: str = WHITE) -> str:
    """The colour itself where links of it read on the surface, else made darker until they do."""
    found = colour.lower()
    for _step in range(40):
        if contrast(found, surface) >= ENOUGH:
            return found
        found = "#" + "".join(f"{int(part * 0.93):02x}" for part in _parts(found))
    return INK


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    shares = (part / 255 for part in _parts(colour))
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
