"""The bank barcode and the EPC QR code as drawings in the page."""

import re
from functools import lru_cache
from typing import Any

import segno
from django.utils.safestring import SafeString

from billing.documents.metrics import clean
from billing.documents.model import DueRow, InvoiceDocument
from billing.formats.barcode import HEIGHT_MM, MODULE_MM, bars, modules
from billing.formats.epc_qr import payload
from billing.formats.reference import rf
from jasenpalvelu.common.codes import drawing, qr_drawing, qr_matrix

QR_MM = 30
# Level M, UTF-8 in byte mode without ECI: some banks' readers stumble over an ECI mark.
QR_HOW = {"error": "m", "mode": "byte", "encoding": "utf-8", "eci": False}


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
    """The code as a drawing of 30 × 30 mm."""
    text = epc_text(document, row)
    return qr_drawing(text, size=f"{QR_MM}mm", alt=alt, mask=mask_of(family_of(text)), **QR_HOW)


def family_of(text: str) -> str:
    """The code's text with zeros for the digits of amount and reference: all of a family have the same mask.

    Any mask is good for a reader; one that does not change with each sum makes codes of a family the sum of tables
    (`stamping.qr`), and a page the same whichever way it was made.
    """
    lines = text.split("\n")
    for number in (7, 9):
        lines[number] = re.sub("[0-9]", "0", lines[number])
    return "\n".join(lines)


@lru_cache(maxsize=64)
def mask_of(zeroed: str) -> int:
    """The mask the encoder finds best for the family."""
    how: dict[str, Any] = QR_HOW
    return int(segno.make(zeroed, boost_error=False, micro=False, **how).mask)


def matrix(text: str, like: str | None = None) -> tuple[str, ...]:
    """The modules row by row as ones and zeros, with the mask of the family of `like`."""
    return qr_matrix(text, mask=mask_of(family_of(like or text)), **QR_HOW)
