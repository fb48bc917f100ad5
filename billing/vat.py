"""Value added tax of separately priced services. Membership fees are outside VAT (KHO 2014:38 and 2014:39): code O."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from jasenpalvelu.common.money import ZERO, round_cents

OUTSIDE = "O"
# Codes that carry a rate; the others (outside, zero, exempt, reverse charge) never do.
TAXED = frozenset({"S"})


class VatRow(NamedTuple):
    """One row of the VAT table: what was taxed at one rate, the tax, and both together."""

    code: str
    rate: Decimal
    net: Decimal
    tax: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax


def tax(net: Decimal, rate: Decimal, code: str = "S") -> Decimal:
    """The tax on a net amount at a rate in per cent, rounded half up. Nothing for codes that are not taxed."""
    return round_cents(net * rate / 100) if code in TAXED else ZERO


def breakdown(lines: Iterable[tuple[Decimal, str, Decimal]]) -> list[VatRow]:
    """Net amounts with code and rate, added up per rate before the tax is calculated, as the tax is declared."""
    sums: dict[tuple[str, Decimal], Decimal] = {}
    for net, code, rate in lines:
        key = (code, rate if code in TAXED else Decimal(0))
        sums[key] = sums.get(key, ZERO) + net
    return [VatRow(code, rate, net, tax(net, rate, code)) for (code, rate), net in sorted(sums.items())]
