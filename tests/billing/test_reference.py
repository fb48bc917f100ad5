import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.formats import reference
from tests.billing.vectors import VECTORS

bases = st.integers(100, 10**19 - 1).map(str)


@pytest.mark.parametrize("case", VECTORS["reference"], ids=lambda case: case["base"])
def test_vectors(case: dict[str, str]) -> None:
    assert reference.national(case["base"]) == case["ref"]
    assert reference.printed(case["ref"]) == case["printed"]
    assert reference.machine(case["ref"]) == case["machine20"]
    assert reference.rf(case["ref"]) == case["rf"]
    assert reference.printed(case["rf"]) == case["rf_printed"]


def test_six_digits() -> None:
    assert reference.national("123456") == "1234561"
    assert reference.printed("1234561") == "12 34561"
    assert reference.machine("1234561") == "00000000000001234561"
    assert reference.printed(reference.rf("1234561")) == "RF34 1234 561"


@pytest.mark.parametrize("case", VECTORS["normalise"], ids=lambda case: case["input"])
def test_normalise_vectors(case: dict[str, str | None]) -> None:
    assert reference.normalise(case["input"]) == case["normalised"]


@pytest.mark.parametrize(
    "text", ["12 34561", " 1234561 ", "rf34 1234561", "RF34\u00a01234\u00a0561", "0001234561"]
)
def test_what_payers_write(text: str) -> None:
    assert reference.normalise(text) == "1234561"


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "1234567",
        "12-34561",
        "jäsenmaksu 2026",
        "RF",
        "RF34",
        "RFAB1234561",
        "٣٤٥٦١",
        "0" * 20,
        "RF341234561234561234561234",
        "1234561.0",
    ],
)
def test_what_is_not_ours(text: str | None) -> None:
    assert reference.normalise(text) is None


@pytest.mark.parametrize(
    "base", ["", "12", "012", "000", "1" * 20, "0" * 17 + "123", "12A4", "12 34", "-123", "1.5", "٣٤٥"]
)
def test_bodies_that_give_no_reference(base: str) -> None:
    with pytest.raises(ValueError, match="reference"):
        reference.national(base)


def test_wrong_references_are_not_printed() -> None:
    for wrong in ("1234562", "RF351234561", "13", ""):
        with pytest.raises(ValueError, match="not a valid reference"):
            reference.printed(wrong)
        with pytest.raises(ValueError, match="not a valid reference"):
            reference.rf(wrong)
        with pytest.raises(ValueError, match="not a valid reference"):
            reference.machine(wrong)


@given(bases)
def test_every_form_leads_back(base: str) -> None:
    number = reference.national(base)
    assert number[:-1] == base
    for form in (number, reference.printed(number), reference.machine(number)):
        assert reference.normalise(form) == number
    if len(number) <= 21:
        international = reference.rf(number)
        assert (
            reference.normalise(international)
            == reference.normalise(reference.printed(international))
            == number
        )
        assert reference.is_rf(international)


@given(bases, st.data())
def test_one_wrong_digit_never_matches(base: str, data: st.DataObject) -> None:
    number = reference.national(base)
    place = data.draw(st.integers(0, len(number) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != number[place]]))
    assert reference.normalise(number[:place] + other + number[place + 1 :]) is None


@given(bases)
def test_printed_groups(base: str) -> None:
    groups = reference.printed(reference.national(base)).split(" ")
    assert all(len(group) == 5 for group in groups[1:])
    assert 1 <= len(groups[0]) <= 5


def test_invoice_references_are_unique_per_kind_creditor_and_serial() -> None:
    assert reference.invoice_base(1, 42, 12) == "10042000000012"
    assert reference.national("10042000000012") == "100420000000124"
    made = [
        reference.invoice_base(kind, unit, n) for kind in (1, 2) for unit in (1, 10, 42) for n in (1, 2, 10)
    ]
    assert all(one < other for one, other in pairwise(sorted(set(made))))
    assert len(set(made)) == 18
    for wrong in ((0, 1, 1), (10, 1, 1), (1, 0, 1), (1, 10_000, 1), (1, 1, 0), (1, 1, 10**9)):
        with pytest.raises(ValueError, match="no reference"):
            reference.invoice_base(*wrong)


@pytest.mark.parametrize(
    "module",
    ["billing.formats.reference", "billing.formats.barcode", "billing.formats.epc_qr", "billing.formats.ktl"]
    + ["billing.formats.camt", "billing.allocation", "billing.pricing", "jasenpalvelu.common.dates"],
)
def test_pure_modules_need_no_django(module: str) -> None:
    script = f"import sys; sys.modules['django'] = sys.modules['celery'] = None; import {module}"
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parents[2])
