"""Papers of every kind as tagged PDF files by WeasyPrint: invoices, extracts, letters, receipts.

Nothing is fetched from anywhere: the fetcher knows the packaged stylesheet's fonts and the document's own logo. The
same document gives the same bytes: dates and identifier come from the document itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from threading import local
from typing import Any

from django.template import Context, Engine
from weasyprint import CSS, HTML, Document
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from jasenpalvelu.common.logo import Logo

ROOT = Path(__file__).resolve().parent.parent.parent
ASSETS = ROOT / "static" / "print"
TEMPLATES = ROOT / "templates"

_styles = local()


class PackagedOnly(URLFetcher):
    """Serves the print fonts, one logo and pictures that are given by name; every other address is refused, so a logo can not
    call home."""

    def __init__(self, logo: Logo | None = None, pictures: Mapping[str, Logo] | None = None) -> None:
        super().__init__(allowed_protocols={"asset", "file"})
        self.given = {**(pictures or {}), **({"asset:logo": logo} if logo else {})}

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        if picture := self.given.get(url):
            return URLFetcherResponse(url, picture.data, {"Content-Type": picture.mime})
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


def html(template: str, values: dict[str, Any]) -> str:
    """A document's template filled in; everything in `values` is a finished string or a list of them."""
    return _engine().get_template(template).render(Context(values, use_l10n=False))


def lay_out(source: str, logo: Logo | None = None, pictures: Mapping[str, Logo] | None = None) -> Document:
    """WeasyPrint's pages of a document; its looks are in static/print/print.css. `pictures` by their "asset:" address."""
    style, fonts = _stylesheet()
    page = HTML(string=source, url_fetcher=PackagedOnly(logo, pictures))
    return page.render(stylesheets=[style], font_config=fonts, pdf_tags=True)


def write(pages: Document, source: str) -> bytes:
    """The laid out pages as one tagged PDF."""
    identifier = hashlib.sha256(source.encode()).digest()[:16]
    return pages.write_pdf(pdf_tags=True, pdf_identifier=identifier)


def write_together(documents: Sequence[Document], source: str) -> bytes:
    """Several documents as one tagged PDF, each with pages of its own: the second page of the third one is still "2 (2)"."""
    pages = [page for document in documents for page in document.pages]
    return write(documents[0].copy(pages), source)


def pdf(template: str, values: dict[str, Any], logo: Logo | None = None) -> bytes:
    """One tagged PDF with language and title."""
    source = html(template, values)
    return write(lay_out(source, logo), source)
