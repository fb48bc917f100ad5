"""Bank files as a bank would write them, for invoices made in a test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Paid:
    """One reference payment; a negative `amount` takes an earlier one back."""

    reference: str
    amount: Decimal
    paid_on: date
    payer: str = "MEIKALAINEN M"


def ktl(iban: str, payments: Sequence[Paid], *, written: date | None = None, first_id: int = 1) -> bytes:
    """A list of reference payments (KTL): records of 90 characters, the last one with counts and sums that agree."""
    account = iban[4:]
    written = written or max(payment.paid_on for payment in payments)
    lines = [f"0{written:%y%m%d}0312{'57':2}{'1234567891'[:9]:9}1".ljust(90)]
    lines += [_record(account, payment, number) for number, payment in enumerate(payments, first_id)]
    paid = [payment.amount for payment in payments if payment.amount >= 0]
    back = [-payment.amount for payment in payments if payment.amount < 0]
    sums = f"{len(paid):06}{_cents(sum(paid)):011}{len(back):06}{_cents(sum(back)):011}"
    lines.append(f"9{sums}".ljust(90, "0"))
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def _record(account: str, payment: Paid, number: int) -> str:
    day = f"{payment.paid_on:%y%m%d}"
    archive = f"{payment.paid_on:%y%m%d}T{number:09}"
    mark = "1" if payment.amount < 0 else "0"
    name = payment.payer[:12]
    line = f"3{account}{day}{day}{archive:16}{payment.reference:0>20}{name:12}1A{_cents(abs(payment.amount)):010}{mark}A"
    return line.ljust(90)


def _cents(amount: Decimal | int) -> int:
    return int(Decimal(amount).scaleb(2))
