"""What billing tells the register of its members' fees: what is unpaid, and for whom the year has been charged (REG-5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from billing.loading import rows
from billing.models import InvoiceLine
from billing.models.invoices import InvoiceKind
from jasenpalvelu.common.money import ZERO
from members import dues
from members.dues import Arrears
from members.models import Membership
from members.states import OPEN

_CHARGED = """
SELECT DISTINCT m.id FROM members_membership m
LEFT JOIN members_holding h ON h.id = m.holding_id
JOIN billing_invoice i ON i.payer_id IN (m.party_id, m.payer_id, h.responsible_id) AND i.kind = 'invoice'
JOIN billing_invoiceline l ON l.invoice_id = i.id AND l.unit_id = m.unit_id
WHERE m.id = ANY(%(memberships)s) AND NOT l.released AND l.charge_key LIKE %(year)s
  AND coalesce((l.data->>'membership_id')::bigint, m.id) = m.id
"""


@dataclass
class _Owed:
    """The unit's part of open invoices, gathered for one membership or one payer."""

    due_on: date = date.max
    parts: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    limits: dict[str, Decimal] = field(default_factory=dict)

    def add(self, line: InvoiceLine) -> None:
        number = line.invoice.number_text
        self.due_on = min(self.due_on, line.invoice.due_date)
        self.parts[number] += line.amount
        self.limits[number] = line.invoice.open_amount

    def told(self) -> Arrears:
        """What is open is never more than the unit's own lines: the rest of a joint invoice is owed to others."""
        total = sum((min(part, self.limits[number]) for number, part in self.parts.items()), ZERO)
        return Arrears(total, self.due_on, tuple(sorted(self.parts)))


@dues.tells_unpaid
def unpaid(unit_id: int, due_by: date) -> dict[int, Arrears]:
    """Of the unit's fees on invoices that fell due on the day or before and are open, by the membership they are for.

    A line of a payer's or a holding's fee tells no membership: it is every membership's that the payer pays for there.
    """
    lines = InvoiceLine.objects.filter(
        unit_id=unit_id,
        released=False,
        amount__gt=0,
        invoice__kind=InvoiceKind.INVOICE,
        invoice__open_amount__gt=0,
        invoice__due_date__lte=due_by,
    ).select_related("invoice")
    by_membership: dict[int, _Owed] = defaultdict(_Owed)
    by_payer: dict[int, _Owed] = defaultdict(_Owed)
    for line in lines.order_by("pk"):
        if membership := line.data.get("membership_id"):
            by_membership[membership].add(line)
        else:
            by_payer[line.data.get("party_id") or line.invoice.payer_id].add(line)
    found = {pk: owed.told() for pk, owed in by_membership.items()}
    return _of_payers(unit_id, by_payer) | found


def _of_payers(unit_id: int, by_payer: dict[int, _Owed]) -> dict[int, Arrears]:
    if not by_payer:
        return {}
    rows = Membership.objects.filter(unit_id=unit_id, state__in=OPEN, party_id__in=by_payer)
    others = Membership.objects.filter(unit_id=unit_id, state__in=OPEN, payer_id__in=by_payer)
    found = {m.pk: by_payer[m.party_id].told() for m in rows.order_by("pk")}
    return found | {m.pk: by_payer[m.payer_id].told() for m in others.order_by("pk") if m.payer_id}


@dues.tells_charged
def charged(memberships: Iterable[int], year: int) -> frozenset[int]:
    """Which of the memberships have a line of the fee year on an invoice that no credit note has freed."""
    wanted = sorted(memberships)
    if not wanted:
        return frozenset()
    found = rows(_CHARGED, {"memberships": wanted, "year": f"{year}:%"})
    return frozenset(pk for (pk,) in found)
