"""What an invoice on paper is made of. Frozen values only: the same document always gives the same file.

The caller copies everything from the issued invoice (never from the register of today) and has already moved the due
date to a banking day. Texts of lines are in the payer's language; the words around them come from `texts`.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

MAX_ADDRESS_LINES = 5
"""Lines of 13 pt that stay inside the window of an E65 or C5 envelope."""


class Kind(StrEnum):
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    REMINDER = "reminder"


class Problem(StrEnum):
    """Why a document can not be printed. The caller has the words for the treasurer."""

    LANGUAGE_UNKNOWN = "language_unknown"
    SENDER_MISSING = "sender_missing"
    PAYER_MISSING = "payer_missing"
    ADDRESS_TOO_LONG = "address_too_long"
    LINES_MISSING = "lines_missing"
    BENEFICIARY_MISSING = "beneficiary_missing"
    TOTAL_DIFFERS = "total_differs"
    SIGN_WRONG = "sign_wrong"
    VAT_MISSING = "vat_missing"
    VAT_DIFFERS = "vat_differs"
    INSTALMENTS_DIFFER = "instalments_differ"
    DUE_DATE_MISSING = "due_date_missing"
    ORIGINAL_MISSING = "original_missing"
    IBAN_MISSING = "iban_missing"
    REFERENCE_INVALID = "reference_invalid"
    BARCODE_IMPOSSIBLE = "barcode_impossible"


class DocumentError(Exception):
    """The document may not be printed as it is; raised before anything is rendered."""

    def __init__(self, problem: Problem, detail: str = "") -> None:
        self.problem = problem
        self.detail = detail
        super().__init__(f"{problem.value}: {detail}" if detail else problem.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The creditor as it stood when the invoice was issued.

    `account_holder` is the payee on the giro form and in the QR code, one and the same string; empty means `name`.
    `return_line` is whole, in the payer's language: "Palautus: Malliliitto ry, PL 510, 00101 Helsinki".
    `logo` is an SVG, PNG or JPEG; one more than 1.6 times as wide as high takes the place of the name.
    """

    name: str
    details: tuple[str, ...] = ()
    return_line: str = ""
    iban: str = ""
    bic: str = ""
    account_holder: str = ""
    logo: bytes | Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """`address` lines in posting order, `country` only when it is not Finland."""

    name: str
    address: tuple[str, ...] = ()
    country: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row. `amount` includes tax; `vat_rate` is None when the row is outside the scope of VAT."""

    component: str
    beneficiary: str
    amount: Decimal
    basis: str = ""
    vat_rate: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VatRow:
    """One rate of the VAT table. `seller` and `vat_number` name who sells what is taxed."""

    rate: Decimal | None
    net: Decimal
    tax: Decimal
    gross: Decimal
    seller: str = ""
    vat_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRow:
    """One instalment. An empty `reference` means the invoice's own."""

    due_date: date
    amount: Decimal
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The invoice a credit note or a reminder is about. `fully`: the credit note takes back all of it."""

    number: str
    invoice_date: date
    due_date: date | None = None
    fully: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminding:
    """`booked_until`: payments up to this day are taken into account. `contact`: where to dispute the claim."""

    ordinal: int
    booked_until: date
    contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDocument:
    """One invoice, credit note or reminder.

    `reference` is national digits or an RF reference and decides the barcode's version (4 or 5). `total` must be the
    sum of the lines, and of `due_rows` when there are instalments. A reminder's `number` is its invoice's number.
    `title` replaces the usual heading, `vat_note` the usual words about VAT (empty: none), `note` follows them;
    `message` is the sender's own text, its line ends making paragraphs.
    """

    kind: Kind
    language: str
    creditor: Sender
    payer: Payer
    number: str
    invoice_date: date
    reference: str
    lines: tuple[Line, ...]
    total: Decimal
    due_date: date | None = None
    due_rows: tuple[DueRow, ...] = ()
    vat_rows: tuple[VatRow, ...] = ()
    member_number: str = ""
    y_tunnus: str = ""
    period: str = ""
    message: str = ""
    note: str = ""
    title: str = ""
    vat_note: str | None = None
    original: Original | None = None
    reminding: Reminding | None = None

    @property
    def payee(self) -> str:
        return self.creditor.account_holder or self.creditor.name

    @property
    def payments(self) -> tuple[DueRow, ...]:
        """What is to be paid, one giro form for each: nothing for a credit note or when the total is zero."""
        if self.kind is Kind.CREDIT_NOTE or self.total <= 0:
            return ()
        if self.due_rows:
            return tuple(
                DueRow(due_date=row.due_date, amount=row.amount, reference=row.reference or self.reference)
                for row in self.due_rows
            )
        if self.due_date is None:
            return ()
        return (DueRow(due_date=self.due_date, amount=self.total, reference=self.reference),)
