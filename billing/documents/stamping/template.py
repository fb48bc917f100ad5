"""A form laid out once by WeasyPrint: its drawing, and where each text, bar and QR code has its place."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Any

import pikepdf
from weasyprint import Document, Page
from weasyprint.formatting_structure import boxes

from billing.documents import layout
from billing.documents.model import MAX_ADDRESS_LINES, InvoiceDocument
from billing.documents.stamping.faces import Unfit, letters
from billing.documents.stamping.reading import Reading
from jasenpalvelu.common import paper

WEIGHTS = (400, 600)
# CSS pixels to points.
_PX = 0.75
_FULL = 5000


@dataclass(frozen=True, slots=True)
class Field:
    """A text's place in points from the lower left corner; `leading` down to its next line. No `right`: it may be of any width."""

    id: str
    weight: int
    size: float
    colour: tuple[float, ...]
    align: str
    left: float
    right: float | None
    baseline: float
    leading: float
    fixed_width: float | None = None


@dataclass(frozen=True, slots=True)
class Area:
    """A drawing's place: upper left corner, width, height."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class TemplatePage:
    drawing: bytes
    resources: pikepdf.Object
    fields: tuple[Field, ...]
    areas: dict[str, Area]
    fonts: dict[str, int]


@dataclass(frozen=True)
class Template:
    """`title` is the form's own heading; `size` the media box in points."""

    pages: tuple[TemplatePage, ...]
    size: tuple[float, float]
    source: pikepdf.Pdf


@cache
def fonts() -> dict[int, pikepdf.Object]:
    """Both weights with every letter of `faces.letters`, as WeasyPrint writes fonts: with the glyph numbers of the font itself."""
    values = {"lang": "fi", "title": "-", "body": "plain", "created": "2000-01-01"}
    both = {"regular": letters(400), "semibold": letters(600)}
    source = paper.html("documents/alphabet.html", {**values, **both})
    file = pikepdf.open(BytesIO(paper.lay_out(source).write_pdf(pdf_tags=False)))
    _kept.append(file)
    found = [font for page in file.pages for font in page.resources.Font.values()]
    by_weight = {weight: next(font for font in found if _weight(font) == weight) for weight in WEIGHTS}
    if any(_weight(font) is None for font in found):
        raise RuntimeError("the printing fonts lack a letter of the volumes' alphabet")
    return by_weight


_kept: list[pikepdf.Pdf] = []


def _weight(font: pikepdf.Object) -> int | None:
    """None for any other font than the two: a letter fell to the machine's own fonts."""
    name = str(font.BaseFont)
    if "Source-Sans-3" not in name:
        return None
    return 600 if "Semi" in name else 400


def make(document: InvoiceDocument, reading: Reading) -> Template:
    """The form of a document. Unfit when it cannot be stamped: the page breaks otherwise, or its own words need another font."""
    summary = bool(reading.form.groups)
    values = _padded(layout.context(document, summary=summary))
    source = paper.html("documents/stamped.html", values)
    laid_out = paper.lay_out(source, values["sender"]["logo"])
    if values["slips"] and not summary and len(laid_out.pages) > len(values["slips"]):
        raise Unfit("the rows break the page")
    file = pikepdf.open(BytesIO(laid_out.write_pdf(pdf_tags=False)))
    pages = [_page(shown, drawn, reading) for shown, drawn in zip(laid_out.pages, file.pages, strict=True)]
    _compare(laid_out, reading, {field.id for page in pages for field in page.fields})
    first = laid_out.pages[0]
    return Template(tuple(pages), (first.width * _PX, first.height * _PX), file)


def _padded(values: dict[str, Any]) -> dict[str, Any]:
    """Something in every place that another document of the form may use."""
    slots = range(1, MAX_ADDRESS_LINES + 1)
    found = {**values, "address": [(n, dict(values["address"]).get(n) or "0") for n in slots]}
    found["lines"] = [{name: text or "0" for name, text in line.items()} for line in values["lines"]]
    found["slips"] = [
        {**slip, "payer": [(n, dict(slip["payer"]).get(n) or "0") for n in slots]} for slip in values["slips"]
    ]
    return found


def _page(page: Page, drawn: pikepdf.Page, reading: Reading) -> TemplatePage:
    fields, areas = [], {}
    for name, box in _named(page, reading):
        if name.startswith(("qr", "bar")):
            top = (page.height - box.content_box_y()) * _PX
            areas[name] = Area(box.content_box_x() * _PX, top, box.width * _PX, box.height * _PX)
        elif field := _field(name, box, page.height):
            fields.append(field)
    weights = {str(name): _weight(font) for name, font in drawn.resources.get("/Font", {}).items()}
    if None in weights.values():
        raise Unfit("the form's own words need another font")
    drawing = b"q\n" + drawn.Contents.read_bytes() + b"\nQ"
    return TemplatePage(
        drawing, drawn.resources, tuple(fields), areas, {k: v for k, v in weights.items() if v}
    )


def _named(page: Page, reading: Reading) -> Iterator[tuple[str, Any]]:
    """The outermost box of each text that is written, and of each drawing."""
    wanted = {*reading.texts, *(f"{kind}{code.suffix}" for code in reading.codes for kind in ("qr", "bar"))}
    wanted |= {f"{kind}{n}{code.suffix}" for n in range(1, 6) for code in reading.codes for kind in "g"}
    wanted |= {f"a{n}" for n in range(1, 6)}
    seen: set[str] = set()
    # Without placeholders every absolutely placed box is skipped.
    for box in page._page_box.descendants(placeholders=True):
        if isinstance(box, boxes.MarginBox):
            if box.at_keyword == "@top-left" and any(
                isinstance(part, boxes.TextBox) for part in box.descendants()
            ):
                yield "running", box
            continue
        name = box.element.get("id") if getattr(box.element, "get", None) is not None else None
        if name in wanted and name not in seen and box.style["visibility"] == "hidden":
            seen.add(name)
            yield name, box


def _field(name: str, box: Any, height: float) -> Field | None:
    """None when the box is empty on all documents of the form."""
    texts = [part for part in box.descendants() if isinstance(part, boxes.TextBox)]
    lines = [part for part in box.descendants() if isinstance(part, boxes.LineBox)]
    if not texts:
        return None
    first = texts[0]
    style, inline = first.style, isinstance(box, boxes.InlineBox)
    align = str(box.style["text_align_all"]) if not inline else "start"
    anywhere = inline or (align == "start" and box.style["white_space"] == "nowrap")
    return Field(
        id=name,
        weight=600 if style["font_weight"] >= 600 else 400,
        size=round(style["font_size"] * _PX, 4),
        colour=tuple(round(part, 4) for part in style["color"].coordinates[:3]),
        align=align,
        left=(first.position_x if anywhere else box.content_box_x()) * _PX,
        right=None if anywhere else (box.content_box_x() + box.width) * _PX,
        baseline=(height - first.position_y - first.baseline) * _PX,
        leading=(lines[0].height if lines else first.height) * _PX,
        fixed_width=first.width * _PX if name.startswith("other") else None,
    )


def _compare(laid_out: Document, reading: Reading, found: set[str]) -> None:
    """Everything there is to write has its place, and lines break where WeasyPrint breaks them."""
    missing = {name for name, text in reading.texts.items() if text and name != "running"} - found
    if missing:
        raise Unfit(f"no place for {', '.join(sorted(missing))}")
    for page in laid_out.pages:
        for name, box in _named(page, reading):
            text = reading.texts.get(name)
            if isinstance(text, tuple):
                shown = tuple(
                    part.text.rstrip()
                    for part in copy(list(box.descendants()))
                    if isinstance(part, boxes.TextBox)
                )
                if shown != text:
                    raise Unfit(f"{name} breaks otherwise")
