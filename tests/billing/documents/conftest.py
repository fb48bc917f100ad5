"""Each sample is rendered once, and each page drawn once, for all tests of the session."""

import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from billing.documents.render import pdf
from tests.billing.documents.samples import SAMPLES


@cache
def _rendered(name: str) -> bytes:
    return pdf(SAMPLES[name])


@pytest.fixture
def rendered() -> Callable[[str], bytes]:
    """The PDF of a sample."""
    return _rendered


@pytest.fixture
def text_of(tmp_path: Path) -> Callable[[bytes], str]:
    """The text of a PDF line by line as it stands on paper, blanks made single: one form feed for each page."""

    def read(content: bytes) -> str:
        file = tmp_path / "document.pdf"
        file.write_bytes(content)
        run = subprocess.run(["pdftotext", "-layout", str(file), "-"], capture_output=True, check=True)
        pages = run.stdout.decode().removesuffix("\f").split("\f")
        return "\f\n".join(
            "".join(f"{' '.join(line.split())}\n" for line in page.splitlines() if line.strip())
            for page in pages
        )

    return read


@pytest.fixture
def codes_in(tmp_path: Path) -> Callable[..., list[bytes]]:
    """What a reader finds on a page drawn at 200 dpi, as bytes: [bank barcode, QR code] or nothing."""

    def scan(content: bytes, page: int = 1) -> list[bytes]:
        file, picture = tmp_path / "document.pdf", tmp_path / "page"
        file.write_bytes(content)
        command = ["pdftoppm", "-r", "200", "-gray", "-png", "-singlefile", "-f", str(page), "-l", str(page)]
        subprocess.run([*command, str(file), str(picture)], capture_output=True, check=True)
        found = [_decode(f"{picture}.png", kind) for kind in ("code128", "qrcode")]
        return [code for code in found if code]

    return scan


def _decode(picture: str, kind: str) -> bytes:
    command = ["zbarimg", "-q", "--raw", "-Sdisable", f"-S{kind}.enable", "-Sbinary", picture]
    return subprocess.run(command, capture_output=True, check=False).stdout
