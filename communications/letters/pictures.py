"""Pictures of letters: told by what is in the file, at most 1200 points wide, written anew as PNG or JPEG without places and cameras.

Outlook shows neither WebP nor more than the first picture of a GIF; both become what every mail program shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

from communications.images import opened

WIDEST, TALLEST = 1200, 2400
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")


@dataclass(frozen=True)
class Kept:
    data: bytes
    extension: str
    width: int
    height: int


def read(data: bytes) -> Kept:
    """The picture as it is kept. Raises images.ImageError."""
    return opened(data, FORMATS, _written)


def _written(image: Image.Image) -> Kept:
    form = image.format
    if image.mode not in {"1", "P"}:  # these become smaller only as dots of colour
        image.thumbnail((max(WIDEST, TALLEST),) * 2)  # before any copy of it
    turned = ImageOps.exif_transpose(image)
    seen_through = "A" in turned.getbands() or "transparency" in turned.info
    photo = form == "JPEG" or (form == "WEBP" and not seen_through)
    bare = turned.convert("RGB" if photo else "RGBA" if seen_through else "RGB")
    bare.info.clear()
    bare.thumbnail((WIDEST, TALLEST))
    kept = BytesIO()
    if photo:
        bare.save(kept, "JPEG", quality=84, optimize=True)
    else:
        bare.save(kept, "PNG", optimize=True)
    return Kept(kept.getvalue(), "jpg" if photo else "png", bare.width, bare.height)
