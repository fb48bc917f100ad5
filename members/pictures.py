"""Logos that people send: told by what is in the file, not by its name, and only pictures made of dots.

Drawings (SVG) are not taken: they are programs of their own, with links, styles and references that grow without end, and
a logo looks the same as a PNG. The file is written anew, so that nothing but the picture is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, UnidentifiedImageError

LARGEST = 512 * 1024
MAX_PIXELS = 4_000_000
FORMATS = ("PNG", "JPEG")
TYPES = {"png": "image/png", "jpg": "image/jpeg"}


class PictureError(Exception):
    """`code`: large, type (no PNG or JPEG), broken, pixels."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Picture:
    data: bytes
    extension: str


def read_picture(data: bytes) -> Picture:
    """The picture as it may be kept: no place, no camera, no second file behind it. Raises PictureError."""
    if len(data) > LARGEST:
        raise PictureError("large")
    if not data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        raise PictureError("type")
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            image.verify()  # looks at the whole file, also where another library lets Pillow read half a picture
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise PictureError("pixels")
            form = image.format or "PNG"
            image.load()
            kept = BytesIO()
            if form == "JPEG":
                image.convert("RGB").save(kept, "JPEG", quality=92)
            else:
                image.save(kept, "PNG", optimize=True)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise PictureError("broken") from error
    return Picture(kept.getvalue(), "jpg" if form == "JPEG" else "png")
