"""What holds for every table and every payer."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.pricing import (
    Bracket,
    Calculation,
    HoldingInput,
    Line,
    MembershipInput,
    PayerInput,
    Rule,
    Table,
    calculation_hash,
    price,
    totals_by_beneficiary,
    totals_by_component,
)
from tests.billing.pricing_case import ABOVE, END, MHY_A, REGION, START, UNION, A, B, priced, table

D = Decimal
UNITS = (A, B, MHY_A)
BASES = ("field_ha", "forest_ha_south")
TYPES = ("farmer", "forest_owner", "student")
TAKEN_OFF = {"family", "exemption", "cap", "percent_discount", "amount_discount"}

money = st.integers(0, 50_000).map(lambda cents: D(cents).scaleb(-2))
hectares = st.integers(0, 20_000).map(lambda hundredths: D(hundredths).scaleb(-2))
days = st.dates(date(2025, 10, 1), date(2026, 12, 31))


@st.composite
def classes(draw: Callable[..., Any]) -> tuple[Bracket, ...]:
    edges = sorted(set(draw(st.lists(hectares, min_size=1, max_size=4))))
    uppers = [*edges[1:], draw(st.sampled_from([None, D(300)]))]
    return tuple(Bracket(low, high, draw(money)) for low, high in zip(edges, uppers, strict=True))


@st.composite
def rules(draw: Callable[..., Any], code: str) -> Rule:
    kind = draw(
        st.sampled_from(["flat", "per_unit", "bracket", "tiered", "percent_discount", "amount_discount"])
    )
    needs_basis = kind in {"per_unit", "bracket", "tiered"}
    return Rule(
        code,
        kind,
        once_per=draw(st.sampled_from(["membership", "person", "holding", "payer"])),
        bases=draw(st.sampled_from([BASES[:1], BASES])) if needs_basis else (),
        basis_area=draw(st.sampled_from(["total", "unit"])),
        types=draw(st.sampled_from([frozenset(), frozenset({"farmer"})])),
        amount=draw(money),
        unit_price=draw(money.map(lambda price: price / 100)),
        percent=D(draw(st.integers(0, 100))),
        brackets=draw(classes()) if kind in {"bracket", "tiered"} else (),
        minimum=draw(st.none() | money),
        maximum=draw(st.none() | money),
        required=draw(st.booleans()),
        condition=draw(st.sampled_from(["", "", "family"])),
        proration=draw(st.sampled_from(["none", "monthly", "half_year"])),
        join_cutoff=draw(st.sampled_from(["", "10-31"])),
        beneficiary=draw(st.sampled_from([None, UNION])),
        position=draw(st.integers(0, 5)),
    )


@st.composite
def tables(draw: Callable[..., Any]) -> dict[int, Table]:
    return {
        unit: Table(
            unit,
            START,
            END,
            tuple(draw(rules(f"c{place}")) for place in range(draw(st.integers(0, 4)))),
            cap=draw(st.none() | money),
        )
        for unit in (*UNITS, REGION, UNION)
    }


@st.composite
def payers(draw: Callable[..., Any]) -> PayerInput:
    holdings = tuple(
        HoldingInput(
            number,
            {(basis, unit): draw(hectares) for basis in BASES for unit in (None, A) if draw(st.booleans())},
        )
        for number in range(draw(st.integers(0, 2)))
    )
    members = tuple(
        MembershipInput(
            number,
            draw(st.integers(1, 2)),
            draw(st.sampled_from(UNITS)),
            draw(st.sampled_from(TYPES)),
            draw(st.sampled_from([None, 0, 1])),
            draw(st.none() | days),
            None,
            D(draw(st.sampled_from([0, 0, 50, 100]))),
            "",
            draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, 4)))
    )
    return PayerInput("p", members, holdings)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(payers(), tables(), st.randoms(use_true_random=False))
def test_any_payer_and_any_tables(who: PayerInput, made: dict[int, Table], random: Any) -> None:
    """One example is dear to make, so everything that must hold is asked of each."""
    result = price(who, made, ABOVE)
    _totals_are_sums_of_whole_cents(result)
    _nobody_is_paid_for_being_a_member(result, made)
    _each_key_is_charged_once(result)
    _the_second_run_charges_nothing(result, who, made)
    _fresh_tables_give_the_same_bytes(result, who, made)
    _the_order_of_the_input_does_not_matter(result, who, made, random)
    assert all(Line.from_dict(line.as_dict()) == line for line in result.lines)


def _totals_are_sums_of_whole_cents(result: Calculation) -> None:
    assert result.total == sum((line.amount for line in result.lines), D(0))
    assert result.total == sum(totals_by_component(result.lines).values(), D(0))
    assert result.total == sum(totals_by_beneficiary(result.lines).values(), D(0))
    for line in result.lines:
        assert line.amount == line.amount.quantize(D("0.01")) != 0
        assert line.kind in TAKEN_OFF or line.amount > 0


def _nobody_is_paid_for_being_a_member(result: Calculation, made: dict[int, Table]) -> None:
    shares: dict[tuple[int, int], Decimal] = {}
    for line in result.lines:
        key = (line.unit_id, line.beneficiary)
        shares[key] = shares.get(key, D(0)) + line.amount
    assert all(euros >= 0 for euros in shares.values())
    for unit, decided in made.items():
        net = sum((euros for (table_unit, _), euros in shares.items() if table_unit == unit), D(0))
        assert decided.cap is None or net <= decided.cap


def _each_key_is_charged_once(result: Calculation) -> None:
    keys = [line.key for line in result.lines if line.amount > 0]
    assert len(keys) == len(set(keys))
    assert None not in keys


def _the_second_run_charges_nothing(result: Calculation, who: PayerInput, made: dict[int, Table]) -> None:
    second = price(who, made, ABOVE, charged=result.keys)
    assert second.lines == ()
    assert second.errors == result.errors
    assert second.keys == frozenset()


def _fresh_tables_give_the_same_bytes(result: Calculation, who: PayerInput, made: dict[int, Table]) -> None:
    fresh = {unit: replace(each) for unit, each in made.items()}
    assert calculation_hash(price(who, fresh, ABOVE)) == calculation_hash(result)


def _the_order_of_the_input_does_not_matter(
    result: Calculation, who: PayerInput, made: dict[int, Table], random: Any
) -> None:
    members, holdings = list(who.memberships), list(who.holdings)
    random.shuffle(members)
    random.shuffle(holdings)
    shuffled = price(
        PayerInput(who.key, tuple(members), tuple(holdings)), dict(reversed(made.items())), ABOVE
    )
    assert shuffled.lines == result.lines
    assert Counter(shuffled.errors) == Counter(result.errors)


@given(hectares, classes())
def test_a_class_is_found_as_by_reading_the_table(quantity: Decimal, rows: tuple[Bracket, ...]) -> None:
    rule = Rule("r", "bracket", bases=("field_ha",), brackets=rows, required=True)
    who = PayerInput(
        "p", (MembershipInput(1, 1, A, "farmer", 1),), (HoldingInput(1, {("field_ha", None): quantity}),)
    )
    result = priced(who, [table(A, rule)])
    fitting = [row for row in rows if row.lower <= quantity and (row.upper is None or quantity < row.upper)]
    if fitting:
        assert [line.amount for line in result.lines] == [row.amount for row in fitting if row.amount]
        assert not result.errors
    else:
        assert [error.code for error in result.errors] == ["no_bracket"]
        assert not result.lines


@given(hectares, classes())
def test_tiers_are_the_sum_of_their_parts(quantity: Decimal, rows: tuple[Bracket, ...]) -> None:
    rule = Rule("r", "tiered", bases=("field_ha",), brackets=rows, required=True)
    who = PayerInput(
        "p", (MembershipInput(1, 1, A, "farmer", 1),), (HoldingInput(1, {("field_ha", None): quantity}),)
    )
    result = priced(who, [table(A, rule)])
    if result.errors:
        assert not any(row.lower <= quantity and (row.upper is None or quantity < row.upper) for row in rows)
        return
    expected = D(0)
    for row in rows:
        for hundredth_from, hundredth_to in [
            (row.lower, quantity if row.upper is None else min(row.upper, quantity))
        ]:
            expected += max(hundredth_to - hundredth_from, D(0)) * row.amount
    assert abs(result.total - expected) <= D("0.005")
