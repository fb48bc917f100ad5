"""Figures a page asks for again and again while something is under way: of many rows they are counted at most every few seconds,
whoever asks, however many are looking. Few rows are counted each time."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TypeVar

from django.core.cache import cache

# From so many rows on counting is felt.
MANY = 2000
# Seconds. Counting takes at most one part in so many of the time.
FRESH, SHARE = 5, 20

T = TypeVar("T")


def counted(key: str, rows: int, count: Callable[[], T]) -> T:
    """`count()` now, or as somebody was told a moment ago. `rows`: about how many it reads."""
    if rows < MANY:
        return count()
    kept = cache.get(key)
    if kept is not None:
        return kept[0]
    begun = monotonic()
    found = count()
    cache.set(key, (found,), FRESH + int((monotonic() - begun) * SHARE))
    return found
