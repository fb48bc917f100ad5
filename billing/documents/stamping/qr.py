"""The EPC QR code by a sum of tables: with version and mask fixed the code is linear over GF(2) in the bits of its text.

A family are texts that differ only in the digits of amount and reference. It is encoded once with zeros and once for each bit that can
change, some 120 times; after that a code is a few dozen XORs of whole numbers. What no member of the family changes is drawn once.
"""

from __future__ import annotations

import re
from functools import lru_cache
from struct import unpack

from billing.documents.codes import family_of, matrix

_RUNS = re.compile("1+")
_HALF = 16


class Family:
    """`const` is the drawing all share; `changing(text)` the rest. One module is one unit, rows go down."""

    def __init__(self, zeroed: str) -> None:
        self.zeroed = zeroed
        self._base, self.size = _number(zeroed)
        self._tables: list[tuple[int, list[int]]] = []
        varying = 0
        for place in holes(zeroed):
            bits: list[int] = []
            for bit in range(4):
                changed = f"{zeroed[:place]}{chr(0x30 ^ 1 << bit)}{zeroed[place + 1 :]}"
                bits.append(_number(changed, like=zeroed)[0] ^ self._base)
                varying |= bits[-1]
            self._tables.append((place, [_combined(bits, digit) for digit in range(10)]))
        self._varying = varying
        self._halves = -(-self.size * (self.size + 1) // _HALF)
        chunks = range(self._halves)
        self._changing = [_Chunk(self.size + 1, number * _HALF) for number in chunks]
        fixed = self._base & ~varying
        top = 1 << self.size * (self.size + 1)
        rectangles = [
            _rectangle(run.start(), run.end(), self.size + 1) for run in _RUNS.finditer(bin(fixed | top)[3:])
        ]
        self.const = b"".join(rectangles)

    def modules(self, text: str) -> int:
        """All modules row by row as the bits of a number, with a zero after each row."""
        code = self._base
        for place, table in self._tables:
            code ^= table[ord(text[place]) - 48]
        return code

    def changing(self, text: str) -> bytes:
        """Rectangles of the dark modules that can differ within the family."""
        # The first chunk begins with the first module.
        aligned = (self.modules(text) & self._varying) << self._halves * _HALF - self.size * (self.size + 1)
        values = unpack(f">{self._halves}H", aligned.to_bytes(2 * self._halves, "big"))
        return b"".join([chunk[value] for chunk, value in zip(self._changing, values, strict=True) if value])


class _Chunk(dict[int, bytes]):
    """Sixteen modules in a row, from the module `first` on: how each pattern is drawn, found when first met."""

    def __init__(self, width: int, first: int) -> None:
        self._width, self._first = width, first

    def __missing__(self, value: int) -> bytes:
        runs = [run.span() for run in _RUNS.finditer(f"{value:016b}")]
        found = b"".join(
            _rectangle(self._first + start, self._first + end, self._width) for start, end in runs
        )
        self[value] = found
        return found


def _rectangle(start: int, end: int, width: int) -> bytes:
    return b"%d %d %d 1 re\n" % (start % width, start // width, end - start)


def holes(zeroed: str) -> list[int]:
    """Where the digits stand that differ: the amount's, after "EUR", and the reference's, after "RF"."""
    found, start = [], 0
    for number, line in enumerate(zeroed.split("\n")):
        if number in (7, 9):
            found += [start + at for at, letter in enumerate(line) if letter.isdigit()]
        start += len(line) + 1
    return found


def _number(text: str, like: str | None = None) -> tuple[int, int]:
    """A zero between rows ends every run of dark modules."""
    rows = matrix(text, like=like)
    return int("".join(f"{row}0" for row in rows), 2), len(rows)


def _combined(bits: list[int], digit: int) -> int:
    total = 0
    for place, value in enumerate(bits):
        if digit >> place & 1:
            total ^= value
    return total


@lru_cache(maxsize=64)
def _family(zeroed: str) -> Family:
    return Family(zeroed)


def family(text: str) -> Family:
    """The family a code's text belongs to, made when it is first met (about half a second)."""
    return _family(family_of(text))
