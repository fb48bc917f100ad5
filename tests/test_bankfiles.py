"""The writer of bank files agrees with the reader."""

from datetime import date
from decimal import Decimal

from billing.formats import ktl as reader
from tests.bankfiles import Paid, ktl

IBAN = "FI1410093000123458"


def test_what_is_written_is_what_is_read() -> None:
    day = date(2026, 3, 16)
    file = reader.parse(
        ktl(
            IBAN,
            [Paid("1232", Decimal("344.10"), day, "METSAPELTO MAIJA"), Paid("13", Decimal("-0.05"), day)],
        )
    )
    first, second = file.records
    assert (first.iban, first.paid, first.amount, first.payer) == (
        IBAN,
        day,
        Decimal("344.10"),
        "METSAPELTO M",
    )
    assert (first.reference, second.correction, second.amount) == ("1232", True, Decimal("-0.05"))
    assert (file.summary.count, file.summary.total) == (1, Decimal("344.10"))
