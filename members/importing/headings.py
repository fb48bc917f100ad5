"""Headings: where they stand in the file, and which field each of them names."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from jasenpalvelu.common.sorting import fold
from members.importing.fields import FIELDS, MAY_REPEAT, Field

HEADER_WITHIN = 20
SURE, LIKELY, GUESSED = 100, 80, 60
CLOSE = 88

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[a-zåäö]{2,}", re.IGNORECASE)
_Y_TUNNUS = re.compile(r"\d{6,7}-\d")
_POSTAL = re.compile(r"\d{5}")
# ddmmyy, century mark, number and check mark. The register holds none; see `values.redact`.
HETU = re.compile(
    r"(?<![0-9A-Za-z])([0-3]\d)([01]\d)(\d\d)([-+A-FU-Ya-fu-y])\d{3}[0-9A-FHJ-NPR-Ya-fhj-npr-y](?![0-9A-Za-z])"
)


@dataclass(frozen=True)
class Guess:
    """The field a column seems to hold and how sure that is, 0–100."""

    field: str
    confidence: int


_BY_NAME = {name: field.key for field in reversed(FIELDS.values()) for name in field.names}


def known(heading: str) -> str:
    """The field that is called exactly so, or ""."""
    return _BY_NAME.get(_plain(heading), "")


def _plain(heading: str) -> str:
    """ "Pelto (ha)" and "PELTO_HA" are "pelto ha"; a running number after a name is dropped."""
    return re.sub(r"\s+[12]$", "", fold(heading.replace("_", " ")))


def find_header(rows: Sequence[Sequence[str]]) -> int | None:
    """Which of the first filled rows holds the headings: the one with the most known ones, else the first wide one.

    None when no row has two columns and none has a known heading.
    """
    head = rows[:HEADER_WITHIN]
    scores = [sum(bool(known(cell)) for cell in row) for row in head]
    best = max(range(len(head)), key=lambda i: (scores[i], -i))
    if scores[best] >= 2 or (scores[best] and len(rows[best]) == 1):
        return best
    widths = [sum(bool(cell.strip()) for cell in row) for row in head]
    widest = max(widths)
    if widest < 2:
        return best if scores[best] else None
    return next(i for i, width in enumerate(widths) if width >= max(2, 0.6 * widest))


def propose(
    header: Sequence[str], samples: Sequence[Sequence[str]], allowed: Mapping[str, Field] = FIELDS
) -> dict[int, Guess]:
    """Column → field with confidence; each field once, the surest column first."""
    found: list[tuple[int, int, str]] = []
    for column, heading in enumerate(header):
        values = samples[column] if column < len(samples) else ()
        if any(HETU.search(value) for value in values):
            continue
        guess = _guess(heading, values)
        if guess is not None and guess.field in allowed:
            found.append((-guess.confidence, column, guess.field))
    taken: set[str] = set()
    result = {}
    for negative, column, key in sorted(found):
        if key not in taken or key in MAY_REPEAT:
            taken.add(key)
            result[column] = Guess(key, -negative)
    return _without_contradictions(result)


def _guess(heading: str, values: Sequence[str]) -> Guess | None:
    plain = _plain(heading)
    if key := _BY_NAME.get(plain):
        return Guess(key, SURE)
    if len(plain) >= 4:
        close = process.extractOne(plain, _BY_NAME.keys(), scorer=fuzz.ratio, score_cutoff=CLOSE)
        if close is not None:
            return Guess(_BY_NAME[close[0]], LIKELY)
    if values:
        for shape, key in ((_EMAIL, "email"), (_Y_TUNNUS, "y_tunnus"), (_POSTAL, "postal_code")):
            if all(shape.fullmatch(value.strip()) for value in values):
                return Guess(key, GUESSED)
    return None


def _without_contradictions(guesses: dict[int, Guess]) -> dict[int, Guess]:
    """ "Nimi" beside first and last names is something else; so is "Metsä" beside its zones."""
    fields = {guess.field for guess in guesses.values()}
    drop = set()
    if {"last_name", "first_names"} <= fields:
        drop |= {"name", "name_first"}
    if fields & {"forest_ha_south", "forest_ha_north"}:
        drop.add("forest_ha")
    return {column: guess for column, guess in guesses.items() if guess.field not in drop}


def labels(header: Sequence[str]) -> list[str]:
    """The headings as shown: an empty one by the number of its column, repeated ones numbered."""
    seen: dict[str, int] = {}
    shown = []
    for column, heading in enumerate(header, start=1):
        text = " ".join(heading.split())[:60] or f"#{column}"
        seen[text] = seen.get(text, 0) + 1
        shown.append(text if seen[text] == 1 else f"{text} ({seen[text]})")
    return shown


def signature(header: Sequence[str]) -> str:
    """The same for the same headings in the same order, whatever their case: by it a mapping is remembered."""
    return hashlib.sha256("\x1f".join(fold(heading) for heading in header).encode()).hexdigest()
