"""Invoice documents as HTML and as tagged PDF files by WeasyPrint (jasenpalvelu.common.paper)."""

from typing import Any

from weasyprint import Document

from billing.documents.checks import check
from billing.documents.layout import context
from billing.documents.model import InvoiceDocument
from jasenpalvelu.common import paper


def _render_template(values: dict[str, Any]) -> str:
    return paper.html("documents/invoice.html", values)


def html(document: InvoiceDocument) -> str:
    """The document as one HTML page; its looks are in static/print/print.css. DocumentError when it may not be printed."""
    check(document)
    return _render_template(context(document))


def lay_out(document: InvoiceDocument) -> tuple[Document, str]:
    """WeasyPrint's pages and the HTML they come from.

    Whether the rows fit on page 1 is calculated; should the page break all the same, the summary form is used.
    """
    check(document)
    values = context(document)
    pages, source = _lay_out(values)
    if values["slips"] and not values["groups"] and len(pages.pages) > len(values["slips"]):
        pages, source = _lay_out(context(document, summary=True))
    return pages, source


def _lay_out(values: dict[str, Any]) -> tuple[Document, str]:
    source = _render_template(values)
    return paper.lay_out(source, values["sender"]["logo"]), source


def pdf(document: InvoiceDocument) -> bytes:
    """One tagged PDF with language, title and a bookmark. DocumentError before anything is rendered."""
    return paper.write(*lay_out(document))
