"""What must hold before a document is printed. The run asks `problems` in the preview, rendering asks `check`."""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache

from billing.documents.metrics import MM, clean, wrap
from billing.documents.model import (
    MAX_ADDRESS_LINES,
    DocumentError,
    DueRow,
    InvoiceDocument,
    Kind,
    Payer,
    Problem,
)
from billing.documents.texts import WORDS
from billing.formats.barcode import bank_barcode
from billing.formats.reference import normalise
from jasenpalvelu.common.money import ZERO

WINDOW_WIDTH = 78 * MM
WINDOW_SIZE = 10.5
SLIP_WIDTH = 81 * MM
SLIP_SIZE = 9.5


def address_lines(payer: Payer, limit: float = WINDOW_WIDTH, size: float = WINDOW_SIZE) -> list[str]:
    """The payer's name and address as they stand in the window: long ones broken at blanks, never shrunk or cut."""
    return list(_address_lines(payer, limit, size))


# Asked again and again for the same document, one document after another.
@lru_cache(maxsize=64)
def _address_lines(payer: Payer, limit: float, size: float) -> tuple[str, ...]:
    parts = (payer.name, *payer.address, payer.country)
    return tuple([line for part in parts for line in wrap(clean(part).replace("\n", " "), limit, size)])


def problems(document: InvoiceDocument) -> list[DocumentError]:
    """Everything that keeps this document from being printed; empty when it is ready."""
    return [*_parties(document), *_sums(document), *_facts(document), *_payment(document)]


def check(document: InvoiceDocument) -> None:
    """Raise the first problem as DocumentError."""
    for problem in problems(document):
        raise problem


def _parties(document: InvoiceDocument) -> Iterator[DocumentError]:
    if document.language not in WORDS:
        yield DocumentError(Problem.LANGUAGE_UNKNOWN, document.language)
    if not clean(document.creditor.name):
        yield DocumentError(Problem.SENDER_MISSING)
    if not clean(document.payer.name):
        yield DocumentError(Problem.PAYER_MISSING)
    lines = address_lines(document.payer)
    slip = address_lines(document.payer, SLIP_WIDTH, SLIP_SIZE)
    if max(len(lines), len(slip)) > MAX_ADDRESS_LINES:
        yield DocumentError(Problem.ADDRESS_TOO_LONG, " / ".join(lines))


def _sums(document: InvoiceDocument) -> Iterator[DocumentError]:
    if not document.lines:
        yield DocumentError(Problem.LINES_MISSING)
    for number, line in enumerate(document.lines, start=1):
        if not clean(line.beneficiary):
            yield DocumentError(Problem.BENEFICIARY_MISSING, f"line {number}")
    printed_total = sum((line.amount for line in document.lines), ZERO)
    if printed_total != document.total:
        yield DocumentError(Problem.TOTAL_DIFFERS, f"lines {printed_total}, total {document.total}")
    if document.total > 0 if document.kind is Kind.CREDIT_NOTE else document.total < 0:
        yield DocumentError(Problem.SIGN_WRONG, str(document.total))
    instalments = sum((row.amount for row in document.due_rows), ZERO)
    if document.due_rows and (
        instalments != document.total or any(row.amount <= 0 for row in document.due_rows)
    ):
        yield DocumentError(Problem.INSTALMENTS_DIFFER, f"instalments {instalments}, total {document.total}")
    yield from _vat(document)


def _vat(document: InvoiceDocument) -> Iterator[DocumentError]:
    """The table must tell the same as the rows, rate by rate: that is what the tax authority reads."""
    if not document.vat_rows:
        if any(line.vat_rate is not None for line in document.lines):
            yield DocumentError(Problem.VAT_MISSING)
        return
    printed: dict[Decimal | None, Decimal] = {}
    for line in document.lines:
        printed[line.vat_rate] = printed.get(line.vat_rate, ZERO) + line.amount
    table: dict[Decimal | None, Decimal] = {}
    for row in document.vat_rows:
        table[row.rate] = table.get(row.rate, ZERO) + row.gross
        if row.net + row.tax != row.gross:
            yield DocumentError(Problem.VAT_DIFFERS, f"{row.net} + {row.tax} is not {row.gross}")
    if printed != table:
        yield DocumentError(Problem.VAT_DIFFERS, "the table is not the sum of the rows")


def _facts(document: InvoiceDocument) -> Iterator[DocumentError]:
    if document.kind is not Kind.INVOICE and document.original is None:
        yield DocumentError(Problem.ORIGINAL_MISSING)
    if document.kind is Kind.REMINDER and document.reminding is None:
        yield DocumentError(Problem.ORIGINAL_MISSING, "which reminder it is")
    needed = document.kind is not Kind.CREDIT_NOTE or document.reference  # nobody pays a credit note
    if needed and normalise(document.reference) is None:
        yield DocumentError(Problem.REFERENCE_INVALID, document.reference)
    if document.kind is not Kind.CREDIT_NOTE and not document.due_rows and document.due_date is None:
        yield DocumentError(Problem.DUE_DATE_MISSING)


def _payment(document: InvoiceDocument) -> Iterator[DocumentError]:
    if document.kind is Kind.CREDIT_NOTE:
        return
    if not re.sub(r"\s", "", document.creditor.iban):
        yield DocumentError(Problem.IBAN_MISSING)
        return
    for row in document.payments:
        if normalise(row.reference) is None:
            yield DocumentError(Problem.REFERENCE_INVALID, row.reference)
            continue
        try:
            barcode_digits(document, row)
        except ValueError as error:
            yield DocumentError(Problem.BARCODE_IMPOSSIBLE, str(error))


def barcode_digits(document: InvoiceDocument, row: DueRow) -> str:
    """The 54 digits of one giro form. ValueError with the reason."""
    iban = re.sub(r"\s", "", document.creditor.iban).upper()
    return bank_barcode(iban, row.amount, re.sub(r"\s", "", row.reference).upper(), row.due_date)
