from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.allocation import allocate, instalments, parts
from tests.billing.vectors import VECTORS

D = Decimal
sums = st.decimals(min_value=0, max_value=100_000, places=2)


def strings(amounts: list[Decimal]) -> list[str]:
    return [str(amount) for amount in amounts]


@pytest.mark.parametrize("case", VECTORS["allocation"], ids=lambda case: case["amount"])
def test_vectors(case: dict[str, Any]) -> None:
    assert strings(allocate(D(case["amount"]), [D(line) for line in case["outstanding"]])) == case["shares"]


def test_a_sequence_of_payments_ends_exact() -> None:
    left = [D("138.31"), D("31.92"), D("43.98"), D("29.79")]
    for case in VECTORS["allocation_sequence"]:
        shares = allocate(D(case["payment"]), left)
        assert strings(shares) == case["shares"]
        left = [line - share for line, share in zip(left, shares, strict=True)]
        assert strings(left) == case["outstanding_after"]


def test_a_euro_over_three_equal_lines() -> None:
    assert strings(allocate(D("1.00"), [D("5.00")] * 3)) == ["0.34", "0.33", "0.33"]


@pytest.mark.parametrize(
    ("amount", "outstanding"),
    [
        ("-0.01", ["1.00"]),
        ("1.01", ["1.00"]),
        ("0.01", []),
        ("1.00", ["2.00", "-1.00"]),
        ("0.001", ["1.00"]),
        ("0.01", ["0.001"]),
    ],
)
def test_refused(amount: str, outstanding: list[str]) -> None:
    with pytest.raises(ValueError):
        allocate(D(amount), [D(line) for line in outstanding])


def test_nothing_over_nothing() -> None:
    assert allocate(D(0), []) == []
    assert strings(allocate(D(0), [D(0), D("3.00")])) == ["0.00", "0.00"]
    assert strings(allocate(D(0), [D(0)])) == ["0.00"]


@given(st.lists(sums, max_size=40), st.data())
def test_shares_add_up_and_never_exceed_what_is_open(outstanding: list[Decimal], data: st.DataObject) -> None:
    total = sum(outstanding, D(0))
    amount = data.draw(st.integers(0, int(total * 100))) * D("0.01")
    shares = allocate(amount, outstanding)
    assert sum(shares, D(0)) == amount
    assert len(shares) == len(outstanding)
    for share, line in zip(shares, outstanding, strict=True):
        assert 0 <= share <= line
        if total:
            assert abs(share - amount * line / total) < D("0.01")
    if amount == total:
        assert shares == outstanding


@given(st.lists(sums, min_size=1, max_size=12), st.lists(st.integers(0, 10**7), max_size=8))
def test_any_row_of_payments_closes_every_line(outstanding: list[Decimal], payments: list[int]) -> None:
    left = outstanding
    for cents in payments:
        amount = min(cents * D("0.01"), sum(left, D(0)))
        left = [line - share for line, share in zip(left, allocate(amount, left), strict=True)]
        assert all(line >= 0 for line in left)
    last = allocate(sum(left, D(0)), left)
    assert last == left


@pytest.mark.parametrize("case", VECTORS["instalments"], ids=lambda case: case["total"])
def test_instalment_vectors(case: dict[str, Any]) -> None:
    assert strings(instalments(D(case["total"]), case["n"])) == case["parts"]


@given(st.decimals(min_value=-100_000, max_value=100_000, places=2), st.integers(1, 12))
def test_instalments_add_up_and_differ_by_a_cent_at_most(total: Decimal, count: int) -> None:
    found = instalments(total, count)
    assert len(found) == count
    assert sum(found, D(0)) == total
    assert max(found) - min(found) <= D("0.01")
    assert sorted(map(abs, found), reverse=True) == list(map(abs, found))


@pytest.mark.parametrize(
    "case", VECTORS["cap_and_instalment_threshold"], ids=lambda case: f"{case['raw']}-{case['jakoraja']}"
)
def test_threshold_vectors(case: dict[str, Any]) -> None:
    capped = min(D(case["raw"]), D(case["cap"]))
    threshold = D(case["jakoraja"]) if case["jakoraja"] else None
    assert strings(parts(capped, threshold)) == case["parts"]


def test_threshold_is_above_not_at() -> None:
    assert strings(parts(D("300.01"), D(300))) == ["150.01", "150.00"]
    assert strings(parts(D("300"), D(300))) == ["300.00"]
    with pytest.raises(ValueError, match="at least one"):
        instalments(D(1), 0)
