"""Invoice documents as HTML and as tagged PDF files by WeasyPrint.

Nothing is fetched from anywhere: the fetcher knows the packaged stylesheet's fonts and the document's own logo. The
same document gives the same bytes: dates and identifier come from the document itself.
"""

import hashlib
from functools import cache
from threading import local
from typing import Any

from django.template import Context, Engine
from weasyprint import CSS, HTML, Document
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from billing.documents.checks import check
from billing.documents.layout import context
from billing.documents.logo import Logo
from billing.documents.metrics import ASSETS
from billing.documents.model import InvoiceDocument

TEMPLATES = ASSETS.parent.parent / "templates"

_styles = local()


class PackagedOnly(URLFetcher):
    """Serves the print fonts and one logo; every other address is refused, so a logo can not call home."""

    def __init__(self, logo: Logo | None = None) -> None:
        super().__init__(allowed_protocols={"asset", "file"})
        self.logo = logo

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        if url == "asset:logo" and self.logo:
            return URLFetcherResponse(url, self.logo.data, {"Content-Type": self.logo.mime})
        for font in (ASSETS / "fonts").glob("*.ttf"):
            if url == font.as_uri():
                return URLFetcherResponse(url, font.read_bytes(), {"Content-Type": "font/ttf"})
        raise ValueError(f"documents fetch nothing: {url[:80]}")


@cache
def _engine() -> Engine:
    return Engine(dirs=[str(TEMPLATES)], autoescape=True)


def _stylesheet() -> tuple[CSS, FontConfiguration]:
    """Stylesheet and fonts, read once in each thread: they hold state that may not be shared."""
    if not hasattr(_styles, "pair"):
        fonts = FontConfiguration()
        text = (ASSETS / "print.css").read_text()
        base = (ASSETS / "print.css").as_uri()
        _styles.pair = (CSS(string=text, base_url=base, font_config=fonts, url_fetcher=PackagedOnly()), fonts)
    return _styles.pair


def _render_template(values: dict[str, Any]) -> str:
    return _engine().get_template("documents/invoice.html").render(Context(values, use_l10n=False))


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
    style, fonts = _stylesheet()
    page = HTML(string=source, url_fetcher=PackagedOnly(values["sender"]["logo"]))
    return page.render(stylesheets=[style], font_config=fonts, pdf_tags=True), source


def _write(pages: Document, source: str) -> bytes:
    identifier = hashlib.sha256(source.encode()).digest()[:16]
    return pages.write_pdf(pdf_tags=True, pdf_identifier=identifier)


def pdf(document: InvoiceDocument) -> bytes:
    """One tagged PDF with language, title and a bookmark. DocumentError before anything is rendered."""
    return _write(*lay_out(document))
