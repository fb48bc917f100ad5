"""Many files into one: PDF files joined with bookmarks and tags, or packed as a ZIP while they are being made."""

import re
import zipfile
from collections.abc import Iterable
from io import BytesIO
from typing import IO, BinaryIO, cast

import pikepdf
from pikepdf import Array, Object, OutlineItem, Pdf

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""ZIP knows no earlier time; a fixed one keeps equal contents equal."""


def join(files: Iterable[bytes], *, title: str = "") -> bytes:
    """The PDF files as one, in order, keeping bookmarks, language and the tag tree. ValueError when there is none.

    Author, date and other document information are those of the first file, and so is the title unless given.
    """
    target = BytesIO()
    join_into(target, map(BytesIO, files), title=title)
    return target.getvalue()


def join_into(target: IO[bytes], files: Iterable[IO[bytes]], *, title: str = "") -> None:
    """As `join`, from open files into an open file: pages are read when they are written, not held all at once."""
    joined: Pdf | None = None
    sources: list[Pdf] = []
    for content in files:
        source = pikepdf.open(cast(BinaryIO, content))
        sources.append(source)
        if joined is None:
            joined = source
            _mark_language(source)
        else:
            _append(joined, source)
    if joined is None:
        raise ValueError("there are no files to join")
    if title:
        joined.docinfo["/Title"] = title
    packed = pikepdf.ObjectStreamMode.generate
    joined.save(cast(BinaryIO, target), deterministic_id=True, object_stream_mode=packed)
    for source in sources:
        source.close()


def _mark_language(source: Pdf) -> None:
    """Write the file's language on its part of the tag tree: the joined file may speak several, and so may this one."""
    if "/StructTreeRoot" in source.Root and "/Lang" in source.Root:
        for element in source.Root.StructTreeRoot.K:
            if "/Lang" not in element:
                element.Lang = source.Root.Lang


def _append(joined: Pdf, source: Pdf) -> None:
    before = len(joined.pages)
    _mark_language(source)
    joined.pages.extend(source.pages)
    with joined.open_outline() as outline, source.open_outline() as added:
        for item in added.root:
            page = source.pages.index(pikepdf.Page(_page_of(item))) + before
            outline.root.append(OutlineItem(item.title, page))
    _append_tags(joined, source, before)


def _page_of(item: OutlineItem) -> Object:
    """The page a bookmark leads to; WeasyPrint writes it straight into the bookmark."""
    if not isinstance(item.destination, Array):
        raise TypeError("a bookmark without a page of its own")
    return item.destination[0]


def _append_tags(joined: Pdf, source: Pdf, before: int) -> None:
    """Hang the added file's tag tree under ours; its keys into the parent tree move behind ours."""
    if "/StructTreeRoot" not in source.Root or "/StructTreeRoot" not in joined.Root:
        return
    root = joined.Root.StructTreeRoot
    added = joined.copy_foreign(source.Root.StructTreeRoot)
    numbers = root.ParentTree.Nums
    shift = 1 + max((int(numbers[index]) for index in range(0, len(numbers), 2)), default=-1)
    for index in range(0, len(added.ParentTree.Nums), 2):
        numbers.append(int(added.ParentTree.Nums[index]) + shift)
        numbers.append(added.ParentTree.Nums[index + 1])
    for page in joined.pages[before:]:
        if "/StructParents" in page:
            page.obj.StructParents = int(page.obj.StructParents) + shift
    for element in added.K:
        element.P = root
        root.K.append(element)


def zip_many(files: Iterable[tuple[str, bytes]], target: IO[bytes]) -> int:
    """Write the files into a ZIP as they come, without holding them; returns how many.

    `target` need not be seekable. PDF files are packed already, so they are stored as they are. A name met again gets
    " (2)" so that nothing is lost in unpacking.
    """
    used: set[str] = set()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(_unused(safe_name(name), used), EARLIEST)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return len(used)


def safe_name(name: str) -> str:
    """A file name no system misreads: no folders, no control or reserved characters, at most 120 characters."""
    plain = re.sub(r'[\x00-\x1f\x7f<>:"/\\|?*]+', "-", name).strip(" .-")
    stem, dot, ending = plain.rpartition(".")
    return f"{stem[: 119 - len(ending)]}{dot}{ending}" if dot and len(ending) < 6 else plain[:120] or "-"


def _unused(name: str, used: set[str]) -> str:
    stem, dot, ending = name.rpartition(".")
    candidate, number = name, 1
    while candidate.casefold() in used:
        number += 1
        candidate = f"{stem} ({number}){dot}{ending}" if dot else f"{name} ({number})"
    used.add(candidate.casefold())
    return candidate
