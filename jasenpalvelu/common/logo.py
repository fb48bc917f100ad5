"""A unit's logo on paper: which picture it is and whether it is wide enough to take the place of the name."""

import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image, UnidentifiedImageError

WIDE = 1.6
MAX_PIXELS = 20_000_000
# What a drawn logo does not need and what could read other files, grow without end or include itself.
_FORBIDDEN = re.compile(rb"<!ENTITY|<(?:\w+:)?(?:image|foreignObject|script)\b|@import", re.IGNORECASE)


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
    if b"<svg" not in data[:20_000] or _FORBIDDEN.search(data):
        return None
    try:
        root = ElementTree.fromstring(data)  # noqa: S314  documents with entities were turned away above
    except (ElementTree.ParseError, LookupError, ValueError):
        return None
    across, down = _size(root)
    return Logo(data, "image/svg+xml", across > WIDE * down) if across > 0 and down > 0 else None


def _size(root: ElementTree.Element) -> tuple[float, float]:
    """Width and height in any one unit: of the view box, else of the attributes; zeros when it has neither."""
    numbers = re.findall(r"[-+\d.eE]+", root.get("viewBox", ""))[2:4]
    if len(numbers) != 2:
        numbers = [(re.match(r"\s*[\d.]+", root.get(name, "")) or ["0"])[0] for name in ("width", "height")]
    try:
        return float(numbers[0]), float(numbers[1])
    except ValueError:
        return 0.0, 0.0
