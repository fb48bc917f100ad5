"""Measurements. Each module here has `measure(persons: int) -> Iterator[Figure]`; its docstring's first line tells what."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of output. `size` says what it was measured on."""

    name: str
    value: float
    unit: str
    size: str

    def __str__(self) -> str:
        shown = f"{self.value:,.0f}".replace(",", " ") if abs(self.value) >= 100 else f"{self.value:.3g}"
        return f"{self.name}: {shown} {self.unit} ({self.size})"


@contextmanager
def stopwatch() -> Iterator[list[float]]:
    """Seconds of the block, as the only element of the list after it."""
    seconds: list[float] = []
    started = time.perf_counter()
    yield seconds
    seconds.append(time.perf_counter() - started)
