"""Logos that people send: told by what is in the file, not by its name, and drawings without anything that acts.

A drawing (SVG) may hold scripts, links to elsewhere and entities that grow without end. Only shapes, colours and texts are
kept; the file is written anew from what was understood.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from lxml import etree
from PIL import Image, UnidentifiedImageError

LARGEST = 512 * 1024
MAX_PIXELS = 4_000_000
FORMATS = ("PNG", "JPEG")
TYPES = {"png": "image/png", "jpg": "image/jpeg", "svg": "image/svg+xml"}
_SVG = "http://www.w3.org/2000/svg"
_ELEMENTS = """
    svg g defs title desc path rect circle ellipse line polyline polygon text tspan clipPath mask symbol use
    linearGradient radialGradient stop
"""
_ATTRIBUTES = """
    id class transform viewBox width height x y x1 y1 x2 y2 cx cy r rx ry fx fy d points dx dy offset fill fill-opacity
    fill-rule clip-rule clip-path mask stroke stroke-width stroke-linecap stroke-linejoin stroke-miterlimit
    stroke-dasharray stroke-opacity opacity stop-color stop-opacity gradientUnits gradientTransform spreadMethod
    clipPathUnits maskUnits font-family font-size font-weight font-style text-anchor letter-spacing
    preserveAspectRatio version
"""
DRAWS, KNOWN = frozenset(_ELEMENTS.split()), frozenset(_ATTRIBUTES.split())
_HREFS = ("href", "{http://www.w3.org/1999/xlink}href")
_OWN_URL = re.compile(r"url\(\s*['\"]?#[\w.-]+['\"]?\s*\)")


class PictureError(Exception):
    """`code`: large, type (no PNG, JPEG or SVG), broken, pixels."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Picture:
    data: bytes
    extension: str


def read_picture(data: bytes) -> Picture:
    """The picture as it may be kept. Raises PictureError."""
    if len(data) > LARGEST:
        raise PictureError("large")
    if data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        return _raster(data)
    if b"<svg" in data[:4096]:
        return Picture(_clean_svg(data), "svg")
    raise PictureError("type")


def _raster(data: bytes) -> Picture:
    """Written anew, so that nothing but the picture is kept: no place, no camera, no second file behind it."""
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


def _clean_svg(data: bytes) -> bytes:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise PictureError("broken") from error
    if root.getroottree().docinfo.internalDTD is not None or root.tag != f"{{{_SVG}}}svg":
        raise PictureError("type")
    _clean(root)
    etree.cleanup_namespaces(root)
    return bytes(etree.tostring(root, encoding="utf-8"))


def _clean(element: Any) -> None:
    for name, value in list(element.attrib.items()):
        if not _kept(name, value):
            del element.attrib[name]
    for child in list(element):
        if not isinstance(child.tag, str) or child.tag.removeprefix(f"{{{_SVG}}}") not in DRAWS:
            element.remove(child)
        else:
            _clean(child)


def _kept(name: str, value: str) -> bool:
    """Only what is known to draw; addresses only of a part of the same drawing."""
    if name in _HREFS:
        return re.fullmatch(r"#[\w.-]+", value.strip()) is not None
    if name not in KNOWN:
        return False
    return "url(" not in _OWN_URL.sub("", value).lower() and "javascript:" not in value.lower()
