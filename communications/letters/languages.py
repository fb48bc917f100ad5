"""In which language somebody reads a letter: their own, else Finnish, else the first there is. Pure, and written only here.

Mail, paper, text messages, the archive, the contact log and what the office reads afterwards all ask this.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

LANGUAGES = ("fi", "sv", "en")

T = TypeVar("T")


def best(versions: Mapping[str, T], language: str) -> T | None:
    """The version in the language, else the first in the order of the service's languages; None where there is none."""
    return next((versions[code] for code in (language, *LANGUAGES) if code in versions), None)


def sql_order(column: str, wanted: str) -> str:
    """The same for ORDER BY: `column` holds a version's language, `wanted` is what is asked for."""
    rest = "".join(f", {column} = '{code}' DESC" for code in LANGUAGES)
    return f"{column} = {wanted} DESC{rest}"
