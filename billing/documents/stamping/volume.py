"""Volumes: many documents in one PDF file, stamped where it goes, by WeasyPrint where it does not; and one cut out of them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from threading import local
from typing import IO

import pikepdf

from billing.documents import layout, render
from billing.documents.checks import check
from billing.documents.model import InvoiceDocument
from billing.documents.stamping.drawing import Plan
from billing.documents.stamping.faces import Unfit
from billing.documents.stamping.reading import Form, Reading, read
from billing.documents.stamping.template import WEIGHTS, Template, fonts, make
from billing.documents.stamping.writer import Writer, text

# Forms kept ready; a run of a federation has some dozens.
FORMS = 200


@dataclass(frozen=True)
class Ready:
    template: Template
    plans: tuple[Plan, ...]


class Forms:
    """Forms made so far, the latest used last. What cannot be a form is remembered too."""

    def __init__(self, size: int = FORMS) -> None:
        self._size = size
        self._known: OrderedDict[Form, Ready | str] = OrderedDict()
        self.made = 0

    def of(self, document: InvoiceDocument, reading: Reading) -> Ready:
        found = self._known.get(reading.form)
        if found is None:
            found = self._known[reading.form] = self._make(document, reading)
            if len(self._known) > self._size:
                self._known.popitem(last=False)
        self._known.move_to_end(reading.form)
        if isinstance(found, str):
            raise Unfit(found)
        return found

    def _make(self, document: InvoiceDocument, reading: Reading) -> Ready | str:
        self.made += 1
        try:
            template = make(document, reading)
        except Unfit as reason:
            return str(reason)
        return Ready(template, tuple(Plan(page) for page in template.pages))


_of_thread = local()


def forms() -> Forms:
    """This thread's forms: they outlive a volume, and WeasyPrint's state may not be shared."""
    if not hasattr(_of_thread, "forms"):
        _of_thread.forms = Forms()
    found: Forms = _of_thread.forms
    return found


@dataclass(frozen=True)
class Placed:
    """Where a document lies in its volume: first page from 0, how many. `why` tells why it was not stamped."""

    first_page: int
    pages: int
    why: str = ""


class Volume:
    """Documents go in one by one; `finish` ends the file. `rendered` gives the pages of one that is not stamped."""

    def __init__(
        self,
        target: IO[bytes],
        *,
        title: str,
        language: str,
        author: str,
        on: date,
        rendered: Callable[[InvoiceDocument], bytes] = render.pdf,
    ) -> None:
        self._writer = Writer(target)
        self._title, self._language, self._author, self._on = title, language, author, on
        self._rendered = rendered
        self._parent = self._writer.number()
        self._pages: list[int] = []
        self._bookmarks: list[tuple[str, int]] = []
        self._shared: dict[object, int] = {}
        self._drawn: dict[int, tuple[Ready, list[tuple[int, int]]]] = {}

    def add(self, document: InvoiceDocument) -> Placed:
        """DocumentError when it may not be printed; then the volume is as it was."""
        check(document)
        first = len(self._pages)
        why = ""
        try:
            reading = read(document)
            ready = forms().of(document, reading)
            own = [plan.own(reading.texts, reading.codes) for plan in ready.plans]
        except Unfit as reason:
            why = str(reason)
            self._add_rendered(self._rendered(document), document.language)
        else:
            self._add_stamped(ready, reading, own)
        self._bookmarks.append((layout.title(document), first))
        return Placed(first, len(self._pages) - first, why)

    def _add_stamped(self, ready: Ready, reading: Reading, own: list[bytes]) -> None:
        writer, language = self._writer, reading.form.language
        before, after = self._spoken(language)
        drawn = self._form(ready)
        for plan, (drawing, resources), ink in zip(ready.plans, drawn, own, strict=True):
            shared = [self._stream(key, ink) for key, ink in plan.shared(reading.codes)]
            contents = [*before, drawing, *shared, writer.stream(ink), *after]
            self._page(contents, b"/Resources %d 0 R" % resources)

    def _form(self, ready: Ready) -> list[tuple[int, int]]:
        """The drawings and resources of a form in this volume, written when it is first met."""
        known = self._drawn.get(id(ready))
        if known is None:
            drawn = [
                (self._stream(page.drawing, page.drawing), self._resources(page.resources))
                for page in ready.template.pages
            ]
            known = self._drawn[id(ready)] = (ready, drawn)
        return known[1]

    def _resources(self, source: pikepdf.Object) -> int:
        """As WeasyPrint made them, but with the volume's own two fonts in place of the form's."""
        shared = {weight: self._writer.copied(font) for weight, font in fonts().items()}
        named = {f"/S{weight}": shared[weight] for weight in WEIGHTS}
        named |= {
            str(name): shared[600 if "Semi" in str(font.BaseFont) else 400]
            for name, font in source.Font.items()
        }
        font = b"".join(b"%b %d 0 R" % (name.encode(), number) for name, number in named.items())
        rest = b"".join(
            b"%b %b" % (name.encode(), self._writer.value(value))
            for name, value in source.items()
            if name != "/Font"
        )
        return self._once(b"<</Font<<%b>>%b>>" % (font, rest))

    def _add_rendered(self, content: bytes, language: str) -> None:
        before, after = self._spoken(language)
        with pikepdf.open(BytesIO(content)) as file:
            for page in file.pages:
                # Marks of the file's own tag tree would mean nothing here.
                drawing = self._stream(None, b"q\n" + _unmarked(page) + b"\nQ")
                body = b"".join(
                    b"%b %b" % (name.encode(), self._writer.value(value))
                    for name, value in page.resources.items()
                    if name != "/Properties"
                )
                resources = self._once(b"<<%b>>" % body)
                self._page([*before, drawing, *after], b"/Resources %d 0 R" % resources)

    def _page(self, contents: list[int], entries: bytes) -> None:
        references = b" ".join(b"%d 0 R" % number for number in contents)
        body = b"<</Type/Page/Parent %d 0 R/Contents[%b]%b>>" % (self._parent, references, entries)
        self._pages.append(self._writer.put(body))

    def _spoken(self, language: str) -> tuple[list[int], list[int]]:
        """Marks the language of a page that is not the volume's."""
        if language == self._language:
            return [], []
        begin = b"/Span<</Lang(%b)>>BDC\n" % language.encode()
        return [self._stream(begin, begin)], [self._stream(b"EMC", b"EMC")]

    def _stream(self, key: object, ink: bytes) -> int:
        if key is None:
            return self._writer.stream(ink)
        if key not in self._shared:
            self._shared[key] = self._writer.stream(ink)
        return self._shared[key]

    def _once(self, body: bytes) -> int:
        if body not in self._shared:
            self._shared[body] = self._writer.put(body)
        return self._shared[body]

    def finish(self, size: tuple[float, float] = (595.276, 841.89)) -> int:
        """End the file. How many pages it has."""
        writer = self._writer
        kids = b" ".join(b"%d 0 R" % page for page in self._pages)
        box = b"/MediaBox[0 0 %g %g]" % size
        writer.put(b"<</Type/Pages/Count %d%b/Kids[%b]>>" % (len(self._pages), box, kids), self._parent)
        day = text(f"D:{self._on:%Y%m%d}")
        about = b"/Title%b/Author%b/CreationDate%b/ModDate%b" % (
            text(self._title),
            text(self._author),
            day,
            day,
        )
        info = writer.put(b"<<%b>>" % about)
        root = b"/Type/Catalog/Pages %d 0 R/Lang(%b)/ViewerPreferences<</DisplayDocTitle true>>/PageMode/UseOutlines/Outlines %d 0 R"
        outline = self._outline()
        writer.finish(
            writer.put(b"<<" + root % (self._parent, self._language.encode(), outline) + b">>"), info
        )
        return len(self._pages)

    def _outline(self) -> int:
        """A bookmark for each document."""
        writer = self._writer
        parent, numbers = writer.number(), [writer.number() for _mark in self._bookmarks]
        for at, (title, page) in enumerate(self._bookmarks):
            around = b"/Prev %d 0 R" % numbers[at - 1] if at else b""
            around += b"/Next %d 0 R" % numbers[at + 1] if at + 1 < len(numbers) else b""
            place = b"/Parent %d 0 R%b/Dest[%d 0 R/XYZ null null null]" % (parent, around, self._pages[page])
            writer.put(b"<</Title%b%b>>" % (text(title), place), numbers[at])
        ends = b"/First %d 0 R/Last %d 0 R" % (numbers[0], numbers[-1]) if numbers else b""
        return writer.put(b"<</Type/Outlines/Count %d%b>>" % (len(numbers), ends), parent)


def _unmarked(page: pikepdf.Page) -> bytes:
    """The page's drawing without the marks of its tag tree."""
    kept = [
        step for step in pikepdf.parse_content_stream(page) if str(step.operator) not in {"BDC", "BMC", "EMC"}
    ]
    return pikepdf.unparse_content_stream(kept)
