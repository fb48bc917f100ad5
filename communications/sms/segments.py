"""How many text messages a text is (3GPP TS 23.038 and 23.040). Pure.

In GSM-7, which has å, ä and ö, one message holds 160 letters and each of several 153; marks of the extension table (€, brackets)
take two places. A single letter outside it (š, an emoji, a curly quote) makes all of it UCS-2: 70 and 67.
"""

from __future__ import annotations

from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
GSM, UCS2 = "GSM-7", "UCS-2"
_ROOM = {GSM: (160, 153), UCS2: (70, 67)}


@dataclass(frozen=True)
class Length:
    """`units`: places used; `count`: messages it is sent and paid as; `left`: places before the next one begins."""

    encoding: str
    units: int
    count: int
    left: int
    odd: tuple[str, ...] = ()


def length_of(text: str) -> Length:
    """An empty text is no message. `odd`: the letters that make it UCS-2."""
    text = text.replace("\r\n", "\n")
    odd = tuple(dict.fromkeys(letter for letter in text if letter not in _BASIC and letter not in _EXTENSION))
    encoding = UCS2 if odd else GSM
    sizes = [_size(letter, encoding) for letter in text]
    units = sum(sizes)
    alone, several = _ROOM[encoding]
    if units <= alone:
        return Length(encoding, units, 1 if text else 0, alone - units, odd)
    count, used = 1, 0
    for size in sizes:  # a letter of two places is never cut in two
        if used + size > several:
            count, used = count + 1, 0
        used += size
    return Length(encoding, units, count, several - used, odd)


def _size(letter: str, encoding: str) -> int:
    if encoding == GSM:
        return 2 if letter in _EXTENSION else 1
    return 2 if ord(letter) > 0xFFFF else 1
