"""The bank barcode and the EPC QR code as drawings in the page."""

import re
from functools import lru_cache

import segno
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from billing.documents.metrics import clean
from billing.documents.model import DueRow, InvoiceDocument
from billing.formats.barcode import HEIGHT_MM, MODULE_MM, bars, modules
from billing.formats.epc_qr import payload
from billing.formats.reference import rf

QR_MM = 30


def barcode_svg(digits: str, alt: str) -> SafeString:
    """Code 128 C in modules of 0.30 mm, 12 mm high; no digits beneath."""
    path = "".join(f"M{start} 0h{size}v1h-{size}z" for start, size in bars(digits))
    count = len(modules(digits))
    return _svg(f"{count * MODULE_MM}mm", f"{HEIGHT_MM}mm", f"0 0 {count} 1", path, alt)


def epc_text(document: InvoiceDocument, row: DueRow) -> str:
    """What the QR code of one giro form says. Always the RF reference: every bank in the payment area reads it."""
    return payload(
        name=clean(document.payee),
        iban=re.sub(r"\s", "", document.creditor.iban).upper(),
        amount=row.amount,
        reference=rf(row.reference),
        due=row.due_date,
    )


def qr_svg(document: InvoiceDocument, row: DueRow, alt: str) -> SafeString:
    """Level M, UTF-8 in byte mode without ECI: some banks' readers stumble over an ECI mark."""
    matrix = _matrix(epc_text(document, row))
    path = "".join(
        f"M{found.start()} {y}h{len(found[0])}v1h-{len(found[0])}z"
        for y, cells in enumerate(matrix)
        for found in re.finditer("1+", cells)
    )
    return _svg(f"{QR_MM}mm", f"{QR_MM}mm", f"0 0 {len(matrix)} {len(matrix)}", path, alt)


@lru_cache(maxsize=8)
def _matrix(text: str) -> tuple[str, ...]:
    code = segno.make(
        text, error="m", boost_error=False, micro=False, mode="byte", encoding="utf-8", eci=False
    )
    return tuple("".join("1" if cell else "0" for cell in row) for row in code.matrix)


def _svg(across: str, down: str, box: str, path: str, alt: str) -> SafeString:
    return format_html(
        '<svg class="code" xmlns="http://www.w3.org/2000/svg" preserveAspectRatio="none" width="{}" height="{}" '
        'viewBox="{}"><title>{}</title><path d="{}"/></svg>',
        across,
        down,
        box,
        alt,
        mark_safe(path),
    )
