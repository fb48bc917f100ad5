"""The collector of circular garbage, held back while tens of thousands of plain rows are made and dropped again."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def untouched() -> Iterator[None]:
    """No search for circular garbage inside: rows of plain values go by themselves, and walking them costs a fifth of the work.

    For bounded pieces of bulk work only; what is circular stays in memory until the block has ended.
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()
