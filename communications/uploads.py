"""Files that people add to the material bank, of the kinds that `filekinds` knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from communications.bare_pictures import BrokenPicture, bare
from communications.filekinds import MATERIAL, FileError, kind, readable

LARGEST = 50 * 1024 * 1024
LONGEST_NAME = 120
NAMES = "PDF, Word, Excel, PowerPoint, OpenDocument, PNG, JPEG, TXT, CSV"


@dataclass(frozen=True)
class Looked:
    """`name` is what the reader sees, without the extension, which is that of the contents."""

    name: str
    extension: str
    size: int


def look(file: BinaryIO, *, size: int, name: str) -> Looked:
    """What the file is. Raises FileError."""
    if size > LARGEST:
        raise FileError("large", readable(name))
    file.seek(0)
    data = file.read(LARGEST + 1)
    file.seek(0)
    extension = kind(data, name, MATERIAL, largest=LARGEST)
    if extension in {"png", "jpg"}:
        try:
            bare(data, extension)
        except BrokenPicture as error:
            raise FileError("broken", readable(name)) from error
    return Looked(clean_name(name), extension, len(data))


def clean_name(name: str) -> str:
    """The name without folders, extension and signs that are not for reading; never empty."""
    bare = readable(name)
    stem = bare.rpartition(".")[0] or bare
    return stem[:LONGEST_NAME].strip(". ") or "tiedosto"
