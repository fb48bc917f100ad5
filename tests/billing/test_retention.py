from datetime import date

import pytest

from billing.retention import books_until, vouchers_until
from tests.billing.vectors import VECTORS

MORE = [
    {"fy_end": "2017-04-30", "vouchers": "2023-12-31", "books": "2027-04-30"},
    {"fy_end": "2024-02-29", "vouchers": "2030-12-31", "books": "2034-02-28"},
]


@pytest.mark.parametrize("case", VECTORS["retention"] + MORE, ids=lambda case: case["fy_end"])
def test_vectors(case: dict[str, str]) -> None:
    end = date.fromisoformat(case["fy_end"])
    assert vouchers_until(end).isoformat() == case["vouchers"]
    assert books_until(end).isoformat() == case["books"]
