"""Finnish words by their base forms, for searching: "kokousten" finds "kokous". Words are searched as written where libvoikko is not.

The search vector of a text holds its folded words and their folded bases ("simple" configuration: the embedded PostgreSQL knows no
Finnish). What is typed is looked for by its beginning as written, or by its base.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from jasenpalvelu.common.sorting import fold

log = logging.getLogger(__name__)
LONGEST = 100
_local = threading.local()
# "+kokous(kokous)+muistio(muistio)"; an ending has a plus in its brackets.
_PART = re.compile(r"\(([^+()]+)\)")


def _analyser() -> Any:
    """One for each thread; None where the library or its dictionary is missing."""
    if not hasattr(_local, "voikko"):
        _local.voikko = _opened()
    return _local.voikko


def _opened() -> Any:
    try:
        import libvoikko
    except ImportError:
        log.info("libvoikko is not installed: Finnish words are searched as they are written")
        return None
    try:
        return libvoikko.Voikko("fi")
    except (libvoikko.VoikkoException, OSError):
        log.warning("libvoikko cannot be opened: Finnish words are searched as they are written")
        return None


def bases(word: str) -> frozenset[str]:
    """Folded base forms of a word; nothing for one that is not known."""
    return _analysed(word)[0]


@lru_cache(maxsize=20_000)
def _analysed(word: str) -> tuple[frozenset[str], frozenset[str]]:
    """The bases of a word, and those of the parts of a compound."""
    voikko = _analyser()
    if voikko is None or not word.isalpha() or len(word) > LONGEST:
        return frozenset(), frozenset()
    found = voikko.analyze(word)
    whole = _folded(analysis.get("BASEFORM", "") for analysis in found)
    return whole, _folded(part for analysis in found for part in _PART.findall(analysis.get("WORDBASES", "")))


def _folded(words: Iterable[str]) -> frozenset[str]:
    return frozenset(term for word in words for term in fold(word).split() if len(term) > 1)


def terms_of(*texts: str) -> list[str]:
    """Every folded word of the texts with its bases and the bases of its parts: what goes into a search vector."""
    found: set[str] = set()
    for text in texts:
        for word in text.replace("-", " ").split():
            found.update(fold(word).split())
            found.update(*_analysed(word.strip(".,:;!?()[]\"'”»«").lower()))
    return sorted(found)


def vector(*texts: str) -> str:
    """The terms as PostgreSQL reads a tsvector; they hold letters and digits only, so quoting is enough."""
    return " ".join(f"'{term}'" for term in terms_of(*texts))


def query(text: str) -> str:
    """What is typed as a tsquery: every word by its beginning, or by its base. "" when there is nothing to look for."""
    words = []
    for typed in text[:LONGEST].replace("-", " ").split():
        for word in fold(typed).split():
            either = [f"'{word}':*", *(f"'{base}'" for base in sorted(bases(typed.lower())) if base != word)]
            words.append(f"({' | '.join(either)})")
    return " & ".join(words)
