"""What may be attached to a conversation: at most five files of kinds that `filekinds` knows.

Pure. A name is what a sender says; the ending it is kept with follows from the content, so that nothing opens as something else.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from communications.filekinds import CONVERSATION, TYPES, kind, readable

MOST_BYTES, MOST_FILES = 10 * 1024 * 1024, 5
LONGEST_NAME = 80
ENDINGS = tuple(f".{extension}" for extension in sorted({*CONVERSATION, "jpeg"}))


@dataclass(frozen=True)
class Attached:
    name: str
    media_type: str
    content: bytes


def checked(name: str, content: bytes) -> Attached:
    """The file as it is kept. Raises FileError."""
    extension = kind(content, name, CONVERSATION, largest=MOST_BYTES)
    return Attached(_with_ending(clean_name(name), f".{extension}"), TYPES[extension], content)


def clean_name(name: str) -> str:
    """As it is shown; never empty."""
    found = readable(name)
    stem, ending = PurePosixPath(found).stem, PurePosixPath(found).suffix[:10]
    return f"{stem[: LONGEST_NAME - len(ending)]}{ending}" or "liite"


def _with_ending(name: str, ending: str) -> str:
    same = {".jpeg": ".jpg"}
    here = PurePosixPath(name).suffix.lower()
    if same.get(here, here) == ending:
        return name
    return f"{PurePosixPath(name).stem or 'liite'}{ending}"
