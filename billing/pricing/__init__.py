"""From fee tables and fee bases to the lines of an invoice. Pure: no database, no clock, no Django.

`price` calculates one payer. Tables are data (`Table`, `Rule`, `Bracket`), so are the bases; a new tariff needs no code.
"""

from billing.brackets import Bracket
from billing.pricing.engine import price
from billing.pricing.model import (
    AMOUNT_DISCOUNT,
    BRACKET,
    CAP,
    EXEMPTION,
    FAMILY,
    FLAT,
    PER_UNIT,
    PERCENT_DISCOUNT,
    TIERED,
    Calculation,
    HoldingInput,
    Key,
    Line,
    MembershipInput,
    PayerInput,
    Remark,
    Rule,
    Table,
)
from billing.pricing.texts import basis_text, bracket_text, line_name
from billing.pricing.totals import calculation_hash, totals_by_beneficiary, totals_by_component

__all__ = [
    "AMOUNT_DISCOUNT",
    "BRACKET",
    "CAP",
    "EXEMPTION",
    "FAMILY",
    "FLAT",
    "PERCENT_DISCOUNT",
    "PER_UNIT",
    "TIERED",
    "Bracket",
    "Calculation",
    "HoldingInput",
    "Key",
    "Line",
    "MembershipInput",
    "PayerInput",
    "Remark",
    "Rule",
    "Table",
    "basis_text",
    "bracket_text",
    "calculation_hash",
    "line_name",
    "price",
    "totals_by_beneficiary",
    "totals_by_component",
]
