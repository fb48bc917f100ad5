"""Short words for pricing tests: units, members, holdings and tables."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from billing.brackets import Bracket
from billing.pricing import Calculation, HoldingInput, MembershipInput, PayerInput, Rule, Table, price

UNION, REGION, A, B, MHY_A, MHY_B = 1, 2, 10, 11, 20, 21
ABOVE = dict.fromkeys((A, B, MHY_A, MHY_B), (REGION, UNION))
START, END = date(2026, 1, 1), date(2026, 12, 31)


def holding(id: int = 12, /, **values: Any) -> HoldingInput:
    """holding(12, field_ha="30", forest_ha_south={None: "100", 20: "15"})"""
    found: dict[tuple[str, int | None], Decimal] = {}
    for basis, value in values.items():
        parts = value if isinstance(value, Mapping) else {None: value}
        found |= {(basis, unit): Decimal(part) for unit, part in parts.items()}
    return HoldingInput(id, found)


def member(unit: int, type_code: str = "farmer", holding_id: int | None = 12, **more: Any) -> MembershipInput:
    more.setdefault("id", unit * 10 + more.get("party_id", 7))
    more.setdefault("party_id", 7)
    return MembershipInput(unit_id=unit, type_code=type_code, holding_id=holding_id, **more)


def payer(*items: MembershipInput | HoldingInput, key: str = "7") -> PayerInput:
    return PayerInput(
        key,
        tuple(item for item in items if isinstance(item, MembershipInput)),
        tuple(item for item in items if isinstance(item, HoldingInput)),
    )


def brackets(*rows: tuple[str, str | None, str]) -> tuple[Bracket, ...]:
    return tuple(
        Bracket(Decimal(lower), None if upper is None else Decimal(upper), Decimal(amount))
        for lower, upper, amount in rows
    )


def flat(code: str, amount: str, **more: Any) -> Rule:
    return Rule(code, "flat", amount=Decimal(amount), **more)


def table(unit: int, *rules: Rule, **more: Any) -> Table:
    return Table(unit, START, END, tuple(rules), **more)


def priced(who: PayerInput, tables: Iterable[Table], **more: Any) -> Calculation:
    return price(who, {each.unit_id: each for each in tables}, ABOVE, **more)


def amounts(result: Calculation) -> list[str]:
    return [str(line.amount) for line in result.lines]


def codes(remarks: Iterable[Any]) -> list[str]:
    return [remark.code for remark in remarks]
