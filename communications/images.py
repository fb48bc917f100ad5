"""Pictures that people add: told by what is in the file, made smaller and written anew, so that no place and no camera stays. Pure.

`opened` is the one judge; pictures beside texts are written here, those of letters by `letters.pictures`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import TypeVar

from PIL import Image, ImageOps

LARGEST = 10 * 1024 * 1024
# Decoded, a dot takes four bytes several times over; of a JPEG only what the smaller picture needs is decoded.
MAX_PIXELS, MAX_PIXELS_JPEG = 16_000_000, 40_000_000
WIDEST = 1600
BEGINS = {
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "JPEG": (b"\xff\xd8\xff",),
    "GIF": (b"GIF87a", b"GIF89a"),
    "WEBP": (b"RIFF",),
}
FORMATS = ("PNG", "JPEG")
T = TypeVar("T")
TYPES = {"png": "image/png", "jpg": "image/jpeg"}


class ImageError(Exception):
    """`code`: large, type (none of the formats), broken, pixels."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Kept:
    data: bytes
    extension: str


def opened(data: bytes, formats: tuple[str, ...], write: Callable[[Image.Image], T]) -> T:
    """What `write` makes of the picture, when it is one of the formats and whole. Raises ImageError."""
    if len(data) > LARGEST:
        raise ImageError("large")
    if not data.startswith(tuple(mark for name in formats for mark in BEGINS[name])):
        raise ImageError("type")
    try:
        with Image.open(BytesIO(data), formats=formats) as image:
            if image.width * image.height > (MAX_PIXELS_JPEG if image.format == "JPEG" else MAX_PIXELS):
                raise ImageError("pixels")
            image.verify()
        with Image.open(BytesIO(data), formats=formats) as image:
            return write(image)
    except ImageError:
        raise
    except Exception as error:  # decoders raise whatever comes to their mind
        raise ImageError("broken") from error


def read_image(data: bytes) -> Kept:
    """The picture as it is kept. Raises ImageError."""
    return opened(data, FORMATS, _written)


def _written(image: Image.Image) -> Kept:
    form = image.format
    image.thumbnail((WIDEST, WIDEST))  # before any copy of it
    turned = ImageOps.exif_transpose(image)
    kept = BytesIO()
    if form == "JPEG":
        turned.convert("RGB").save(kept, "JPEG", quality=85, optimize=True)
        return Kept(kept.getvalue(), "jpg")
    bare = Image.new(turned.mode, turned.size)
    if turned.mode == "P" and (palette := turned.getpalette()):
        bare.putpalette(palette)
    bare.paste(turned)
    bare.save(kept, "PNG", optimize=True)
    return Kept(kept.getvalue(), "png")
