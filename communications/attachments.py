"""What may be attached to a conversation: known kinds of files, told by their content and never by their name.

Pure. A name is what a sender says; the ending it is kept with follows from the content, so that nothing opens as something else.
"""

from __future__ import annotations

import re
import unicodedata
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath

MOST_BYTES, MOST_FILES = 10 * 1024 * 1024, 5
LONGEST_NAME = 80
ENDINGS = (".pdf", ".png", ".jpg", ".jpeg", ".heic", ".docx", ".xlsx", ".odt", ".txt")
_OPEN_XML = "application/vnd.openxmlformats-officedocument."
_WORD, _SHEET = f"{_OPEN_XML}wordprocessingml.document", f"{_OPEN_XML}spreadsheetml.sheet"
_ODT = "application/vnd.oasis.opendocument.text"
_TYPES = {
    "application/pdf": ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/heic": ".heic",
    _WORD: ".docx",
    _SHEET: ".xlsx",
    _ODT: ".odt",
    "text/plain": ".txt",
}
_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_MOST_PARTS = 2000


class BadFile(ValueError):
    """`code`: size, empty, type (not one of the kinds), macros."""

    def __init__(self, code: str, name: str) -> None:
        super().__init__(f"{code}: {name}")
        self.code, self.name = code, name


@dataclass(frozen=True)
class Attached:
    name: str
    media_type: str
    content: bytes


def checked(name: str, content: bytes) -> Attached:
    """The file as it is kept. Raises BadFile."""
    shown = clean_name(name)
    if not content:
        raise BadFile("empty", shown)
    if len(content) > MOST_BYTES:
        raise BadFile("size", shown)
    media_type = _kind(shown, content)
    return Attached(_with_ending(shown, _TYPES[media_type]), media_type, content)


def clean_name(name: str) -> str:
    """The last part of a path, without control characters and those that turn the direction of writing."""
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    kept = "".join(
        " " if character in '<>:"|?*;%' else character for character in last if _is_plain(character)
    )
    found = " ".join(kept.split()).strip(". ")
    stem, ending = PurePosixPath(found).stem, PurePosixPath(found).suffix[:10]
    return f"{stem[: LONGEST_NAME - len(ending)]}{ending}" or "liite"


def _is_plain(character: str) -> bool:
    return not unicodedata.category(character).startswith("C")


def _kind(name: str, content: bytes) -> str:
    head = content[:16]
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC:
        return "image/heic"
    if head.startswith(b"PK\x03\x04"):
        return _office_kind(name, content)
    if name.lower().endswith(".txt") and _is_text(content):
        return "text/plain"
    raise BadFile("type", name)


def _office_kind(name: str, content: bytes) -> str:
    """A document of an office program by what its package holds; nothing of it is unpacked but one short line."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            parts = {part.filename: part for part in package.infolist()}
            if len(parts) > _MOST_PARTS:
                raise BadFile("type", name)
            if any(part.lower().endswith(("vbaproject.bin", ".exe", ".dll")) for part in parts):
                raise BadFile("macros", name)
            if "[Content_Types].xml" in parts and "word/document.xml" in parts:
                return _WORD
            if "[Content_Types].xml" in parts and "xl/workbook.xml" in parts:
                return _SHEET
            told = parts.get("mimetype")
            if (
                told is not None
                and told.file_size == len(_ODT)
                and package.read(told).decode("ascii", "replace") == _ODT
            ):
                return _ODT
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError):
        pass
    raise BadFile("type", name)


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return not any(unicodedata.category(c) == "Cc" and c not in "\r\n\t\f" for c in text)


def _with_ending(name: str, ending: str) -> str:
    same = {".jpeg": ".jpg"}
    here = PurePosixPath(name).suffix.lower()
    if same.get(here, here) == ending:
        return name
    return f"{PurePosixPath(name).stem or 'liite'}{ending}"
