"""What a calculation is made of: the tables decided, the payer's memberships and holdings, and the lines that result.

Amounts are euros, bases are quantities (hectares, animal units, person-years); all are Decimal. Units, memberships,
parties and holdings are known by their ids only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from billing.brackets import Bracket

if TYPE_CHECKING:
    from billing.pricing.compiled import CompiledTable

FLAT, PER_UNIT, BRACKET, TIERED = "flat", "per_unit", "bracket", "tiered"
PERCENT_DISCOUNT, AMOUNT_DISCOUNT = "percent_discount", "amount_discount"
DISCOUNTS = frozenset({PERCENT_DISCOUNT, AMOUNT_DISCOUNT})
# Lines no rule of a table makes: what a decision or the table as a whole takes off.
FAMILY, EXEMPTION, CAP = "family", "exemption", "cap"

OUTSIDE_VAT = "O"
NO_JOINED: Mapping[int, int] = {}
NO_AMOUNT = Decimal(0)


@dataclass(frozen=True, slots=True)
class Rule:
    """One component of a fee table.

    `once_per`: membership, person, holding or payer; however many memberships lead to the same subject, it is charged
    once for each beneficiary. `bases` are added up; without any the amount does not depend on the holding. A flat rule
    with bases is charged when they are above zero. `types` and `excluded_types` are the federation's membership types;
    no types means all that bear fees. `condition` "family" limits the rule to members covered by another's fee.

    `required`: a payer whose basis is not recorded is an error, and a zero is a quantity like others; otherwise both mean
    that the component does not concern the payer. `join_cutoff` "MM-DD": not charged in the period from those who joined
    after that day.
    """

    code: str
    kind: str
    names: Mapping[str, str] = field(default_factory=dict)
    once_per: str = "membership"
    bases: tuple[str, ...] = ()
    basis_area: str = "total"
    types: frozenset[str] = frozenset()
    excluded_types: frozenset[str] = frozenset()
    amount: Decimal | None = None
    unit_price: Decimal | None = None
    percent: Decimal | None = None
    brackets: tuple[Bracket, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    required: bool = False
    condition: str = ""
    proration: str = "none"
    join_cutoff: str = ""
    beneficiary: int | None = None
    account: str = ""
    vat_code: str = OUTSIDE_VAT
    vat_rate: Decimal = NO_AMOUNT
    position: int = 0

    def name(self, language: str) -> str:
        return self.names.get(language) or self.names.get("fi") or self.code


@dataclass(frozen=True)
class Table:
    """One unit's fees for a period. `cap` is the most it charges one payer (jäsenmaksukatto)."""

    unit_id: int
    period_start: date
    period_end: date
    rules: tuple[Rule, ...]
    version: int = 1
    cap: Decimal | None = None
    instalment_threshold: Decimal | None = None

    @cached_property
    def compiled(self) -> "CompiledTable":
        """The table made ready for calculating; worked out once for all payers."""
        from billing.pricing.compiled import CompiledTable

        return CompiledTable(self)

    def rule(self, code: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.code == code), None)


class MembershipInput(NamedTuple):
    """`exemption` is per cent of the fee, with its reason; `covered` means a family member covered by another's fee."""

    id: int
    party_id: int
    unit_id: int
    type_code: str
    holding_id: int | None = None
    started_on: date | None = None
    ended_on: date | None = None
    exemption: Decimal = NO_AMOUNT
    exemption_reason: str = ""
    covered: bool = False
    fee_bearing: bool = True
    name: str = ""


class HoldingInput(NamedTuple):
    """`values`: quantity by (basis, unit); unit None is the whole holding, a unit the part lying in its area."""

    id: int
    values: Mapping[tuple[str, int | None], Decimal]


class PayerInput(NamedTuple):
    """`joined`: a spouse's holding counted together with another at the couple's request, by the spouse's holding."""

    key: str
    memberships: tuple[MembershipInput, ...]
    holdings: tuple[HoldingInput, ...] = ()
    joined: Mapping[int, int] = NO_JOINED


class Key(NamedTuple):
    """What may be charged once in a period: the lock against billing twice."""

    component: str
    subject: str
    beneficiary: int


class Line(NamedTuple):
    """One printed row. The invoice's total is the sum of its lines and of nothing else.

    `unit_id` is whose table it comes from, `beneficiary` who gets the money. `subject` is what was charged: "payer:…",
    "party:7", "holding:12" or "membership:9". `share` is the part of the period, "7/12". `limited` tells that the
    minimum ("min") or maximum ("max") of the rule decided. `once_for` is whom a discount of a fixed sum is given to: a
    later invoice of the period does not give it again.
    """

    component: str
    kind: str
    unit_id: int
    beneficiary: int
    subject: str
    amount: Decimal
    membership_id: int | None = None
    party_id: int | None = None
    bases: tuple[str, ...] = ()
    quantity: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    unit_price: Decimal | None = None
    percent: Decimal | None = None
    share: str = ""
    limited: str = ""
    reason: str = ""
    account: str = ""
    vat_code: str = OUTSIDE_VAT
    vat_rate: Decimal = NO_AMOUNT
    once_for: str = ""

    @property
    def key(self) -> Key | None:
        """What this line charges or gives once in a period; None for what follows the charges it is taken off."""
        if self.amount > 0:
            return Key(self.component, self.subject, self.beneficiary)
        return Key(self.component, self.once_for, self.beneficiary) if self.once_for else None

    def as_dict(self) -> dict[str, Any]:
        """For JSON: without what is empty, decimals as text."""
        found: dict[str, Any] = {}
        for name, value in zip(_FIELDS, self, strict=True):
            if value is None or value == "" or value == ():
                continue
            if value.__class__ is Decimal:
                if value or name != "vat_rate":
                    found[name] = _plain(value)
            elif isinstance(value, tuple):
                found[name] = list(value)
            elif name != "vat_code" or value != OUTSIDE_VAT:
                found[name] = value
        return found

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Line":
        values = dict(data)
        for name in _DECIMALS & values.keys():
            values[name] = Decimal(values[name])
        if "bases" in values:
            values["bases"] = tuple(values["bases"])
        return cls(**values)


_FIELDS = Line._fields
_DECIMALS = frozenset({"amount", "quantity", "lower", "upper", "unit_price", "percent", "vat_rate"})


def _plain(number: Decimal) -> str:
    text = str(number)
    return format(number, "f") if "E" in text else text


class Remark(NamedTuple):
    """An error, a warning or a note about one payer: `code` is translated for people, the rest says what it is about.

    Errors: no_table, no_bracket, basis_missing. Warnings: area_missing, amount_differs. Notes: already_charged,
    charged_elsewhere, joined_after_cutoff, outside_period, covered, joined_areas.
    """

    code: str
    unit_id: int
    component: str = ""
    subject: str = ""
    detail: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {name: value for name, value in zip(self._fields, self, strict=True) if value != ""}


class Calculation(NamedTuple):
    """The result for one payer. With errors the lines are what could be calculated, for looking at, not for an invoice."""

    lines: tuple[Line, ...]
    errors: tuple[Remark, ...] = ()
    warnings: tuple[Remark, ...] = ()
    notes: tuple[Remark, ...] = ()

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal("0.00"))

    @property
    def keys(self) -> frozenset[Key]:
        """What this calculation charges, to be handed to the next run as already charged."""
        return frozenset(key for line in self.lines if (key := line.key) is not None)

    def as_dict(self) -> dict[str, Any]:
        return {name: [item.as_dict() for item in getattr(self, name)] for name in self._fields}
