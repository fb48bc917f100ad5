"""One document of a volume as a file of its own."""

from __future__ import annotations

from io import BytesIO
from typing import IO, BinaryIO, cast

import pikepdf


def cut(volume: IO[bytes], *, first_page: int, pages: int, title: str, language: str, author: str) -> bytes:
    """The pages as they lie in the volume, with the title and language of the document.

    The list of pages is read as our writer wrote it: the library's own would look at every page of the volume first.
    """
    target = BytesIO()
    opened = pikepdf.open(cast(BinaryIO, volume), inherit_page_attributes=False)
    with opened as source, pikepdf.new() as file:
        tree = source.Root.Pages
        for number in range(first_page, first_page + pages):
            page = tree.Kids[number]
            copied = pikepdf.Dictionary(
                Type=pikepdf.Name.Page,
                MediaBox=tree.MediaBox,
                Resources=file.copy_foreign(page.Resources),
                Contents=pikepdf.Array([file.copy_foreign(stream) for stream in page.Contents]),
            )
            file.pages.append(pikepdf.Page(file.make_indirect(copied)))
        file.Root.Lang = pikepdf.String(language)
        file.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        file.docinfo["/Title"] = title
        file.docinfo["/Author"] = author
        packed = pikepdf.ObjectStreamMode.generate
        file.save(target, deterministic_id=True, object_stream_mode=packed)
    return target.getvalue()
