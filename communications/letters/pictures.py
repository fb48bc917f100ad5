"""Pictures of letters: told by what is in the file, at most 1200 points wide, written anew as PNG or JPEG without places and cameras.

Outlook shows neither WebP nor more than the first picture of a GIF; both become what every mail program shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

LARGEST = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
WIDEST, TALLEST = 1200, 2400
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
TYPES = {"png": "image/png", "jpg": "image/jpeg"}
_BEGINS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"RIFF")


class PictureError(Exception):
    """`code`: large, type, broken, pixels."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Kept:
    data: bytes
    extension: str
    width: int
    height: int


def read(data: bytes) -> Kept:
    """The picture as it is kept. Raises PictureError."""
    if len(data) > LARGEST:
        raise PictureError("large")
    if not data.startswith(_BEGINS):
        raise PictureError("type")
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise PictureError("pixels")
            image.load()
            return _written(image)
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        OSError,
        SyntaxError,
        ValueError,
        MemoryError,
    ) as error:
        raise PictureError("broken") from error


def _written(image: Image.Image) -> Kept:
    turned = ImageOps.exif_transpose(image)
    seen_through = "A" in turned.getbands() or "transparency" in turned.info
    photo = image.format == "JPEG" or (image.format == "WEBP" and not seen_through)
    bare = turned.convert("RGB" if photo else "RGBA" if seen_through else "RGB")
    bare.info.clear()
    bare.thumbnail((WIDEST, TALLEST))
    kept = BytesIO()
    if photo:
        bare.save(kept, "JPEG", quality=84, optimize=True)
    else:
        bare.save(kept, "PNG", optimize=True)
    return Kept(kept.getvalue(), "jpg" if photo else "png", bare.width, bare.height)
