"""A bank's file of incoming reference payments, as the demo's and the tests' bank writes it (records of 90 characters)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

WIDTH = 90
_SEVEN_BIT = str.maketrans("ÄÖÅäöå", "[\\][\\]")


@dataclass(frozen=True)
class Paid:
    """One payment: whose, how much (negative takes an earlier one back), with which reference, on which day."""

    payer: str
    amount: Decimal
    reference: str
    on: date
    archive_id: str


def ktl_file(*, iban: str, payments: Sequence[Paid], written: date) -> bytes:
    """The file of one account: header, rows, summary with counts and sums; CRLF line ends, ISO-8859-1."""
    rows = [_row(iban, payment) for payment in payments]
    plus = [p for p in payments if p.amount >= 0]
    minus = [p for p in payments if p.amount < 0]
    head = f"0{written:%y%m%d}070017{'1234567':<9}1".ljust(WIDTH)
    foot = f"9{len(plus):06d}{_cents(plus):011d}{len(minus):06d}{_cents(minus):011d}{0:06d}{0:011d}".ljust(
        WIDTH
    )
    return "".join(f"{line}\r\n" for line in [head, *rows, foot]).encode("iso-8859-1")


def _row(iban: str, payment: Paid) -> str:
    name = payment.payer.upper().translate(_SEVEN_BIT)[:12]
    name = name.encode("ascii", "replace").decode()
    correction = 1 if payment.amount < 0 else 0
    cents = abs(int(payment.amount * 100))
    return (
        f"3{iban[4:]}{payment.on:%y%m%d}{payment.on:%y%m%d}{payment.archive_id[:16]:<16}"
        f"{payment.reference:0>20}{name:<12}1A{cents:010d}{correction}A"
    ).ljust(WIDTH)


def _cents(payments: Sequence[Paid]) -> int:
    return sum(abs(int(payment.amount * 100)) for payment in payments)
