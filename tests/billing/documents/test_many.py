"""Many documents as one PDF or one ZIP."""

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO, RawIOBase
from typing import Any

import pikepdf
import pytest

from billing.documents.render import pdf
from jasenpalvelu.common.joining import join, safe_name, zip_many
from tests.billing.documents.samples import FORTY, INVOICE, SWEDISH


@pytest.fixture(scope="module")
def joined() -> bytes:
    """Five documents in two languages, one of them of two pages."""
    documents = [
        INVOICE,
        replace(FORTY, number="2026-2"),
        replace(INVOICE, number="2026-3"),
        SWEDISH,
        replace(INVOICE, number="2026-5"),
    ]
    return join(map(pdf, documents), title="Laskut 2026")


def test_order_bookmarks_and_title(joined: bytes, text_of: Callable[[bytes], str]) -> None:
    with pikepdf.open(BytesIO(joined)) as file:
        assert len(file.pages) == 6
        outline = file.open_outline().root
        assert [item.title for item in outline] == [
            "Jäsenmaksulasku 2026-104233",
            "Jäsenmaksulasku 2026-2",
            "Jäsenmaksulasku 2026-3",
            "Medlemsavgiftsfaktura 2026-104236",
            "Jäsenmaksulasku 2026-5",
        ]
        numbers = [file.pages.index(pikepdf.Page(item.destination[0])) for item in outline]
        assert numbers == [0, 1, 3, 4, 5]
        assert file.docinfo["/Title"] == "Laskut 2026"
    pages = text_of(joined).split("\f")
    assert "Sivu 2 (2)" in pages[2]
    assert "Laskun numero 2026-5" in pages[5]


def test_tags_survive_the_joining(joined: bytes) -> None:
    with pikepdf.open(BytesIO(joined)) as file:
        tree = file.Root.StructTreeRoot
        assert [str(part.Lang) for part in tree.K] == ["fi", "fi", "fi", "sv", "fi"]
        numbers = tree.ParentTree.Nums
        keys = [int(numbers[index]) for index in range(0, len(numbers), 2)]
        assert keys == sorted(set(keys))
        for page in file.pages:
            marked = numbers[2 * keys.index(int(page.obj.StructParents)) + 1]
            assert len(marked) > 50
            assert all(element.Pg.objgen == page.obj.objgen for element in marked)


def test_same_documents_same_bytes() -> None:
    files = [pdf(INVOICE), pdf(SWEDISH)]
    assert join(files) == join(map(pdf, [INVOICE, SWEDISH]))


def test_nothing_to_print() -> None:
    with pytest.raises(ValueError, match="no files"):
        join([])


class Pipe(RawIOBase):
    """A target that can only be written forwards, as a response to a browser."""

    def __init__(self) -> None:
        self.written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.written += data
        return len(data)


def test_zip_streams_without_seeking() -> None:
    target, seen = Pipe(), []

    def files() -> Iterator[tuple[str, bytes]]:
        for number in range(3):
            seen.append(len(target.written))
            yield f"lasku-{number}.pdf", b"%PDF" * 1000

    assert zip_many(files(), target) == 3  # type: ignore[arg-type]
    assert seen == sorted(set(seen))
    with zipfile.ZipFile(BytesIO(bytes(target.written))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["lasku-0.pdf", "lasku-1.pdf", "lasku-2.pdf"]


def test_zip_names_are_safe_and_unique() -> None:
    target = BytesIO()
    zip_many([("a/b.pdf", b"1"), ("A-B.pdf", b"2"), ("../../x", b"3"), ("a-b.pdf", b"4"), ("", b"5")], target)
    with zipfile.ZipFile(target) as archive:
        assert archive.namelist() == ["a-b.pdf", "A-B (2).pdf", "x", "a-b (3).pdf", "-"]
        assert [archive.read(name) for name in archive.namelist()] == [b"1", b"2", b"3", b"4", b"5"]


def test_zip_is_the_same_every_time() -> None:
    first, second = BytesIO(), BytesIO()
    for target in (first, second):
        zip_many([("ä.pdf", b"1")], target)
    assert first.getvalue() == second.getvalue()


def test_long_names_keep_their_ending() -> None:
    assert safe_name("x" * 200 + ".pdf") == "x" * 116 + ".pdf"
    assert len(safe_name("y" * 200)) == 120
