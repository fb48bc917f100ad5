"""The bank barcode and the EPC QR code as drawings in the page."""

import re

from django.utils.safestring import SafeString

from billing.documents.metrics import clean
from billing.documents.model import DueRow, InvoiceDocument
from billing.formats.barcode import HEIGHT_MM, MODULE_MM, bars, modules
from billing.formats.epc_qr import payload
from billing.formats.reference import rf
from jasenpalvelu.common.codes import drawing, qr_drawing

QR_MM = 30


def barcode_svg(digits: str, alt: str) -> SafeString:
    """Code 128 C in modules of 0.30 mm, 12 mm high; no digits beneath."""
    path = "".join(f"M{start} 0h{size}v1h-{size}z" for start, size in bars(digits))
    count = len(modules(digits))
    return drawing(f"{count * MODULE_MM}mm", f"{HEIGHT_MM}mm", f"0 0 {count} 1", path, alt)


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
    return qr_drawing(
        epc_text(document, row),
        size=f"{QR_MM}mm",
        alt=alt,
        error="m",
        mode="byte",
        encoding="utf-8",
        eci=False,
    )
