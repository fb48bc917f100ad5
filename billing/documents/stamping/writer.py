"""A PDF file written forwards, object by object, so that a volume of any size takes no more memory than its list of pages."""

from __future__ import annotations

import hashlib
import zlib
from array import array
from typing import IO

import pikepdf

LEVEL = 4
_LEFT_OUT = {"/Length", "/Parent", "/StructParents", "/StructParent"}


class Writer:
    """Objects get their number when they are written, or before by `number`. `finish` writes the table of places."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target = target
        self._places: array[int] = array("Q", [0])
        self._digest = hashlib.sha256()
        self._known: dict[bytes, int] = {}
        self._at = 0
        self._write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._at

    def number(self) -> int:
        self._places.append(0)
        return len(self._places) - 1

    def put(self, body: bytes, number: int = 0) -> int:
        number = number or self.number()
        self._places[number] = self._at
        self._write(b"%d 0 obj\n%b\nendobj\n" % (number, body))
        return number

    def stream(self, data: bytes, entries: bytes = b"") -> int:
        """A stream packed here; `entries` go into its dictionary."""
        return self.put(_stream(zlib.compress(data, LEVEL), entries + b"/Filter/FlateDecode"))

    def copied(self, source: pikepdf.Object) -> int:
        """An object of another file with everything it refers to; what has been copied is not written a second time."""
        body = self._body(source)
        key = hashlib.sha256(body).digest()
        if key not in self._known:
            self._known[key] = self.put(body)
        return self._known[key]

    def _body(self, source: pikepdf.Object) -> bytes:
        if isinstance(source, pikepdf.Stream):
            entries = [(name, value) for name, value in source.items() if name not in _LEFT_OUT]
            return _stream(source.read_raw_bytes(), self._entries(entries))
        return self.value(source, inside=True)

    def value(self, source: pikepdf.Object, *, inside: bool = False) -> bytes:
        """As it stands inside another object: what has a number in its file becomes a reference to its copy."""
        if isinstance(source, pikepdf.Object):
            if source.is_indirect and not inside:
                return b"%d 0 R" % self.copied(source)
            if isinstance(source, pikepdf.Dictionary):
                return b"<<%b>>" % self._entries(
                    [(name, value) for name, value in source.items() if name not in _LEFT_OUT]
                )
            if isinstance(source, pikepdf.Array):
                return b"[%b]" % b" ".join(self.value(item) for item in source)
        return pikepdf.Array([source]).unparse()[1:-1].strip()

    def _entries(self, entries: list[tuple[str, pikepdf.Object]]) -> bytes:
        return b"".join(
            b"%b %b" % (pikepdf.Name(name).unparse(), self.value(value)) for name, value in entries
        )

    def finish(self, root: int, info: int) -> None:
        """The table of places, packed, and the end. The file's identifier is that of its contents."""
        number, start = self.number(), self._at
        self._places[number] = start
        rows = (
            b"\x00"
            + bytes(5)
            + b"\xff"
            + b"".join(b"\x01%b\x00" % place.to_bytes(5, "big") for place in self._places[1:])
        )
        mark = self._digest.hexdigest()[:32].encode()
        entries = b"/Type/XRef/Size %d/W[1 5 1]/Root %d 0 R/Info %d 0 R/ID[<%b><%b>]/Filter/FlateDecode" % (
            len(self._places), root, info, mark, mark,
        )  # fmt: skip
        self.put(_stream(zlib.compress(rows, LEVEL), entries), number)
        self._write(b"startxref\n%d\n%%%%EOF\n" % start)

    def _write(self, data: bytes) -> None:
        self._target.write(data)
        self._digest.update(data)
        self._at += len(data)


def _stream(data: bytes, entries: bytes) -> bytes:
    return b"<</Length %d%b>>stream\n%b\nendstream" % (len(data), entries, data)


def text(value: str) -> bytes:
    """A string people read: title, bookmark."""
    return b"<%b>" % ("\ufeff" + value).encode("utf-16-be").hex().encode()
