"""Files are told by what is in them; names are for reading only (COM-8)."""

from __future__ import annotations

import unicodedata
import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communications.filekinds import FileError
from communications.uploads import clean_name, look


def archive(**parts: str) -> bytes:
    data = BytesIO()
    with zipfile.ZipFile(data, "w") as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return data.getvalue()


DOCX = archive(**{"[Content_Types].xml": "", "word/document.xml": "<w/>"})
ODP = archive(mimetype="application/vnd.oasis.opendocument.presentation", **{"content.xml": ""})


def kind(data: bytes, name: str = "tiedosto.bin") -> str:
    return look(BytesIO(data), size=len(data), name=name).extension


@pytest.mark.parametrize(
    ("data", "name", "extension"),
    [
        (b"%PDF-1.7 ...", "kokous.exe", "pdf"),
        (DOCX, "kokous.pdf", "docx"),
        (ODP, "esitys", "odp"),
        ("Käytännöt".encode(), "ohje.txt", "txt"),
        (b"a;b\n1;2", "luvut.CSV", "csv"),
        (b"\x89PNG\r\n\x1a\n", "kuva", "png"),
        ("nimi;määrä\n".encode("latin-1"), "luvut.csv", "csv"),
    ],
)
def test_the_contents_tell_what_it_is(data: bytes, name: str, extension: str) -> None:
    assert kind(data, name) == extension


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "tyhja.pdf", "empty"),
        (b"MZ\x90\x00", "kokous.pdf", "type"),
        (b"<html><script>alert(1)</script>", "sivu.txt", "type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "kuva.png", "type"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(8), "kuva.heic", "type"),
        (b"#!/bin/sh\nrm -rf /", "ohje.txt", "type"),
        (b"\xff\xfe\x00bin", "luvut.csv", "type"),
        (b"PK\x03\x04rubbish", "kokous.docx", "broken"),
        (archive(**{"a.txt": "x"}), "paketti.docx", "type"),
        (
            archive(**{"[Content_Types].xml": "", "word/document.xml": "", "word/vbaProject.bin": ""}),
            "x.docx",
            "macros",
        ),
        (
            archive(mimetype="application/vnd.oasis.opendocument.text", **{"Basic/Standard/x.xml": ""}),
            "x.odt",
            "macros",
        ),
    ],
)
def test_what_is_not_taken(data: bytes, name: str, code: str) -> None:
    with pytest.raises(FileError) as refused:
        kind(data, name)
    assert refused.value.code == code


def test_too_large_by_what_it_says_or_by_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    from communications import uploads

    monkeypatch.setattr(uploads, "LARGEST", 10)
    for size in (11, 5):
        with pytest.raises(FileError, match="large"):
            look(BytesIO(b"%PDF-1234567"), size=size, name="x.pdf")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\ohje.pdf", "ohje"),
        ('x"; filename="y.exe.pdf', "x filename= y.exe"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie x"),
        ("\u202egnp.exe", "gnp"),
        ("Syyskokous 2026 – pöytäkirja.pdf", "Syyskokous 2026 – pöytäkirja"),
        ("...", "tiedosto"),
        ("", "tiedosto"),
        ("x" * 300 + ".pdf", "x" * 120),
    ],
)
def test_a_name_is_for_reading(name: str, kept: str) -> None:
    assert clean_name(name) == kept


@given(st.text(max_size=200))
def test_no_name_is_a_path_or_a_header(name: str) -> None:
    kept = clean_name(name)
    assert kept
    assert len(kept) <= 120
    assert not set(kept) & set('\\/"\r\n\0;%')
    assert not any(unicodedata.category(letter)[0] == "C" for letter in kept)
