"""What stands on the pages of a PDF for a reader and for a scanner (poppler and zbar)."""

from __future__ import annotations

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory


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
