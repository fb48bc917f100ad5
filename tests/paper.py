"""What stands on the pages of a PDF for a reader and for a scanner (poppler and zbar)."""

from __future__ import annotations

import subprocess
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, ImageChops


def text_of(content: bytes) -> str:
    """The text line by line as it stands on paper, blanks made single: one form feed for each page."""
    run = subprocess.run(["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True)
    pages = run.stdout.decode().removesuffix("\f").split("\f")
    return "\f\n".join(
        "".join(f"{' '.join(line.split())}\n" for line in page.splitlines() if line.strip()) for page in pages
    )


def codes_in(content: bytes, page: int = 1) -> list[bytes]:
    """What a reader finds on a page drawn at 200 dpi: [bank barcode, QR code] or nothing."""
    with TemporaryDirectory() as folder:
        picture = Path(folder, "page")
        command = ["pdftoppm", "-r", "200", "-gray", "-png", "-singlefile", "-f", str(page), "-l", str(page)]
        subprocess.run([*command, "-", str(picture)], input=content, capture_output=True, check=True)
        found = [_decoded(f"{picture}.png", kind) for kind in ("code128", "qrcode")]
    return [code for code in found if code]


def _decoded(picture: str, kind: str) -> bytes:
    command = ["zbarimg", "-q", "--raw", "-Sdisable", f"-S{kind}.enable", "-Sbinary", picture]
    return subprocess.run(command, capture_output=True, check=False).stdout


def pictures_of(content: bytes) -> list[Image.Image]:
    """The pages in grey at 150 dpi."""
    with TemporaryDirectory() as folder:
        command = ["pdftoppm", "-r", "150", "-gray", "-png", "-", str(Path(folder, "page"))]
        subprocess.run(command, input=content, capture_output=True, check=True)
        return [
            Image.open(BytesIO(path.read_bytes())).convert("L") for path in sorted(Path(folder).iterdir())
        ]


def difference(one: Image.Image, other: Image.Image) -> tuple[float, int]:
    """How far two pictures are apart: the mean of 255 shades, and how many dots differ by more than 64."""
    shades = ImageChops.difference(one, other).histogram()
    return sum(shade * dots for shade, dots in enumerate(shades)) / sum(shades), sum(shades[65:])
