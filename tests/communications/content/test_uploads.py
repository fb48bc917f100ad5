"""Files are told by what is in them; names are for reading only (COM-8)."""

from __future__ import annotations

import time
import unicodedata
import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops
from PIL.PngImagePlugin import PngInfo

from communications.bare_pictures import BrokenPicture, bare
from communications.filekinds import FileError
from communications.uploads import clean_name, look


def archive(**parts: str) -> bytes:
    data = BytesIO()
    with zipfile.ZipFile(data, "w") as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return data.getvalue()


def photo(form: str, way: int = 1) -> bytes:
    """A picture that tells where it was taken and with what, followed by another one, as telephones write."""
    told = Image.Exif()
    told[0x0112], told[0x010F], told[0x8825] = way, "Kamera X", {1: "N", 2: (60.0, 10.0, 5.0)}
    words = PngInfo()
    words.add_text("GPS", "60.168")
    data = BytesIO()
    further = {"pnginfo": words} if form == "PNG" else {"comment": b"Kamera X", "progressive": True}
    Image.linear_gradient("L").convert("RGB").save(data, form, exif=told, **further)
    return data.getvalue() * 2


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
        (photo("PNG"), "kuva", "png"),
        (photo("JPEG"), "kuva.exe", "jpg"),
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
        (b"\x89PNG\r\n\x1a\n", "kuva.png", "broken"),
        (b"\xff\xd8\xff\xe0rubbish", "kuva.jpg", "broken"),
        (photo("JPEG")[:700], "kuva.jpg", "broken"),
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


# --- pictures -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("form", "extension"), [("PNG", "png"), ("JPEG", "jpg")])
@pytest.mark.parametrize("way", [1, 6])
def test_a_picture_does_not_tell_where_it_was_taken(form: str, extension: str, way: int) -> None:
    """Dot for dot the same, turned the same way."""
    data = photo(form, way)
    kept = bare(data, extension)
    assert b"Kamera" in data
    assert not any(word in kept for word in (b"Kamera", b"GPS", b"60.168"))
    with Image.open(BytesIO(data)) as before, Image.open(BytesIO(kept)) as after:
        assert ImageChops.difference(before.convert("RGB"), after.convert("RGB")).getbbox() is None
        assert dict(after.getexif()) == ({0x0112: way} if form == "JPEG" and way != 1 else {})
    assert bare(kept, extension) == kept


@given(st.binary(max_size=400), st.sampled_from(["png", "jpg"]))
def test_no_picture_breaks_its_reader(rubbish: bytes, extension: str) -> None:
    for data in (rubbish, photo("PNG")[:200] + rubbish, photo("JPEG")[:200] + rubbish):
        try:
            bare(data, extension)
        except BrokenPicture:
            continue


def test_an_odd_picture_is_walked_through_in_a_moment() -> None:
    begun = time.process_time()
    for data in (b"\xff\xd8" + b"\xff" * 5_000_000, photo("JPEG")[:600] + b"\xff\xd0" * 2_000_000):
        with pytest.raises(BrokenPicture):
            bare(data, "jpg")
    assert time.process_time() - begun < 5
