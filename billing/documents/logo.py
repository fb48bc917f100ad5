"""The creditor's logo: which picture it is and whether it is wide enough to take the place of the name."""

import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, UnidentifiedImageError

WIDE = 1.6
MAX_PIXELS = 20_000_000


@dataclass(frozen=True, slots=True)
class Logo:
    data: bytes
    mime: str
    wide: bool


def read_logo(source: bytes | Path | None) -> Logo | None:
    """The logo, or None when there is none or it is no picture: an invoice goes out without a logo, not with a hole."""
    if source is None:
        return None
    try:
        data = source.read_bytes() if isinstance(source, Path) else source
    except OSError:
        return None
    return _svg(data) or _raster(data)


def _raster(data: bytes) -> Logo | None:
    try:
        with Image.open(BytesIO(data), formats=("PNG", "JPEG")) as image:
            mime, (across, down) = Image.MIME[image.format or ""], image.size
            if across * down > MAX_PIXELS:
                return None
            image.verify()
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError, KeyError):
        return None
    return Logo(data, mime, across > WIDE * down)


def _svg(data: bytes) -> Logo | None:
    head = re.search(rb"<svg\b[^>]*>", data[:20_000])
    if head is None:
        return None
    box = re.search(rb"viewBox\s*=\s*[\"']([-\d.eE\s,]+)[\"']", head[0])
    numbers = re.findall(rb"[-\d.eE]+", box[1]) if box else []
    if len(numbers) != 4:
        numbers = [b"0", b"0", *(_length(head[0], name) for name in (b"width", b"height"))]
    try:
        across, down = float(numbers[2]), float(numbers[3])
    except ValueError:
        return None
    return Logo(data, "image/svg+xml", across > WIDE * down) if across > 0 and down > 0 else None


def _length(tag: bytes, name: bytes) -> bytes:
    found = re.search(rb"\b" + name + rb"\s*=\s*[\"']\s*([\d.]+)", tag)
    return found[1] if found else b"0"
