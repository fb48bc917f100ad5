"""Incoming reference payments (saapuvat viitesiirrot, KTL): records of 90 characters.

`0` opens a batch, `3` is a payment (`5` a direct debit of old), `9` closes the batch with counts and sums. The sums are
checked: a file whose summary does not agree with its rows is refused whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache

from billing.formats import reference as references
from billing.formats.errors import BankFileError, BankFileFormatError, BankFileSumError
from jasenpalvelu.common.identifiers import make_finnish_iban

WIDTH = 90
# Digits and letters of the Finnish 7-bit code page.
_CONTROLS = dict.fromkeys([*range(32), 127], " ")
_SEVEN_BIT = str.maketrans("[\\]{|}", "ÄÖÅäöå")


@dataclass(frozen=True, slots=True)
class Header:
    """When the bank wrote the batch. `service_id` is what the bank calls the receiver."""

    written: datetime
    bank: str
    service_id: str
    line: int


@dataclass(frozen=True, slots=True)
class Payment:
    """One row. `amount` in euros, negative for a correction that takes an earlier payment back.

    `account` is the receiver's account in machine form, `paid` the day the payer paid (counts for interest), `booked` the
    day the bank booked it (counts for the books). `reference` is the matching key, None when not one of ours.
    """

    account: str
    booked: date
    paid: date
    archive_id: str
    reference_raw: str
    reference: str | None
    payer: str
    amount: Decimal
    correction: bool
    line: int

    @property
    def iban(self) -> str:
        return _iban(self.account)


@dataclass(frozen=True, slots=True)
class Summary:
    """The bank's own counts and sums (euros, without sign); `failed_…` are direct debits that were not collected."""

    count: int
    total: Decimal
    correction_count: int
    correction_total: Decimal
    failed_count: int
    failed_total: Decimal


@dataclass(frozen=True, slots=True)
class Batch:
    header: Header
    records: tuple[Payment, ...]
    summary: Summary


@dataclass(frozen=True, slots=True)
class KtlFile:
    batches: tuple[Batch, ...]

    @property
    def header(self) -> Header:
        return self.batches[0].header

    @property
    def summary(self) -> Summary:
        """Counts and sums of all batches together."""
        parts = [batch.summary for batch in self.batches]
        return Summary(
            sum(part.count for part in parts),
            sum((part.total for part in parts), Decimal(0)),
            sum(part.correction_count for part in parts),
            sum((part.correction_total for part in parts), Decimal(0)),
            sum(part.failed_count for part in parts),
            sum((part.failed_total for part in parts), Decimal(0)),
        )

    @property
    def records(self) -> tuple[Payment, ...]:
        return tuple(record for batch in self.batches for record in batch.records)


def parse(data: bytes) -> KtlFile:
    """Read a file of one or more batches.

    BankFileFormatError when it is not one, BankFileSumError when a summary disagrees. CRLF and LF, missing blanks at
    the end of a line and empty lines are understood; letters may be 7-bit, ISO-8859-1 or UTF-8.
    """
    batches: list[Batch] = []
    header: Header | None = None
    records: list[Payment] = []
    for part in _parts(data):
        if isinstance(part, Header):
            header, records = part, []
        elif isinstance(part, Payment):
            records.append(part)
        elif header is not None:
            batches.append(Batch(header, tuple(records), part))
    return KtlFile(tuple(batches))


def payments(data: bytes) -> Iterator[Payment]:
    """The payments of all batches, one by one; raises as `parse` does.

    The sums of a batch are told at its end: what came before is worth nothing until the last payment has come.
    """
    return (part for part in _parts(data) if isinstance(part, Payment))


def first_account(data: bytes) -> str:
    """The account (IBAN) of the first payment; empty when there is none. `data` may be only the beginning of a file."""
    begun = False
    for number, line in _lines(data[: data.rfind(b"\n") + 1] or data):
        if not begun and line[0] != "0":
            raise BankFileFormatError("missing_header", where=f"line {number}")
        begun = True
        if line[0] in "35":
            return _payment(line, number).iban
        if line[0] == "0":
            _header(line, number)
    if not begun:
        raise BankFileFormatError("empty_file")
    return ""


class _Tally:
    """Counts and cents of a batch's rows so far, in the groups of its summary: paid, taken back, not collected."""

    def __init__(self) -> None:
        self.counts, self.sums = [0, 0, 0], [Decimal(0)] * 3

    def add(self, payment: Payment, *, failed: bool) -> None:
        group = 2 if failed else 1 if payment.correction else 0
        self.counts[group] += 1
        self.sums[group] += payment.amount if failed else abs(payment.amount)

    def check(self, summary: Summary, number: int) -> None:
        """Compare the bank's counts and sums with the rows, and name the first that differs."""
        (paid, back, failed), (total, back_total, failed_total) = self.counts, self.sums
        found = Summary(paid, total, back, back_total, failed, failed_total)
        for field in Summary.__slots__:
            expected, actual = getattr(summary, field), getattr(found, field)
            if expected != actual:
                raise BankFileSumError(
                    f"summary_{field}", where=f"line {number}", expected=expected, found=actual
                )


def _parts(data: bytes) -> Iterator[Header | Payment | Summary]:
    tally: _Tally | None = None
    number = stray = 0  # the first row that no header came before
    for number, line in _lines(data):
        if line[0] == "0":
            if tally is not None or stray:
                raise BankFileFormatError("missing_summary", where=f"line {number}")
            tally = _Tally()
            yield _header(line, number)
        elif tally is None:
            stray = stray or number
            if line[0] == "9":
                raise BankFileFormatError("missing_header", where=f"line {stray}")
        elif line[0] == "9":
            summary = _summary(line, number)
            tally.check(summary, number)
            tally = None
            yield summary
        else:
            payment, failed = _payment(line, number), _failed(line)
            tally.add(payment, failed=failed)
            if not failed:
                yield payment
    if tally is not None or stray:
        raise BankFileFormatError("missing_summary", where=f"line {number}")
    if not number:
        raise BankFileFormatError("empty_file")


def _lines(data: bytes) -> Iterator[tuple[int, str]]:
    text = _decode(data).replace("\r\n", "\n").replace("\r", "\n")
    number, start = 0, 0
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        line, start, number = text[start:end].translate(_CONTROLS), end + 1, number + 1
        if not line.strip():
            continue
        if len(line.rstrip()) > WIDTH or line[0] not in "0359":
            raise BankFileFormatError("not_a_reference_payment_record", where=f"line {number}")
        yield number, line.rstrip().ljust(WIDTH)


def _decode(data: bytes) -> str:
    data = data.removeprefix(b"\xef\xbb\xbf")
    if data.isascii():
        return data.decode("ascii").translate(_SEVEN_BIT)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("iso-8859-1")


def _header(line: str, number: int) -> Header:
    day = _date(line[1:7], number, "header_date")
    clock = line[7:11] if line[7:11].strip() else "0000"
    try:
        written = datetime.combine(day, time(int(clock[:2]), int(clock[2:])))
    except ValueError:
        raise BankFileFormatError("header_time", where=f"line {number}", found=clock) from None
    if line[22] not in "1 ":
        raise BankFileFormatError("currency_is_not_euro", where=f"line {number}", found=line[22])
    return Header(written, line[11:13].strip(), line[13:22].strip(), number)


def _failed(line: str) -> bool:
    """A direct debit with a return code brought no money."""
    return line[0] == "5" and line[89] not in " 0"


def _payment(line: str, number: int) -> Payment:
    account = line[1:15]
    if not (account.isascii() and account.isdigit()):
        raise BankFileFormatError("account", where=f"line {number}", found=account.strip())
    if line[75] not in "1 ":
        raise BankFileFormatError("currency_is_not_euro", where=f"line {number}", found=line[75])
    if line[87] not in "01 ":
        raise BankFileFormatError("correction_mark", where=f"line {number}", found=line[87])
    booked = _date(line[15:21], number, "booking_date")
    correction = line[87] == "1"
    amount = _cents(line[77:87], number, "amount")
    raw = line[43:63].strip()
    return Payment(
        account=account,
        booked=booked,
        paid=booked if line[21:27] in ("000000", "      ") else _date(line[21:27], number, "payment_date"),
        archive_id=line[27:43].strip(),
        reference_raw=raw,
        reference=references.normalise(raw),
        payer=line[63:75].strip(),
        amount=-amount if correction else amount,
        correction=correction,
        line=number,
    )


def _summary(line: str, number: int) -> Summary:
    return Summary(
        _number(line[1:7], number, "count"),
        _cents(line[7:18], number, "total"),
        _number(line[18:24], number, "correction_count"),
        _cents(line[24:35], number, "correction_total"),
        _number(line[35:41], number, "failed_count"),
        _cents(line[41:52], number, "failed_total"),
    )


def _number(text: str, number: int, field: str) -> int:
    digits = text.strip() or "0"
    if not (digits.isascii() and digits.isdigit()):
        raise BankFileFormatError(field, where=f"line {number}", found=text)
    return int(digits)


def _cents(text: str, number: int, field: str) -> Decimal:
    return Decimal(_number(text, number, field)).scaleb(-2)


def _date(text: str, number: int, field: str) -> date:
    day = _day(text)
    if day is None:
        raise BankFileFormatError(field, where=f"line {number}", found=text)
    return day


@lru_cache(maxsize=1024)
def _day(text: str) -> date | None:
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:6]))
    except ValueError:
        return None


_iban = lru_cache(maxsize=1024)(make_finnish_iban)


__all__ = [
    "BankFileError",
    "Batch",
    "Header",
    "KtlFile",
    "Payment",
    "Summary",
    "first_account",
    "parse",
    "payments",
]
