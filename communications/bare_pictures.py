"""Pictures of the material bank without where they were taken and with what: dot for dot what they were, without what is told beside.

Pure, and nothing is decoded: the parts of a file are walked through, each once.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from io import BytesIO

from PIL import Image

_PNG = b"\x89PNG\r\n\x1a\n"
# What only tells: texts of any kind, the time, what the camera wrote.
_PNG_TOLD = {b"tEXt", b"zTXt", b"iTXt", b"tIME", b"eXIf", b"dSIG"}
# Where a picture's dots end in a JPEG: any sign but a filled zero and the marks that begin anew.
_MARK = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])", re.DOTALL)
_END, _TURN = 0xD9, 0x0112


class BrokenPicture(ValueError):
    """Not what it begins as."""


def bare(data: bytes, extension: str) -> bytes:
    """A PNG or JPEG without what is told beside it; only the way it is turned stays. Raises BrokenPicture."""
    try:
        return b"".join(_png(data) if extension == "png" else _jpeg(data))
    except (struct.error, IndexError) as error:
        raise BrokenPicture from error


def _png(data: bytes) -> Iterator[bytes]:
    yield _PNG
    place = len(_PNG)
    while True:
        size, kind = struct.unpack_from(">I4s", data, place)
        end = place + 12 + size
        if end > len(data):
            raise BrokenPicture
        if kind not in _PNG_TOLD:
            yield data[place:end]
        place = end
        if kind == b"IEND":  # what follows is of no picture
            return


def _jpeg(data: bytes) -> Iterator[bytes]:
    yield data[:2]
    yield _turned(data)
    place = 2
    while True:
        found = _MARK.search(data, place)
        if found is None:
            raise BrokenPicture
        mark, start = found[1][0], found.start()
        if start > place:
            yield data[place:start]
        if mark == _END:
            yield b"\xff\xd9"
            return  # further pictures of the file tell where they were taken too
        (size,) = struct.unpack_from(">H", data, found.end())
        place = found.end() + size
        if size < 2 or place > len(data):
            raise BrokenPicture
        if _belongs(mark, data[found.end() + 2 : place]):
            yield b"\xff" + data[found.end() - 1 : place]


def _belongs(mark: int, content: bytes) -> bool:
    """All that a picture is drawn by: of the marks of programs the plain head, the colours and Adobe's kind of them."""
    if mark == 0xE2:
        return content.startswith(b"ICC_PROFILE\0")
    return mark in {0xE0, 0xEE} or not (0xE0 <= mark <= 0xEF or mark == 0xFE)


def _turned(data: bytes) -> bytes:
    """The camera's word on which way is up, and nothing else of its words."""
    try:
        with Image.open(BytesIO(data), formats=("JPEG",)) as image:
            way = image.getexif().get(_TURN, 1)
    except Exception as error:
        raise BrokenPicture from error
    if way not in range(2, 9):
        return b""
    told = b"Exif\0\0" + struct.pack("<2sHIHHHIHHI", b"II", 42, 8, 1, _TURN, 3, 1, way, 0, 0)
    return struct.pack(">BBH", 0xFF, 0xE1, len(told) + 2) + told
