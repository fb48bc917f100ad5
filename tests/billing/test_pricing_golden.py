"""Published tariffs and examples give exactly the published sums."""

from decimal import Decimal
from typing import Any

import pytest

from billing.allocation import parts
from billing.pricing import basis_text, line_name
from billing.tariffs import columns, tariffs
from tests.billing.pricing_case import (
    MHY_A,
    MHY_B,
    UNION,
    A,
    B,
    amounts,
    codes,
    flat,
    holding,
    member,
    payer,
    priced,
    table,
)
from tests.billing.vectors import VECTORS

D = Decimal
KAAKKO = tariffs()["mhy_kaakko_2021"].table(MHY_A, UNION)
MTK = tariffs()["mtk_2022"].table(UNION)
FARM = {"field_ha": "30", "animal_units": "12", "forest_ha_south": "100"}


def forest_owner(hectares: str, unit: int = MHY_A, basis: str = "forest_ha_south") -> Any:
    return payer(member(unit, "forest_owner"), holding(12, **{basis: hectares}))


@pytest.mark.parametrize("case", VECTORS["fee"], ids=lambda case: case["hectares"])
def test_kaakko_2021_vectors(case: dict[str, Any]) -> None:
    result = priced(forest_owner(case["hectares"]), [KAAKKO])
    assert str(result.total) == case["total"]
    assert not result.errors


@pytest.mark.parametrize(
    ("hectares", "total"),
    [
        ("9.99", "60"),
        ("9.995", "60"),
        ("10", "80"),
        ("49.99", "110"),
        ("50", "200"),
        ("199.99", "220"),
        ("200", "260"),
    ]
    + [("1000", "300"), ("0", "60"), ("0.01", "60"), ("4999.999", "300")],
)
def test_kaakko_2021_at_the_edges(hectares: str, total: str) -> None:
    result = priced(forest_owner(hectares), [KAAKKO])
    assert result.total == D(total)
    own, central = result.lines
    assert (own.beneficiary, central.beneficiary) == (MHY_A, UNION)
    assert central.amount == D(18)


def test_no_class_is_an_error_and_never_zero() -> None:
    result = priced(forest_owner("5000"), [KAAKKO])
    assert codes(result.errors) == ["no_bracket"]
    assert result.errors[0].as_dict() == {
        "code": "no_bracket",
        "unit_id": MHY_A,
        "component": "forest_fee",
        "subject": "holding:12",
        "detail": "5000",
    }


def test_the_table_agrees_with_the_published_classes() -> None:
    published = VECTORS["fee_table_mhy_kaakko_2021"]
    rule = KAAKKO.rule("forest_fee")
    assert rule is not None
    assert [[str(row.lower), str(row.upper), str(row.amount)] for row in rule.brackets] == published[
        "brackets"
    ]


def test_mtk_2022_example_one() -> None:
    result = priced(payer(member(A), holding(12, **FARM)), [MTK, table(A)])
    assert amounts(result) == ["13.00", "125.00", "50.00", "7.00"]
    assert result.total == D("195.00")
    assert [basis_text(line) for line in result.lines] == [
        "",
        "30,00\u00a0ha (20–39,99)",
        "12,00\u00a0ey (10–19,99)",
        "100,00\u00a0ha",
    ]
    assert line_name(result.lines[0], {UNION: MTK}, "sv") == "Intressebevakningsavgift, grunddel"


def test_mtk_2022_example_two_is_295_though_the_page_printed_293() -> None:
    result = priced(payer(member(A), holding(12, field_ha="99.99", forest_ha_south="50")), [MTK, table(A)])
    assert amounts(result) == ["13.00", "275.00", "7.00"]
    assert result.total == D("295.00")


@pytest.mark.parametrize(
    ("values", "total"),
    [
        ({"forest_ha_south": "5"}, "20"),
        ({"forest_ha_north": "5"}, "17"),
        ({"person_years": "2.99"}, "113"),
        ({"person_years": "3"}, "213"),
        ({"person_years": "0"}, "13"),
        ({"field_ha": "20"}, "138"),
        ({"field_ha": "39.99"}, "138"),
        ({"field_ha": "80"}, "288"),
        ({}, "13"),
    ],
)
def test_mtk_2022_parts(values: dict[str, str], total: str) -> None:
    result = priced(payer(member(A), holding(12, **values)), [MTK, table(A)])
    assert result.total == D(total)
    assert not result.errors


@pytest.mark.parametrize(
    "values",
    [
        {"field_ha": "19.99"},
        {"field_ha": "40"},
        {"field_ha": "79.99"},
        {"field_ha": "100"},
        {"animal_units": "9.99"},
    ],
)
def test_classes_that_were_not_published_are_errors(values: dict[str, str]) -> None:
    result = priced(payer(member(A), holding(12, **values)), [MTK, table(A)])
    assert codes(result.errors) == ["no_bracket"]
    assert result.total == D(13), "the other components are still shown"


def test_one_payer_in_three_associations_pays_344_and_the_general_part_once() -> None:
    base = flat("base_fee", "45")
    own = tariffs()["mhy_kaakko_2021"]
    mhy = [own.table(unit, UNION) for unit in (MHY_A, MHY_B)]
    classes = mhy[0].rules[0]
    by_area = type(classes)(
        **{name: getattr(classes, name) for name in type(classes).__slots__} | {"basis_area": "unit"}
    )
    farm = FARM | {"forest_ha_south": {None: "100", MHY_A: "15", MHY_B: "8"}}
    who = payer(member(A), member(MHY_A, "forest_owner"), member(MHY_B, "forest_owner"), holding(12, **farm))
    tables = [MTK, table(A, base), table(MHY_A, by_area), table(MHY_B, by_area)]
    result = priced(who, tables)
    expected = VECTORS["fee_mtk_2022"][1]
    assert amounts(result) == expected["parts"]
    assert str(result.total) == expected["total"]
    assert [line.beneficiary for line in result.lines] == [UNION] * 4 + [A, MHY_A, MHY_B]


@pytest.mark.parametrize(
    ("hectares", "total"), [("19.99", "80"), ("20", "135"), ("49.9", "135"), ("50", "220")]
)
def test_kanta_hame_2022_with_the_union(hectares: str, total: str) -> None:
    own = tariffs()["mhy_kanta_hame_2022"].table(MHY_A)
    assert priced(forest_owner(hectares), [MTK, own]).total == D(total)


@pytest.mark.parametrize(
    ("hectares", "total"),
    [
        ("9.99", "54"),
        ("10", "64"),
        ("20", "78"),
        ("99.99", "129"),
        ("100", "179"),
        ("999.99", "230"),
        ("1000", "260"),
        ("9000", "260"),
    ],
)
def test_pyha_kala_2021(hectares: str, total: str) -> None:
    own = tariffs()["mhy_pyha_kala_2021"].table(MHY_A, UNION)
    assert priced(forest_owner(hectares, basis="forest_ha_north"), [own]).total == D(total)


def test_paijat_hame_2021() -> None:
    own = tariffs()["mhy_paijat_hame_2021"].table(MHY_A, UNION)
    assert priced(forest_owner("3"), [own]).total == D(127)
    assert priced(forest_owner("3000"), [own]).total == D(127)
    assert amounts(priced(payer(member(MHY_A, "supporting", None)), [own])) == ["50.00"]


def test_spouses_under_one_y_tunnus_pay_the_central_part_once() -> None:
    tables = [tariffs()["mhy_kaakko_2021"].table(unit, UNION) for unit in (MHY_A, MHY_B)]
    one = member(MHY_A, "forest_owner", 12, party_id=7)
    other = member(MHY_B, "forest_owner", 12, party_id=8)
    together = priced(payer(one, other, holding(12, forest_ha_south="30")), tables)
    assert amounts(together) == ["92.00", "18.00", "92.00"]
    assert codes(together.notes) == ["charged_elsewhere"]
    apart = [
        priced(payer(one, holding(12, forest_ha_south="30")), tables),
        priced(payer(other._replace(holding_id=13), holding(13, forest_ha_south="30"), key="8"), tables),
    ]
    assert [amounts(result) for result in apart] == [["92.00", "18.00"], ["92.00", "18.00"]]


@pytest.mark.parametrize(
    "case", VECTORS["cap_and_instalment_threshold"], ids=lambda case: f"{case['raw']}-{case['jakoraja']}"
)
def test_cap_and_threshold(case: dict[str, Any]) -> None:
    own = table(A, flat("base_fee", case["raw"]), cap=D(case["cap"]))
    total = priced(payer(member(A)), [own]).total
    threshold = D(case["jakoraja"]) if case["jakoraja"] else None
    assert [str(part) for part in parts(total, threshold)] == case["parts"]


@pytest.mark.parametrize("slug", list(tariffs()))
def test_every_ready_tariff_is_whole(slug: str) -> None:
    tariff = tariffs()[slug]
    assert {"fi", "sv", "en"} <= tariff.names.keys()
    assert tariff.note
    built = tariff.table(A, UNION, 2026)
    assert (built.period_start.year, built.period_end.month) == (2026, 12)
    assert len({rule.code for rule in built.rules}) == len(built.rules)
    for rule in built.rules:
        stored = columns(rule)
        assert all(0 < len(stored[f"name_{language}"]) <= 80 for language in ("fi", "sv", "en"))
        assert (rule.kind in {"bracket", "tiered"}) == bool(rule.brackets)
        assert stored["types"] == sorted(rule.types)
        assert stored["bases"] == list(rule.bases)


def test_a_tariff_that_collects_for_the_union_asks_which() -> None:
    with pytest.raises(ValueError, match="which one"):
        tariffs()["mhy_kaakko_2021"].table(MHY_A)


def test_the_examples_have_a_class_for_everyone() -> None:
    union = tariffs()["example_union"].table(UNION)
    own = tariffs()["example_association"].table(A, UNION)
    forest = tariffs()["example_forest_association"].table(MHY_B, UNION)
    for size in ("0", "0.01", "4.99", "5", "19.99", "100", "149.99", "150", "100000"):
        values = {"field_ha": size, "animal_units": size, "person_years": size, "forest_ha_south": size}
        who = payer(member(A), member(MHY_B, "forest_owner"), holding(12, **values))
        assert not priced(who, [union, own, forest]).errors, size


def test_units_above_without_a_table_charge_nothing() -> None:
    assert amounts(priced(payer(member(B)), [table(B, flat("base_fee", "30"))])) == ["30.00"]
