"""Files that people add to the material bank: told by what is in them, never by their name. Pure but for the libraries that look.

What a browser or an office program would run (scripts, macros, drawings with scripts) is not taken. The name is kept for the reader,
without folders and without anything that a header or a screen could stumble over.
"""

from __future__ import annotations

import re
import unicodedata
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath, PureWindowsPath
from typing import BinaryIO

LARGEST = 50 * 1024 * 1024
LONGEST_NAME = 120
# Content types by extension: what may be added.
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
    "txt": "text/plain; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
}
NAMES = "PDF, Word, Excel, PowerPoint, OpenDocument, PNG, JPEG, TXT, CSV"
_OFFICE = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "ppt/presentation.xml": "pptx"}
_OPEN = {TYPES[extension]: extension for extension in ("odt", "ods", "odp")}
_MACROS = re.compile(r"vbaProject|(?:^|/)Basic/|(?:^|/)Scripts/", re.IGNORECASE)
_MOST_PARTS, _MOST_UNPACKED = 5000, 500 * 1024 * 1024
# Writing that is a program to somebody.
_CODE = re.compile(rb"^\s*(?:#!|<\?|<!|<\w)", re.IGNORECASE)


class UploadError(Exception):
    """`code`: empty, large, type (not one of TYPES), macros, broken."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Looked:
    """`name` is what the reader sees, without the extension, which is that of the contents."""

    name: str
    extension: str
    size: int


def look(file: BinaryIO, *, size: int, name: str) -> Looked:
    """What the file is. Raises UploadError."""
    if size == 0:
        raise UploadError("empty")
    if size > LARGEST:
        raise UploadError("large")
    file.seek(0)
    data = file.read(LARGEST + 1)
    file.seek(0)
    if len(data) > LARGEST:
        raise UploadError("large")
    return Looked(clean_name(name), _extension(data, name), len(data))


def _extension(data: bytes, name: str) -> str:
    if data.startswith(b"%PDF-"):
        return "pdf"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if data.startswith(b"PK\x03\x04"):
        return _of_zip(data)
    return _of_text(data, name)


def _of_zip(data: bytes) -> str:
    """Office documents are archives of named parts; one that grows without end or holds macros is not taken."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_UNPACKED:
                raise UploadError("broken")
            names = {part.filename for part in parts}
            if any(_MACROS.search(part) for part in names):
                raise UploadError("macros")
            found = next((extension for part, extension in _OFFICE.items() if part in names), "")
            if not found and "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                found = _OPEN.get(archive.read("mimetype").decode("ascii", "ignore").strip(), "")
            if found in _OFFICE.values() and "[Content_Types].xml" not in names:
                found = ""
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise UploadError("broken") from error
    if not found:
        raise UploadError("type")
    return found


def _of_text(data: bytes, name: str) -> str:
    """Plain writing and tables of it: only where the name says so, and only if it is writing."""
    extension = name.rpartition(".")[2].lower()
    if (
        extension not in {"txt", "csv"}
        or b"\0" in data
        or _CODE.match(data.removeprefix(b"\xef\xbb\xbf")[:200])
    ):
        raise UploadError("type")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        raise UploadError("type") from None
    return extension


def clean_name(name: str) -> str:
    """The name without folders, extension and signs that are not for reading; never empty."""
    bare = PureWindowsPath(PurePosixPath(name.replace("\0", "")).name).name
    stem = bare.rpartition(".")[0] or bare
    kept = "".join(
        letter if unicodedata.category(letter)[0] in "LNMPSZ" and letter not in '"\\/:*?<>|;%' else " "
        for letter in unicodedata.normalize("NFC", stem)
        if unicodedata.category(letter) != "Cf"
    )
    return " ".join(kept.split()).strip(". ")[:LONGEST_NAME].strip() or "tiedosto"
