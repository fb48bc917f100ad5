"""Bank files of any kind turned into the same rows; nothing is written here."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from billing.formats import camt, ktl
from billing.formats.errors import BankFileFormatError
from billing.recognising import natural_id

KTL = "KTL"
# Euros of a whole file and of a row: more than any association has seen, and than a column holds.
LARGEST_TOTAL = Decimal(10) ** 12
LARGEST = Decimal(10) ** 10
_UETR = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Incoming:
    """One payment as every format tells it.

    A row to which the bank gave neither an archive id nor a UETR has one made of what it tells (`recognising.natural_id`).
    """

    line: int
    account: str
    booked_on: date
    paid_on: date
    archive_id: str
    uetr: str
    reference_raw: str
    reference_key: str
    reference: str
    payer_name: str
    payer_iban: str
    message: str
    amount: Decimal
    correction: bool


@dataclass(frozen=True, slots=True)
class Total:
    """A lump sum of the statement, to be compared with the rows of that day."""

    account: str
    booked_on: date
    code: str
    count: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What a file holds. `left_out` are entries that are no money in: charges, transfers out, not yet booked."""

    format: str
    accounts: tuple[str, ...]
    rows: tuple[Incoming, ...]
    totals: tuple[Total, ...]
    left_out: int

    @property
    def amount(self) -> Decimal:
        return sum((row.amount for row in self.rows), Decimal("0.00"))


def read(data: bytes) -> ReadFile:
    """Recognise and read a KTL or camt file. Raises billing.formats.errors.BankFileError with a code and the figures."""
    return _read_camt(data) if _is_xml(data) else _read_ktl(data)


def first_account(data: bytes) -> str:
    """The account the beginning of a file is about: enough to know whose it is. Raises BankFileError."""
    return camt.first_account(data) if _is_xml(data) else ktl.first_account(data)


def _is_xml(data: bytes) -> bool:
    return data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"


def _read_ktl(data: bytes) -> ReadFile:
    rows = [
        Incoming(
            line=payment.line,
            account=payment.iban,
            booked_on=payment.booked,
            paid_on=payment.paid,
            archive_id=payment.archive_id,
            uetr="",
            reference_raw=payment.reference_raw.lstrip("0"),
            reference_key=_reference_key(payment.reference, payment.reference_raw),
            reference=payment.reference or "",
            payer_name=payment.payer,
            payer_iban="",
            message="",
            amount=payment.amount,
            correction=payment.correction,
        )
        for payment in ktl.payments(data)
    ]
    return _finished(KTL, rows, (), 0)


def _read_camt(data: bytes) -> ReadFile:
    parsed = camt.parse(data)
    rows: list[Incoming] = []
    totals: list[Total] = []
    left_out = 0
    for statement in parsed.statements:
        left_out += statement.left_out
        for entry in statement.entries:
            if entry.is_control_total:
                count = entry.batch_count or 0
                totals.append(Total(statement.account_iban, entry.booked, entry.code, count, entry.amount))
                continue
            incoming = [paid for paid in entry.transactions if paid.amount > 0 or paid.correction]
            left_out += len(entry.transactions) - len(incoming)
            rows += [_camt_row(statement, entry, payment) for payment in incoming]
    accounts = tuple(dict.fromkeys(s.account_iban for s in parsed.statements))
    return _finished(parsed.message, rows, tuple(totals), left_out, accounts)


def _camt_row(statement: camt.Statement, entry: camt.Entry, payment: camt.Transaction) -> Incoming:
    # The mark of an entry is the mark of its only payment; of a batch it is nobody's.
    lone = entry.servicer_ref if len(entry.transactions) == 1 else ""
    return Incoming(
        line=entry.number,
        account=statement.account_iban,
        booked_on=payment.booked,
        paid_on=payment.paid,
        archive_id=_mark(payment.servicer_ref or lone),
        uetr=payment.uetr.lower() if _UETR.fullmatch(payment.uetr) else "",
        reference_raw=(payment.reference_raw or "")[:40],
        reference_key=_reference_key(payment.reference, payment.reference_raw or ""),
        reference=payment.reference or "",
        payer_name=payment.payer[:140],
        payer_iban=payment.payer_iban[:34],
        message=payment.message[:280],
        amount=payment.amount,
        correction=payment.correction,
    )


def _mark(text: str) -> str:
    """The bank's archive id; one longer than the standard's 35 characters is shortened so that it stays its own."""
    return text if len(text) <= 40 else hashlib.sha256(text.encode()).hexdigest()[:40]


def _reference_key(reference: str | None, raw: str) -> str:
    """The same for one payment in every format: our own number, else what was typed without blanks and leading zeros."""
    return (reference or "".join(raw.split()).lstrip("0"))[:40]


def _finished(
    kind: str, rows: list[Incoming], totals: tuple[Total, ...], left_out: int, accounts: tuple[str, ...] = ()
) -> ReadFile:
    """Sums an account can have, and a mark for every row: two equal payments of one file are two payments."""
    amounts = [abs(row.amount) for row in rows]
    if max(amounts, default=0) >= LARGEST or sum(amounts) >= LARGEST_TOTAL:
        raise BankFileFormatError("amount")
    marked = tuple(
        row if row.archive_id or row.uetr else replace(row, archive_id=natural_id(row)) for row in rows
    )
    accounts = accounts or tuple(dict.fromkeys(row.account for row in rows))
    return ReadFile(kind, accounts, marked, totals, left_out)
