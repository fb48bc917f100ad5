"""Barcodes and QR codes as drawings in a page, on paper and on the screen."""

import re
from functools import lru_cache
from typing import Any

import segno
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe


def drawing(across: str, down: str, box: str, path: str, alt: str) -> SafeString:
    """A path in an SVG of the given size ("30mm") and view box."""
    return format_html(
        '<svg class="code" xmlns="http://www.w3.org/2000/svg" preserveAspectRatio="none" width="{}" height="{}" '
        'viewBox="{}"><title>{}</title><path d="{}"/></svg>',
        across,
        down,
        box,
        alt,
        mark_safe(path),
    )


def qr_drawing(text: str, *, size: str, alt: str, **how: Any) -> SafeString:
    """A QR code of the text, without its quiet zone. `how` goes to the encoder (error, mode, encoding, eci)."""
    matrix = qr_matrix(text, **how)
    path = "".join(
        f"M{found.start()} {y}h{len(found[0])}v1h-{len(found[0])}z"
        for y, cells in enumerate(matrix)
        for found in re.finditer("1+", cells)
    )
    return drawing(size, size, f"0 0 {len(matrix)} {len(matrix)}", path, alt)


@lru_cache(maxsize=16)
def qr_matrix(text: str, **how: Any) -> tuple[str, ...]:
    """The modules row by row as ones and zeros."""
    code = segno.make(text, boost_error=False, micro=False, **how)
    return tuple("".join("1" if cell else "0" for cell in row) for row in code.matrix)
