"""Pictures beside texts: told by what is in the file, made smaller and written anew, so that no place and no camera stays."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

LARGEST = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
WIDEST = 1600
FORMATS = ("PNG", "JPEG")
TYPES = {"png": "image/png", "jpg": "image/jpeg"}


class ImageError(Exception):
    """`code`: large, type (no PNG or JPEG), broken, pixels."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Kept:
    data: bytes
    extension: str


def read_image(data: bytes) -> Kept:
    """The picture as it is kept. Raises ImageError."""
    if len(data) > LARGEST:
        raise ImageError("large")
    if not data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        raise ImageError("type")
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise ImageError("pixels")
            image.verify()
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            return _written(image)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise ImageError("broken") from error


def _written(image: Image.Image) -> Kept:
    form = image.format
    turned = ImageOps.exif_transpose(image)
    turned.thumbnail((WIDEST, WIDEST))
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
