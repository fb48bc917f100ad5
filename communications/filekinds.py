"""What a file is that somebody sends: told by what is in it, never by its name. The one judge of attachments and of materials. Pure.

What a browser or an office program would run (scripts, macros, drawings with scripts) is not taken. A name is for reading: without
folders and without anything that a header or a screen could stumble over.
"""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Container
from io import BytesIO

# Content types by extension.
TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "png": "image/png",
    "jpg": "image/jpeg",
    "heic": "image/heic",
    "txt": "text/plain",
    "csv": "text/csv",
}
# What may be attached to a conversation, and what may be added to the material bank.
CONVERSATION = frozenset({"pdf", "png", "jpg", "heic", "docx", "xlsx", "odt", "txt"})
MATERIAL = frozenset(TYPES) - {"heic"}

_OFFICE = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "ppt/presentation.xml": "pptx"}
_OPEN = {TYPES[extension]: extension for extension in ("odt", "ods", "odp")}
_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_PROGRAMS = re.compile(r"vbaProject|(?:^|/)Basic/|(?:^|/)Scripts/|\.(?:exe|dll)$", re.IGNORECASE)
_MOST_PARTS, _MOST_UNPACKED = 5000, 500 * 1024 * 1024
# Writing that is a program to somebody.
_CODE = re.compile(rb"^\s*(?:#!|<\?|<!|<\w)", re.IGNORECASE)
_NOT_IN_NAMES = frozenset('"\\/:*?<>|;%')


class FileError(ValueError):
    """`code`: empty, large, type (not one of those taken), macros, broken. `name`: as it is shown."""

    def __init__(self, code: str, name: str = "") -> None:
        super().__init__(f"{code}: {name}")
        self.code, self.name = code, name


def kind(data: bytes, name: str, taken: Container[str], *, largest: int) -> str:
    """The extension that says what the contents are. Raises FileError."""
    if not data:
        raise FileError("empty", readable(name))
    if len(data) > largest:
        raise FileError("large", readable(name))
    try:
        found = _extension(data, name)
    except FileError as error:
        raise FileError(error.code, readable(name)) from error
    if found not in taken:
        raise FileError("type", readable(name))
    return found


def readable(name: str) -> str:
    """The last part of a path, without control characters, those that turn the direction of writing and those that are not for reading;
    empty where nothing is left."""
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    kept = "".join(
        letter if unicodedata.category(letter)[0] in "LNMPSZ" and letter not in _NOT_IN_NAMES else " "
        for letter in last
        if unicodedata.category(letter) != "Cf"
    )
    return " ".join(kept.split()).strip(". ")


def _extension(data: bytes, name: str) -> str:
    if data.startswith(b"%PDF-"):
        return "pdf"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC:
        return "heic"
    if data.startswith(b"PK\x03\x04"):
        return _of_zip(data)
    return _of_text(data, name)


def _of_zip(data: bytes) -> str:
    """Office documents are archives of named parts; one that grows without end or holds programs is not taken. Nothing of it is unpacked
    but one short line."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_UNPACKED:
                raise FileError("broken")
            names = {part.filename for part in parts}
            if any(_PROGRAMS.search(part) for part in names):
                raise FileError("macros")
            found = next((extension for part, extension in _OFFICE.items() if part in names), "")
            if found and "[Content_Types].xml" not in names:
                found = ""
            if not found and "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                found = _OPEN.get(archive.read("mimetype").decode("ascii", "ignore").strip(), "")
    except FileError:
        raise
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        raise FileError("broken") from error
    if not found:
        raise FileError("type")
    return found


def _of_text(data: bytes, name: str) -> str:
    """Plain writing and tables of it: only where the name says so, and only if it is writing and no program."""
    extension = name.rpartition(".")[2].strip().lower()
    if extension not in {"txt", "csv"} or _CODE.match(data.removeprefix(b"\xef\xbb\xbf")[:200]):
        raise FileError("type")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:  # as older programs of Windows write
        text = data.decode("latin-1")
    if any(unicodedata.category(letter) == "Cc" and letter not in "\r\n\t\f" for letter in text):
        raise FileError("type")
    return extension
