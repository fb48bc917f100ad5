"""Files are known by their content: a hostile one is refused whatever it is called, and nothing is kept under a name that lies."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communications.attachments import ENDINGS, MOST_BYTES, checked, clean_name
from communications.filekinds import FileError

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def package(*parts: str, mimetype: str = "") -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        if mimetype:
            packed.writestr("mimetype", mimetype)
        for part in parts:
            packed.writestr(part, "x")
    return stream.getvalue()


DOCX = package("[Content_Types].xml", "word/document.xml")
XLSX = package("[Content_Types].xml", "xl/workbook.xml")
ODT = package("content.xml", mimetype="application/vnd.oasis.opendocument.text")
HEIC = b"\x00\x00\x00\x18ftypheic" + bytes(8)


@pytest.mark.parametrize(
    ("name", "content", "kept"),
    [
        ("lasku.pdf", PDF, "lasku.pdf"),
        ("kuva.PNG", PNG, "kuva.PNG"),
        ("kuva.jpeg", b"\xff\xd8\xff\xe0" + bytes(9), "kuva.jpeg"),
        ("kuva.png", b"\xff\xd8\xff\xe0" + bytes(9), "kuva.jpg"),
        ("IMG_1.HEIC", HEIC, "IMG_1.HEIC"),
        ("hakemus.docx", DOCX, "hakemus.docx"),
        ("luvut.zip", XLSX, "luvut.xlsx"),
        ("teksti.odt", ODT, "teksti.odt"),
        ("muistio.txt", "Ääkköset\n".encode(), "muistio.txt"),
        ("muistio.txt", "Ääkköset\n".encode("latin-1"), "muistio.txt"),
        ("ohjelma.exe", PDF, "ohjelma.pdf"),
    ],
)
def test_what_is_known_is_kept(name: str, content: bytes, kept: str) -> None:
    assert checked(name, content).name == kept


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("lasku.pdf", b"MZ\x90\x00" + bytes(50), "type"),
        ("sivu.html", b"<html><script>alert(1)</script>", "type"),
        ("kuva.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "type"),
        ("muistio.txt", b"\x00\x01\x02", "type"),
        ("paketti.zip", package("a.txt"), "type"),
        ("rikki.docx", DOCX[:30], "broken"),
        ("makro.docx", package("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "macros"),
        (
            "makro.odt",
            package("Basic/Standard/x.xml", mimetype="application/vnd.oasis.opendocument.text"),
            "macros",
        ),
        ("ohjelma.txt", b"#!/bin/sh\nrm -rf /", "type"),
        ("taulukko.csv", b"a;b", "type"),
        ("pommi.odt", package(mimetype="x" * 100), "type"),
        ("tyhja.pdf", b"", "empty"),
        ("suuri.pdf", PDF + bytes(MOST_BYTES), "large"),
    ],
)
def test_what_is_not_is_refused(name: str, content: bytes, code: str) -> None:
    with pytest.raises(FileError) as refused:
        checked(name, content)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\x\\lasku.pdf", "lasku.pdf"),
        ("lasku\u202efdp.exe", "laskufdp.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie x.pdf"),
        ("", "liite.pdf"),
        ("...", "liite.pdf"),
        ("k" * 300 + ".pdf", "k" * 76 + ".pdf"),
    ],
)
def test_a_name_is_only_a_name(name: str, kept: str) -> None:
    assert checked(name, PDF).name == kept


@given(st.text(max_size=200))
def test_no_name_leads_elsewhere(name: str) -> None:
    kept = checked(name, PDF).name
    assert kept.lower().endswith(ENDINGS)
    assert not set(kept) & set('/\\\r\n\0"<>')
    assert 0 < len(kept) <= 90
    assert clean_name(kept) == kept
