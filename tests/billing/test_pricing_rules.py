from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing.pricing import (
    Calculation,
    HoldingInput,
    Line,
    Rule,
    Table,
    basis_text,
    bracket_text,
    calculation_hash,
    line_name,
    totals_by_beneficiary,
    totals_by_component,
)
from tests.billing.pricing_case import (
    MHY_A,
    MHY_B,
    REGION,
    UNION,
    A,
    B,
    amounts,
    brackets,
    codes,
    flat,
    holding,
    member,
    payer,
    priced,
    table,
)

D = Decimal
BASE = flat("base", "40")


def one(*rules: Rule, who: Any = None, **more: Any) -> Calculation:
    return priced(who or payer(member(A), holding(12, field_ha="30")), [table(A, *rules)], **more)


# How an amount is calculated


@pytest.mark.parametrize(
    ("rule", "amount", "text"),
    [
        (
            Rule("r", "per_unit", bases=("field_ha",), unit_price=D("1.25")),
            "37.50",
            "30,00\u00a0ha × 1,25\u00a0€",
        ),
        (
            Rule("r", "per_unit", bases=("field_ha",), unit_price=D("0.0333")),
            "1.00",
            "30,00\u00a0ha × 0,0333\u00a0€",
        ),
        (
            Rule("r", "per_unit", bases=("field_ha",), unit_price=D(1), minimum=D(50)),
            "50.00",
            "30,00\u00a0ha × 1,00\u00a0€, vähimmäismaksu",
        ),
        (
            Rule("r", "per_unit", bases=("field_ha",), unit_price=D(1), maximum=D(20)),
            "20.00",
            "30,00\u00a0ha × 1,00\u00a0€, enimmäismaksu",
        ),
        (
            Rule("r", "bracket", bases=("field_ha",), brackets=brackets(("20", "40", "125"))),
            "125.00",
            "30,00\u00a0ha (20–39,99)",
        ),
        (
            Rule("r", "bracket", bases=("field_ha",), brackets=brackets(("20", None, "9.9"))),
            "9.90",
            "30,00\u00a0ha (20–)",
        ),
        (
            Rule(
                "r",
                "tiered",
                bases=("field_ha",),
                brackets=brackets(("0", "10", "2"), ("10", "20", "1"), ("20", None, "0.555")),
            ),
            "35.55",
            "30,00\u00a0ha",
        ),
        (flat("r", "40"), "40.00", ""),
        (flat("r", "40", bases=("field_ha",)), "40.00", "30,00\u00a0ha"),
    ],
)
def test_kinds(rule: Rule, amount: str, text: str) -> None:
    result = one(rule)
    assert amounts(result) == [amount]
    assert basis_text(result.lines[0]) == text


def test_texts_in_other_languages_and_with_other_units() -> None:
    rule = Rule("r", "per_unit", bases=("field_ha",), unit_price=D("1.5"), proration="monthly", maximum=D(20))
    (line,) = one(
        rule, who=payer(member(A, started_on=date(2026, 6, 15)), holding(12, field_ha="30.123"))
    ).lines
    assert basis_text(line, "sv") == "30,123\u00a0ha × 1,50\u00a0€, maximiavgift, 7/12 av året"
    assert basis_text(line, "en") == "30.123\u00a0ha × 1.50\u00a0€, maximum fee, 7/12 of the year"
    assert basis_text(line, "fi", {"field_ha": "hehtaaria"}).startswith("30,123\u00a0hehtaaria")
    assert bracket_text(D("1000"), D("5000"), "sv") == "1\u00a0000–4\u00a0999,99"
    assert bracket_text(D(0), D("2.5")) == "0–2,49"


def test_bases_are_added_up() -> None:
    rule = Rule("r", "per_unit", bases=("forest_ha_south", "forest_ha_north"), unit_price=D(1))
    assert amounts(
        one(rule, who=payer(member(A), holding(12, forest_ha_south="1.5", forest_ha_north="2")))
    ) == ["3.50"]
    assert amounts(one(rule, who=payer(member(A), holding(12, forest_ha_north="2")))) == ["2.00"]


@pytest.mark.parametrize("kind", ["bracket", "per_unit", "tiered", "flat"])
def test_a_basis_that_is_not_recorded(kind: str) -> None:
    rule = Rule(
        "r", kind, bases=("field_ha",), amount=D(5), unit_price=D(1), brackets=brackets(("0", None, "5"))
    )
    nothing = payer(member(A), holding(12))
    assert one(rule, who=nothing) == Calculation(())
    assert one(rule, who=payer(member(A), holding(12, field_ha="0"))) == Calculation(())
    for who in (nothing, payer(member(A, holding_id=None)), payer(member(A, holding_id=99))):
        result = one(replace(rule, required=True), who=who)
        assert codes(result.errors) == ["basis_missing"]
        assert result.lines == ()


def test_a_recorded_zero_is_a_quantity_where_the_basis_is_required() -> None:
    zero = payer(member(A), holding(12, field_ha="0"))
    rule = Rule("r", "bracket", bases=("field_ha",), required=True, brackets=brackets(("0", "10", "5")))
    assert amounts(one(rule, who=zero)) == ["5.00"]
    above = replace(rule, brackets=brackets(("1", "10", "5")))
    assert codes(one(above, who=zero).errors) == ["no_bracket"]


@pytest.mark.parametrize("quantity", ["4.99", "10", "15", "20", "1000"])
def test_outside_or_between_classes(quantity: str) -> None:
    rows = brackets(("5", "10", "50"), ("15.01", "20", "150"))
    who = payer(member(A), holding(12, field_ha=quantity))
    for kind in ("bracket", "tiered"):
        result = one(Rule("r", kind, bases=("field_ha",), brackets=rows), who=who)
        assert codes(result.errors) == ["no_bracket"], kind


def test_classes_may_be_given_in_any_order() -> None:
    rows = brackets(("20", None, "3"), ("0", "10", "1"), ("10", "20", "2"))
    assert amounts(one(Rule("r", "bracket", bases=("field_ha",), brackets=rows))) == ["3.00"]


def test_the_part_in_the_area_of_the_association() -> None:
    rule = Rule("r", "per_unit", bases=("field_ha",), unit_price=D(1), basis_area="unit")
    parts = {None: "30", A: "12", B: "18"}
    tables = [table(A, rule), table(B, rule)]
    who = payer(member(A), member(B), holding(12, field_ha=parts))
    assert amounts(priced(who, tables)) == ["12.00", "18.00"]
    whole = payer(member(A), holding(12, field_ha="30"))
    assert amounts(priced(whole, tables)) == ["30.00"]
    assert not priced(whole, tables).warnings
    elsewhere = priced(payer(member(A), holding(12, field_ha={None: "30", B: "18"})), tables)
    assert amounts(elsewhere) == ["30.00"]
    assert codes(elsewhere.warnings) == ["area_missing"]
    only_parts = priced(
        payer(member(A), holding(12, field_ha={A: "12", B: "18"})),
        [table(A, replace(rule, basis_area="total"))],
    )
    assert amounts(only_parts) == ["30.00"]


# Who is charged, and how many times


@pytest.mark.parametrize(
    ("once_per", "expected"),
    [
        ("membership", ["40.00"] * 4),
        ("person", ["40.00", "40.00"]),
        ("holding", ["40.00", "40.00"]),
        ("payer", ["40.00"]),
    ],
)
def test_once_per(once_per: str, expected: list[str]) -> None:
    rule = flat("general", "40", once_per=once_per)
    who = payer(
        member(A, holding_id=12),
        member(B, holding_id=12, party_id=8),
        member(MHY_A, holding_id=13),
        member(MHY_B, holding_id=13, party_id=8),
    )
    tables = [table(UNION, rule), *(table(unit) for unit in (A, B, MHY_A, MHY_B))]
    assert amounts(priced(who, tables)) == expected


def test_a_membership_without_a_holding_stands_for_its_person() -> None:
    rule = flat("general", "40", once_per="holding")
    result = priced(
        payer(member(A, holding_id=None), member(B, holding_id=None)),
        [table(UNION, rule), table(A), table(B)],
    )
    assert [(line.subject, str(line.amount)) for line in result.lines] == [("party:7", "40.00")]


def test_quantities_of_several_holdings_of_one_payer_are_added_up() -> None:
    rule = Rule(
        "r",
        "bracket",
        once_per="payer",
        bases=("field_ha",),
        brackets=brackets(("0", "20", "1"), ("20", None, "2")),
    )
    who = payer(
        member(A, holding_id=12),
        member(B, holding_id=13),
        holding(12, field_ha="15"),
        holding(13, field_ha="15"),
    )
    assert amounts(priced(who, [table(UNION, rule), table(A), table(B)])) == ["2.00"]
    per_holding = replace(rule, once_per="holding")
    assert amounts(priced(who, [table(UNION, per_holding), table(A), table(B)])) == ["1.00", "1.00"]


def test_the_order_is_union_region_associations_and_the_tables_own() -> None:
    tables = [
        table(B, flat("b", "1", position=2), flat("a", "2", position=1)),
        table(A, flat("x", "3")),
        table(REGION, flat("region", "4", once_per="payer")),
        table(UNION, flat("union", "5", once_per="payer")),
    ]
    result = priced(payer(member(B), member(A)), tables)
    assert [line.component for line in result.lines] == ["union", "region", "x", "a", "b"]


def test_types() -> None:
    farmers = flat("r", "40", types=frozenset({"farmer"}))
    assert amounts(one(farmers)) == ["40.00"]
    assert amounts(one(farmers, who=payer(member(A, "student")))) == []
    others = flat("r", "40", excluded_types=frozenset({"student"}))
    assert amounts(one(others)) == ["40.00"]
    assert amounts(one(others, who=payer(member(A, "student")))) == []
    honorary = payer(member(A, "honorary", fee_bearing=False))
    assert amounts(one(BASE, who=honorary)) == []
    assert amounts(one(replace(BASE, types=frozenset({"honorary"})), who=honorary)) == ["40.00"]


def test_a_unit_without_a_table_is_an_error_and_does_not_stop_the_others() -> None:
    result = priced(payer(member(A), member(B)), [table(A, BASE), table(UNION, flat("union", "5"))])
    assert codes(result.errors) == ["no_table"]
    assert result.errors[0].unit_id == B
    assert amounts(result) == ["5.00", "40.00"]
    assert codes(priced(payer(member(B)), []).errors) == ["no_table"]
    assert codes(priced(payer(member(B, fee_bearing=False)), []).errors) == []


def test_an_error_in_one_association_leaves_the_others_whole() -> None:
    broken = Rule("r", "bracket", bases=("field_ha",), brackets=brackets(("0", "1", "5")))
    who = payer(member(A), member(B), holding(12, field_ha="30"))
    result = priced(who, [table(A, broken), table(B, BASE)])
    assert [(error.unit_id, error.code) for error in result.errors] == [(A, "no_bracket")]
    assert amounts(result) == ["40.00"]


def test_what_was_charged_before_is_left_out_and_told() -> None:
    tables = [table(UNION, flat("general", "13", once_per="payer")), table(A, BASE), table(B, BASE)]
    first = priced(payer(member(A)), tables)
    second = priced(payer(member(A), member(B)), tables, charged=first.keys)
    assert [(line.unit_id, line.component) for line in second.lines] == [(B, "base")]
    assert codes(second.notes) == ["already_charged", "already_charged"]
    third = priced(payer(member(A), member(B)), tables, charged=first.keys | second.keys)
    assert third.lines == ()


def test_two_tables_that_ask_different_sums_for_the_same_thing() -> None:
    tables = [
        table(unit, flat("advocacy", amount, once_per="holding", beneficiary=UNION))
        for unit, amount in ((A, "18"), (B, "15"))
    ]
    result = priced(payer(member(A), member(B)), tables)
    assert amounts(result) == ["18.00"]
    assert codes(result.notes) == ["charged_elsewhere"]
    assert [(remark.code, remark.detail) for remark in result.warnings] == [("amount_differs", "18.00 15.00")]


# Part of a year


@pytest.mark.parametrize(
    ("proration", "joined", "amount", "share"),
    [
        ("none", "2026-11-30", "120.00", ""),
        ("monthly", "2025-05-01", "120.00", ""),
        ("monthly", "2026-01-01", "120.00", ""),
        ("monthly", "2026-01-31", "120.00", ""),
        ("monthly", "2026-02-01", "110.00", "11/12"),
        ("monthly", "2026-06-15", "70.00", "7/12"),
        ("monthly", "2026-12-31", "10.00", "1/12"),
        ("half_year", "2026-06-30", "120.00", ""),
        ("half_year", "2026-07-01", "60.00", "1/2"),
        ("half_year", "2026-12-31", "60.00", "1/2"),
    ],
)
def test_proration(proration: str, joined: str, amount: str, share: str) -> None:
    result = one(
        flat("r", "120", proration=proration), who=payer(member(A, started_on=date.fromisoformat(joined)))
    )
    assert amounts(result) == [amount]
    assert result.lines[0].share == share


def test_shares_are_rounded_once() -> None:
    result = one(flat("r", "10", proration="monthly"), who=payer(member(A, started_on=date(2026, 6, 1))))
    assert amounts(result) == ["5.83"]


@pytest.mark.parametrize(
    ("joined", "charged"), [("2026-09-30", True), ("2026-10-01", False), ("2025-12-31", True)]
)
def test_joined_after_the_cutoff(joined: str, charged: bool) -> None:
    result = one(
        flat("r", "40", join_cutoff="09-30"), who=payer(member(A, started_on=date.fromisoformat(joined)))
    )
    assert amounts(result) == (["40.00"] if charged else [])
    assert codes(result.notes) == ([] if charged else ["joined_after_cutoff"])


def test_a_cutoff_in_a_period_that_is_no_calendar_year() -> None:
    period = Table(
        A, date(2026, 7, 1), date(2027, 6, 30), (flat("r", "40", join_cutoff="02-29", proration="monthly"),)
    )
    for joined, expected in ((date(2027, 2, 28), ["16.67"]), (date(2027, 3, 1), [])):
        assert amounts(priced(payer(member(A, started_on=joined)), [period])) == expected


def test_the_longest_membership_decides_what_is_shared() -> None:
    rule = flat("general", "120", once_per="payer", proration="monthly", join_cutoff="10-31")
    tables = [table(UNION, rule), table(A), table(B)]
    late, early = member(A, started_on=date(2026, 11, 1)), member(B, started_on=date(2026, 7, 1))
    assert amounts(priced(payer(late, early), tables)) == ["60.00"]
    assert amounts(priced(payer(early, late), tables)) == ["60.00"]
    assert amounts(priced(payer(late), tables)) == []


@pytest.mark.parametrize(
    ("started", "ended", "charged"),
    [
        (None, None, True),
        ("2027-01-01", None, False),
        ("2026-12-31", None, True),
        (None, "2025-12-31", False),
        (None, "2026-01-01", True),
    ],
)
def test_memberships_outside_the_period(started: str | None, ended: str | None, charged: bool) -> None:
    days = {
        "started_on": started and date.fromisoformat(started),
        "ended_on": ended and date.fromisoformat(ended),
    }
    result = priced(payer(member(A, **days)), [table(UNION, flat("union", "1")), table(A, BASE)])
    assert len(result.lines) == (2 if charged else 0)
    assert codes(result.notes) == ([] if charged else ["outside_period"])


# What is taken off


def test_family_members_covered_by_anothers_fee_pay_nothing_and_it_is_shown() -> None:
    head, spouse = member(A, party_id=7), member(A, party_id=8, covered=True)
    result = one(BASE, who=payer(head, spouse))
    assert [(line.component, line.party_id, str(line.amount)) for line in result.lines] == [
        ("base", 7, "40.00"),
        ("base", 8, "40.00"),
        ("family", 8, "-40.00"),
    ]
    assert codes(result.notes) == ["covered"]
    assert line_name(result.lines[2], {}, "sv").startswith("Familjemedlem")
    assert basis_text(result.lines[2]) == ""


def test_what_a_family_shares_is_charged_in_full() -> None:
    rule = flat("general", "40", once_per="holding")
    head, spouse = member(A, party_id=7), member(A, party_id=8, covered=True)
    assert amounts(one(rule, who=payer(head, spouse))) == ["40.00"]
    assert amounts(one(rule, who=payer(spouse, head))) == ["40.00"]


def test_a_tables_own_fee_for_family_members() -> None:
    head, spouse = member(A, party_id=7), member(A, party_id=8, covered=True)
    result = one(BASE, flat("family_fee", "10", condition="family"), who=payer(head, spouse))
    assert [(line.component, line.party_id) for line in result.lines] == [("base", 7), ("family_fee", 8)]


def test_a_tables_own_discount_for_family_members() -> None:
    discount = Rule("family_discount", "percent_discount", percent=D(50), condition="family", position=9)
    head, spouse = member(A, party_id=7), member(A, party_id=8, covered=True)
    result = one(BASE, discount, who=payer(head, spouse))
    assert amounts(result) == ["40.00", "40.00", "-20.00"]
    assert basis_text(result.lines[2]) == "50\u00a0%"
    assert basis_text(result.lines[2], "en") == "50%"


@pytest.mark.parametrize(
    ("rule", "off"),
    [
        (Rule("d", "percent_discount", percent=D("12.5")), "-5.00"),
        (Rule("d", "percent_discount", percent=D(50), maximum=D(7)), "-7.00"),
        (Rule("d", "amount_discount", amount=D(15)), "-15.00"),
        (Rule("d", "amount_discount", amount=D(99)), "-40.00"),
    ],
)
def test_discounts(rule: Rule, off: str) -> None:
    assert amounts(one(BASE, replace(rule, position=5))) == ["40.00", off]
    assert amounts(one(BASE, replace(rule, types=frozenset({"student"})))) == ["40.00"]


def test_a_discount_lowers_only_the_share_of_its_own_beneficiary() -> None:
    central = flat("central", "18", beneficiary=UNION)
    discount = Rule("d", "percent_discount", percent=D(100))
    result = one(BASE, central, discount)
    assert totals_by_beneficiary(result.lines) == {A: D(0), UNION: D(18)}


def test_discounts_follow_each_other_and_never_go_below_nothing() -> None:
    half = Rule("half", "percent_discount", percent=D(50), position=1)
    rest = Rule("rest", "amount_discount", amount=D(30), position=2)
    assert amounts(one(BASE, half, rest)) == ["40.00", "-20.00", "-20.00"]


def test_a_discount_keeps_accounts_and_vat_rates_apart() -> None:
    service = flat("service", "100", account="3100", vat_code="S", vat_rate=D("25.5"), position=1)
    result = one(
        replace(BASE, account="3000"),
        service,
        Rule("d", "percent_discount", percent=D(10), once_per="payer", position=2),
    )
    assert [
        (str(line.amount), line.account, line.vat_code, str(line.vat_rate)) for line in result.lines[2:]
    ] == [
        ("-4.00", "3000", "O", "0"),
        ("-10.00", "3100", "S", "25.5"),
    ]


@pytest.mark.parametrize(("percent", "left"), [("100", "0.00"), ("50", "20.00"), ("33.33", "26.67")])
def test_exemptions(percent: str, left: str) -> None:
    result = one(
        BASE, who=payer(member(A, exemption=D(percent), exemption_reason="hallituksen päätös 12.1.2026"))
    )
    assert str(result.total) == left
    assert result.lines[1].kind == "exemption"
    assert basis_text(result.lines[1]).endswith("%, hallituksen päätös 12.1.2026")


def test_an_exemption_in_one_association_frees_only_what_depends_on_it_alone() -> None:
    tables = [table(UNION, flat("general", "13", once_per="payer")), table(A, BASE), table(B, BASE)]
    free = member(A, exemption=D(100))
    result = priced(payer(free, member(B)), tables)
    assert totals_by_beneficiary(result.lines) == {UNION: D(13), A: D(0), B: D(40)}
    alone = priced(payer(free), tables)
    assert alone.total == 0
    assert alone.keys, "what was freed counts as charged"


def test_family_cover_and_exemption_do_not_free_twice() -> None:
    result = one(BASE, who=payer(member(A, covered=True, exemption=D(100))))
    assert amounts(result) == ["40.00", "-40.00"]


@pytest.mark.parametrize(
    ("cap", "expected"), [("40", ["40.00"]), ("39.99", ["40.00", "-0.01"]), ("0", ["40.00", "-40.00"])]
)
def test_cap(cap: str, expected: list[str]) -> None:
    result = priced(payer(member(A)), [table(A, BASE, cap=D(cap))])
    assert amounts(result) == expected
    if len(expected) == 2:
        assert (result.lines[1].component, result.lines[1].beneficiary, result.lines[1].subject) == (
            "cap",
            A,
            "payer:7",
        )
        assert line_name(result.lines[1], {}) == "Jäsenmaksukatto"


def test_cap_takes_from_the_units_own_share_first() -> None:
    central = flat("central", "18", beneficiary=UNION)
    result = priced(payer(member(A)), [table(A, BASE, central, cap=D(30))])
    assert totals_by_beneficiary(result.lines) == {A: D(12), UNION: D(18)}
    tight = priced(payer(member(A)), [table(A, BASE, central, cap=D(10))])
    assert totals_by_beneficiary(tight.lines) == {A: D(0), UNION: D(10)}


def test_cap_counts_what_was_charged_earlier_in_the_period() -> None:
    own = [table(A, BASE, cap=D(50))]
    assert priced(payer(member(A)), own, charged_totals={A: D(30)}).total == D(20)
    assert priced(payer(member(A)), own, charged_totals={A: D(60)}).total == D(0)
    assert priced(payer(member(A)), own, charged_totals={B: D(60)}).total == D(40)


def test_cap_comes_after_discounts_and_exemptions() -> None:
    half = Rule("half", "percent_discount", percent=D(50))
    own = table(A, flat("base", "100"), half, cap=D(60))
    assert amounts(priced(payer(member(A)), [own])) == ["100.00", "-50.00"]


def test_nothing_to_charge_makes_no_line() -> None:
    assert one(flat("r", "0")) == Calculation(())
    assert one() == Calculation(())
    assert priced(payer(), []) == Calculation(())


# What is kept


def test_lines_go_to_json_and_back() -> None:
    rules = (
        Rule("field", "bracket", bases=("field_ha",), brackets=brackets(("20", "40", "125")), account="3000"),
        flat("service", "10", vat_code="S", vat_rate=D("25.5")),
        Rule("half", "percent_discount", percent=D(50), position=3),
    )
    result = one(
        *rules, who=payer(member(A, exemption=D(10), exemption_reason="syy"), holding(12, field_ha="30.10"))
    )
    for line in result.lines:
        data = line.as_dict()
        assert all(isinstance(value, str | int | list) for value in data.values()), data
        assert Line.from_dict(data) == line
    assert result.lines[0].as_dict()["quantity"] == "30.10"


def test_the_hash_is_the_same_everywhere_and_changes_with_every_line() -> None:
    assert calculation_hash(one(BASE)) == calculation_hash(one(BASE)) == "3f960c8522be550dad42079a3f2601da"
    late = payer(member(A, started_on=date(2026, 6, 1)))
    cutoff = flat("base", "40", join_cutoff="01-31")
    different = {
        calculation_hash(result)
        for result in (
            one(BASE),
            one(),
            one(flat("base", "40.01")),
            one(flat("base2", "40")),
            one(cutoff, who=late),
        )
    }
    assert len(different) == 5


def test_totals_by_component_and_beneficiary() -> None:
    tables = [table(UNION, flat("base", "13", once_per="payer")), table(A, BASE), table(B, BASE)]
    lines = priced(payer(member(A), member(B)), tables).lines
    assert totals_by_component(lines) == {(UNION, "base"): D(13), (A, "base"): D(40), (B, "base"): D(40)}
    assert totals_by_beneficiary(lines) == {UNION: D(13), A: D(40), B: D(40)}


def test_names_of_components() -> None:
    own = table(A, flat("base", "40", names={"fi": "Jäsenmaksu", "sv": "Medlemsavgift"}))
    (line,) = priced(payer(member(A)), [own]).lines
    assert line_name(line, {A: own}, "sv") == "Medlemsavgift"
    assert line_name(line, {A: own}, "en") == "Jäsenmaksu"
    assert line_name(line, {}) == "base"


def test_a_holding_is_found_by_its_id_only() -> None:
    who = payer(member(A), HoldingInput(99, {("field_ha", None): D(30)}))
    assert one(Rule("r", "per_unit", bases=("field_ha",), unit_price=D(1)), who=who) == Calculation(())
