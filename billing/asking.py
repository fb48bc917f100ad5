"""What one payer would be billed now: the memberships, the holdings with their fee bases, the lines, the address (REG-16).

By the same tables and the same calculation as a run, as things stand on the day. Nothing is stored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from django.db.models import Prefetch
from django.utils.translation import get_language

from billing import charged, loading, remarks, settling
from billing.loading import Fees, PayerRecord
from billing.models import CheckRound
from billing.pricing import Calculation, basis_text, line_name, price
from billing.services.previewing import basis_units
from members.models import ContactPoint, FeeBasisValue, Holding, JoinedAreas, Membership, OrgUnit, Party
from members.models.parties import ContactKind

# `settled` of one payer: who pays what, as arrays.
_NOW = """(SELECT * FROM unnest(%(payers)s::bigint[], %(memberships)s::bigint[], %(holdings)s::bigint[], %(covered)s::boolean[])
  AS s(payer_id, membership_id, holding_id, covered))"""


@dataclass(frozen=True)
class FeeLine:
    """One line as the invoice will say it, with whose money it is."""

    text: str
    basis: str
    beneficiary: str
    amount: Decimal


@dataclass(frozen=True)
class Facts:
    """Everything the page shows of one payer. `calculation` is None while no fees of the year have been decided."""

    payer: Party
    year: int
    on: date
    memberships: Sequence[tuple[Membership, bool]]
    holdings: Sequence[Holding]
    joined: Sequence[JoinedAreas]
    contacts: dict[str, ContactPoint]
    record: PayerRecord | None
    fees: Fees
    calculation: Calculation | None

    @property
    def total(self) -> Decimal | None:
        """The estimate; None while it cannot be told."""
        if self.calculation is None or self.calculation.errors:
            return None
        return self.calculation.total

    @cached_property
    def lines(self) -> list[FeeLine]:
        if self.calculation is None:
            return []
        language = get_language() or "fi"
        units = basis_units().get(language, {})
        found = self.calculation.lines
        names = {u.pk: u.name for u in OrgUnit.objects.filter(pk__in={line.beneficiary for line in found})}
        whose = {m.pk: m.party.display_name for m, _ in self.memberships if m.party_id != self.payer.pk}
        told = []
        for line in found:
            name = line_name(line, self.fees.tables, language)
            other = whose.get(line.membership_id or 0, "")
            text = f"{name}, {other}" if other else name
            told.append(
                FeeLine(text, basis_text(line, language, units), names[line.beneficiary], line.amount)
            )
        return told

    @cached_property
    def problems(self) -> list[str]:
        """Why the fee cannot be told yet, in words."""
        if self.calculation is None:
            return []
        names = remarks.basis_names()
        return [remarks.error_text(remark.as_dict(), names) for remark in self.calculation.errors]

    @cached_property
    def digest(self) -> str:
        """The same as long as nothing of what is shown has changed: a confirmation is of what was seen."""
        parts = [
            [
                (m.pk, m.type_id, m.unit_id, m.holding_id, str(m.started_on), covered)
                for m, covered in self.memberships
            ],
            [
                (h.pk, h.name, h.y_tunnus, [(v.kind_id, v.unit_id, str(v.value)) for v in h.fee_bases.all()])
                for h in self.holdings
            ],
            [
                (kind, c.value, c.co_line, c.postal_code, c.city, c.country)
                for kind, c in sorted(self.contacts.items())
            ],
            [
                self.payer.invoice_channel,
                self.payer.home_municipality,
                self.payer.non_disclosure,
                str(self.total),
            ],
        ]
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def facts_of(*, round: CheckRound, payer: Party, on: date) -> Facts:
    """What the round's page shows of the payer on the day; of a year to come as of its first day."""
    day = max(on, date(round.year, 1, 1))
    fees = loading.load_fees(year=round.year, unit_ids=round.units)
    settled = settling.paid_by(payer.pk, settling.Terms.of(fees, round.units, day))
    memberships = {
        m.pk: m
        for m in Membership.objects.filter(pk__in=[s.membership_id for s in settled]).select_related(
            "party", "unit", "type", "holding"
        )
    }
    record = _record(settled, day)
    return Facts(
        payer=payer,
        year=round.year,
        on=day,
        memberships=[(memberships[s.membership_id], s.covered) for s in settled],
        holdings=_holdings({s.holding_id for s in settled if s.holding_id}, day),
        joined=_joined(record, day),
        contacts=_contacts(payer),
        record=record,
        fees=fees,
        calculation=_priced(record, fees) if record and fees.tables else None,
    )


def _record(settled: Sequence[settling.Settled], on: date) -> PayerRecord | None:
    if not settled:
        return None
    params = {
        "payers": [s.payer_id for s in settled],
        "memberships": [s.membership_id for s in settled],
        "holdings": [s.holding_id for s in settled],
        "covered": [s.covered for s in settled],
        "on": on,
    }
    return loading.load_settled(_NOW, params, {})[0]


def _priced(record: PayerRecord, fees: Fees) -> Calculation:
    """Without what an invoice of the year charges already."""
    found = price(record.input, fees.tables, fees.ancestors)
    known = charged.already_charged(fees.year, sorted(found.keys))
    if not known:
        return found
    totals = charged.charged_totals(fees.year, [record.party_id])
    return price(record.input, fees.tables, fees.ancestors, frozenset(known), totals.get(record.party_id))


def _joined(record: PayerRecord | None, on: date) -> list[JoinedAreas]:
    """Areas of a couple that the fee counts together."""
    if record is None or not record.input.joined:
        return []
    rows = JoinedAreas.objects.on(on).filter(other__in=record.input.joined)
    return list(rows.select_related("holding", "other").order_by("pk"))


def _holdings(ids: set[int], on: date) -> list[Holding]:
    values = FeeBasisValue.objects.on(on).select_related("kind", "unit")
    rows = Holding.objects.filter(pk__in=ids).prefetch_related(
        Prefetch("fee_bases", values.order_by("kind__position", "kind_id", "pk"))
    )
    return list(rows.order_by("name", "pk"))


def _contacts(payer: Party) -> dict[str, ContactPoint]:
    rows = ContactPoint.objects.filter(
        party=payer, primary=True, valid_to__isnull=True, kind__in=ContactKind.values
    )
    return {row.kind: row for row in rows.order_by("pk")}
