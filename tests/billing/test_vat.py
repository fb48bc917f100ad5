from decimal import Decimal
from typing import Any

import pytest

from billing.vat import OUTSIDE, breakdown, tax
from tests.billing.vectors import VECTORS

D = Decimal


@pytest.mark.parametrize("case", VECTORS["vat"], ids=lambda case: case["code"])
def test_vectors(case: dict[str, Any]) -> None:
    (row,) = breakdown([(D(case["net"]), case["code"], D(case["rate"]))])
    assert (str(row.tax), str(row.gross)) == (case["vat"], case["gross"])


def test_half_a_cent_goes_up() -> None:
    assert tax(D("79.67"), D("25.5")) == D("20.32")
    assert tax(D("-79.67"), D("25.5")) == D("-20.32")


def test_fees_stay_outside_and_make_no_taxed_row() -> None:
    rows = breakdown(
        [(D(100), OUTSIDE, D("25.5")), (D(10), "S", D("25.5")), (D(20), "S", D("25.50")), (D(5), "S", D(14))]
    )
    assert [(row.code, str(row.net), str(row.tax)) for row in rows] == [
        ("O", "100.00", "0.00"),
        ("S", "5.00", "0.70"),
        ("S", "30.00", "7.65"),
    ]
    assert tax(D(100), D("25.5"), OUTSIDE) == 0
    assert [row.code for row in breakdown([(D(100), OUTSIDE, D(0))])] == ["O"]
