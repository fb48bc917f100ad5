"""A fee table made ready for hundreds of thousands of payers: what can be known beforehand is worked out once."""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from billing.brackets import Bracket
from billing.pricing.model import (
    BRACKET,
    DISCOUNTS,
    FLAT,
    NO_AMOUNT,
    PER_UNIT,
    TIERED,
    HoldingInput,
    MembershipInput,
    Rule,
    Table,
)
from jasenpalvelu.common.money import round_cents

FULL = (1, 1)
NOTHING = (0, 1)


class Amount(NamedTuple):
    """What one rule gives for one quantity, in whole cents, before the share of the period."""

    euros: Decimal
    quantity: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    unit_price: Decimal | None = None
    limited: str = ""


class NoBracketError(Exception):
    """The quantity lies outside every class of the rule: the meeting has decided nothing for it."""


class Charge:
    """A rule with its beneficiary settled, its classes ordered and its amounts rounded."""

    __slots__ = (
        "beneficiary",
        "brackets",
        "by_area",
        "cutoff",
        "flat",
        "index",
        "lowers",
        "prorated",
        "rule",
        "simple",
        "whole_period",
    )

    def __init__(self, rule: Rule, table: Table, index: int) -> None:
        self.rule = rule
        self.index = index
        self.beneficiary = table.unit_id if rule.beneficiary is None else rule.beneficiary
        self.brackets: tuple[Bracket, ...] = tuple(
            Bracket(row.lower, row.upper, row.amount if rule.kind == TIERED else round_cents(row.amount))
            for row in sorted(rule.brackets, key=lambda row: row.lower)
        )
        self.lowers = [row.lower for row in self.brackets]
        self.flat = Amount(round_cents(rule.amount or NO_AMOUNT))
        self.simple = rule.kind == FLAT and not rule.bases
        self.by_area = rule.basis_area == "unit"
        self.prorated = rule.proration != "none"
        self.cutoff = _day_in(table, rule.join_cutoff) if rule.join_cutoff else None
        self.whole_period = not self.prorated and self.cutoff is None

    def concerns(self, type_code: str, *, fee_bearing: bool) -> bool:
        rule = self.rule
        if rule.types:
            return type_code in rule.types and type_code not in rule.excluded_types
        return fee_bearing and type_code not in rule.excluded_types

    def amount(self, quantity: Decimal) -> Amount:
        """The yearly sum for a quantity. NoBracketError when no class of the rule contains it."""
        rule = self.rule
        if rule.kind == BRACKET:
            row = self._row(quantity)
            found = Amount(row.amount, quantity, row.lower, row.upper)
        elif rule.kind == PER_UNIT:
            price = rule.unit_price or NO_AMOUNT
            found = Amount(round_cents(quantity * price), quantity, None, None, price)
        elif rule.kind == TIERED:
            found = Amount(round_cents(self._tiers(quantity)), quantity)
        else:
            found = Amount(self.flat.euros, quantity)
        if rule.minimum is not None and found.euros < rule.minimum:
            found = found._replace(euros=round_cents(rule.minimum), limited="min")
        if rule.maximum is not None and found.euros > rule.maximum:
            found = found._replace(euros=round_cents(rule.maximum), limited="max")
        return found

    def _row(self, quantity: Decimal) -> Bracket:
        place = bisect_right(self.lowers, quantity) - 1
        if place >= 0:
            row = self.brackets[place]
            if row.upper is None or quantity < row.upper:
                return row
        raise NoBracketError

    def _tiers(self, quantity: Decimal) -> Decimal:
        """Each part of the quantity at the price of the class it falls into."""
        self._row(quantity)
        euros = NO_AMOUNT
        for row in self.brackets:
            if quantity <= row.lower:
                break
            top = quantity if row.upper is None else min(quantity, row.upper)
            euros += (top - row.lower) * row.amount
        return euros

    def share(self, member: MembershipInput, table: Table) -> tuple[int, int]:
        """Which part of the period this membership pays for, as a fraction."""
        joined = member.started_on
        if joined is None or joined <= table.period_start:
            return FULL
        if self.cutoff is not None and joined > self.cutoff:
            return NOTHING
        if self.rule.proration == "monthly":
            total = _months(table.period_start, table.period_end)
            left = _months(joined, table.period_end)
            return FULL if left >= total else (left, total)
        if self.rule.proration == "half_year" and _months(table.period_start, joined) > 6:
            return (1, 2)
        return FULL

    def quantity(
        self, holdings: Mapping[int, HoldingInput], ids: tuple[int, ...], unit_id: int
    ) -> tuple[Decimal | None, bool]:
        """The bases of these holdings added up; None when nothing is recorded. True when a part had to be guessed.

        With `basis_area` "unit" it is the part lying in the unit's area where that is recorded, else the whole.
        """
        total: Decimal | None = None
        guessed = False
        for holding_id in ids:
            holding = holdings.get(holding_id)
            if holding is None:
                continue
            values = holding.values
            for basis in self.rule.bases:
                value = values.get((basis, unit_id)) if self.by_area else None
                if value is None:
                    value = values.get((basis, None))
                    if value is None or self.by_area:
                        parts = [
                            part
                            for (name, unit), part in values.items()
                            if name == basis and unit is not None
                        ]
                        if value is None:
                            value = sum(parts, NO_AMOUNT) if parts else None
                        guessed = guessed or (self.by_area and bool(parts))
                if value is not None:
                    total = value if total is None else total + value
        return total, guessed


class CompiledTable:
    """A table's rules: charges and discounts in the order of their lines, and which of them concern a kind of member."""

    __slots__ = (
        "_chosen",
        "charges",
        "discounts",
        "family_discounts",
        "has_family_charges",
        "table",
        "unit_id",
    )

    def __init__(self, table: Table) -> None:
        ordered = sorted(table.rules, key=lambda rule: rule.position)
        made = [Charge(rule, table, index) for index, rule in enumerate(ordered)]
        self.table = table
        self.unit_id = table.unit_id
        self.charges = [charge for charge in made if charge.rule.kind not in DISCOUNTS]
        self.discounts = [charge for charge in made if charge.rule.kind in DISCOUNTS]
        self.has_family_charges = any(charge.rule.condition == "family" for charge in self.charges)
        self.family_discounts = any(charge.rule.condition == "family" for charge in self.discounts)
        self._chosen: dict[tuple[str, bool, bool], tuple[Charge, ...]] = {}

    def charges_for(self, member: MembershipInput) -> tuple[Charge, ...]:
        """The charges a member of this type is asked for.

        Where the table has its own rules for family members, those covered by another's fee pay by them only.
        """
        key = (member.type_code, member.fee_bearing, member.covered)
        found = self._chosen.get(key)
        if found is None:
            family = member.covered and self.has_family_charges
            found = self._chosen[key] = tuple(
                charge
                for charge in self.charges
                if charge.concerns(member.type_code, fee_bearing=member.fee_bearing)
                and (charge.rule.condition == "family") == family
            )
        return found


def _day_in(table: Table, month_day: str) -> date:
    """The day MM-DD in the table's period; 29 February falls on the 28th of other years."""
    month, day = (int(part) for part in month_day.split("-"))
    for year in (table.period_start.year, table.period_end.year):
        try:
            found = date(year, month, day)
        except ValueError:
            found = date(year, month, day - 1)
        if table.period_start <= found:
            break
    return found


def _months(first: date, last: date) -> int:
    """How many calendar months two days touch, both included."""
    return (last.year - first.year) * 12 + last.month - first.month + 1
