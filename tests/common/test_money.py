from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jasenpalvelu.common import money

D = Decimal
amounts = st.decimals(min_value=-10_000_000, max_value=10_000_000, places=2)


@pytest.mark.parametrize(
    ("raw", "rounded"),
    [
        ("0.005", "0.01"),
        ("-0.005", "-0.01"),
        ("2.675", "2.68"),
        ("0.0049", "0.00"),
        ("7", "7.00"),
        ("1E2", "100.00"),
    ],
)
def test_halves_go_away_from_zero(raw: str, rounded: str) -> None:
    assert str(money.round_cents(D(raw))) == rounded


def test_floats_and_infinities_are_no_money() -> None:
    with pytest.raises(TypeError):
        money.round_cents(0.1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="finite"):
        money.round_cents(D("NaN"))
    with pytest.raises(ValueError, match="finite"):
        money.round_cents(D("Infinity"))


def test_printed_with_no_break_spaces_and_a_true_minus() -> None:
    assert money.format_money(D("1234.5")) == "1\u00a0234,50\u00a0€"
    assert money.format_money(D("-1234567.891"), "sv") == "\u22121\u00a0234\u00a0567,89\u00a0€"
    assert money.format_money(D("1234.5"), "en") == "1\u00a0234.50\u00a0€"
    assert money.format_amount(D("-0.001")) == "0,00"
    assert money.format_number(1036) == "1\u00a0036"
    assert money.format_number(D("48.3"), decimals=2) == "48,30"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 234,50", "1234.50"),
        ("1234.5", "1234.5"),
        ("1\u00a0234,5", "1234.5"),
        ("1\u202f234\u202f567", "1234567"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("12,345", "12.345"),
        ("1.234", "1.234"),
        ("\u2212 5,00", "-5.00"),
        ("-5", "-5"),
        ("+5", "5"),
        (" 0,5 ", "0.5"),
    ],
)
def test_numbers_as_people_write_them(text: str, value: str) -> None:
    assert money.parse_number(text) == D(value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "abc",
        "12 34",
        "1e5",
        "NaN",
        "1,2,3",
        "1.2.3",
        "1 234 5",
        ",5",
        "5,",
        "--5",
        "٣",
        "1 23,4",
        "0x1",
    ],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        money.parse_number(text)


def test_amounts_have_at_most_two_decimals_and_may_name_the_euro() -> None:
    assert str(money.parse_amount("1 234,5 €")) == "1234.50"
    assert str(money.parse_amount("EUR 12")) == "12.00"
    assert str(money.parse_amount("€ −0,01")) == "-0.01"
    with pytest.raises(ValueError, match="more than two decimals"):
        money.parse_amount("1,234")
    with pytest.raises(ValueError, match="too large"):
        money.parse_amount("9" * 40)


@given(amounts, st.sampled_from(["fi", "sv", "en"]))
def test_what_is_printed_reads_back(amount: Decimal, language: str) -> None:
    assert money.parse_amount(money.format_money(amount, language)) == amount


@given(st.decimals(min_value=-1_000_000, max_value=1_000_000, places=5))
def test_a_credit_mirrors_its_invoice(amount: Decimal) -> None:
    assert money.round_cents(-amount) == -money.round_cents(amount)
    assert abs(money.round_cents(amount) - amount) <= D("0.005")
