"""A line that one person writes and others see in lists, headings and the heads of mails. Pure.

A sign that turns the direction of writing lets a line read as another one; one without a shape lets two names look the same. Neither
belongs to a subject or a name.
"""

from __future__ import annotations

import unicodedata


def plain_line(text: str) -> str:
    """The text on one line, without control signs and those that turn, join or hide what stands beside them."""
    return " ".join("".join(_kept(letter) for letter in unicodedata.normalize("NFC", text)).split())


def _kept(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind == "Cf":
        return ""
    return " " if kind[0] == "C" else letter
