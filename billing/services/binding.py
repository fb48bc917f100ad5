"""Many invoices bound into one PDF file: stamped on their forms, those that do not fit rendered one by one and put at their places."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import IO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from billing.documents.model import DocumentError, InvoiceDocument
from billing.documents.render import pdf
from billing.documents.stamping.volume import Volume
from billing.services.documents import documents_of


class OutOfTime(Exception):
    """The time is up; what was rendered so far waits in `parts`, and the next try goes on with it. `rendered`: how many."""

    def __init__(self, rendered: int) -> None:
        self.rendered = rendered
        super().__init__(rendered)


@dataclass
class Bound:
    """What came into the file, in its order. `refused`: name of the payer and why the invoice cannot be printed."""

    invoices: list[int] = field(default_factory=list)
    first_pages: list[int] = field(default_factory=list)
    pages: int = 0
    rendered: list[int] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    refused_keys: list[int] = field(default_factory=list)


class Parts:
    """Rendered invoices wait here until the file they belong to is whole: rendering one takes as long as stamping five hundred.

    A worker that dies, and a file that takes longer than a step, lose none of them.
    """

    def __init__(self, folder: str, late: Callable[[], bool] = lambda: False) -> None:
        self.folder, self._late = folder, late
        self.used: list[str] = []

    def rendered(self, document: InvoiceDocument) -> bytes:
        path = f"{self.folder}/{hashlib.sha256(repr(document).encode()).hexdigest()}.pdf"
        self.used.append(path)
        if default_storage.exists(path):
            with default_storage.open(path) as file:
                return bytes(file.read())
        if self._late():
            raise OutOfTime(len(self.used) - 1)
        content = pdf(document)
        default_storage.save(path, ContentFile(content))
        return content


def bind(
    target: IO[bytes], keys: Sequence[int], *, title: str, language: str, on: date, parts: Parts
) -> Bound:
    """The invoices in the order of the keys. OutOfTime when too many of them had to be rendered; then try again."""
    bound = Bound()
    volume: Volume | None = None
    for invoice, document in documents_of(keys):
        if volume is None:
            author = document.creditor.name
            volume = Volume(
                target, title=title, language=language, author=author, on=on, rendered=parts.rendered
            )
        try:
            placed = volume.add(document)
        except DocumentError as error:
            bound.refused.append((invoice.payer_name, str(error)))
            bound.refused_keys.append(invoice.pk)
            continue
        bound.invoices.append(invoice.pk)
        bound.first_pages.append(placed.first_page)
        if placed.why:
            bound.rendered.append(invoice.pk)
    if volume is not None:
        bound.pages = volume.finish()
    return bound
