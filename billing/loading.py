"""Reading what a run needs, set by set: tables of the year, who pays what, and the payers of a range with their bases.

Everything a calculation depends on comes from here or from `charged`; `fingerprint` says whether any of it has changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from billing.brackets import Bracket
from billing.models import FeeRule, FeeTable, InvoiceRun, RunRange
from billing.pricing.model import NO_JOINED, HoldingInput, MembershipInput, PayerInput, Rule, Table
from jasenpalvelu.common.identifiers import make_member_number
from members.models import UnitClosure
from members.models.units import Relation

HUNDRED = Decimal(100)
# From so many new rows on the planner is told of them at once.
TOLD_FROM = 20_000


@dataclass(frozen=True)
class Fees:
    """The decided tables of a year and, for each association, the units above it in the fee tree, nearest first."""

    year: int
    tables: Mapping[int, Table]
    ancestors: Mapping[int, tuple[int, ...]]
    table_ids: tuple[int, ...] = ()

    @property
    def extra_types(self) -> list[str]:
        """Types that bear no fee by themselves but are named by a rule."""
        return sorted({code for table in self.tables.values() for rule in table.rules for code in rule.types})


class PayerRecord(NamedTuple):
    """One payer as the invoice will name it, with what the calculation needs."""

    party_id: int
    name: str
    sort_key: str
    language: str
    number: str
    y_tunnus: str
    address: tuple[str, ...]
    has_email: bool
    deceased: bool
    previous: Decimal | None
    holdings_without_id: int
    holding_names: Mapping[int, str]
    input: PayerInput


# --- tables -----------------------------------------------------------------------------------------------------------
def load_fees(*, year: int, unit_ids: Iterable[int]) -> Fees:
    """Tables in force of the associations and of the units above them."""
    ancestors = fee_ancestors(unit_ids)
    concerned = {*ancestors, *(unit for above in ancestors.values() for unit in above)}
    tables = FeeTable.objects.in_force(year).filter(unit__in=concerned).order_by("pk")
    found = list(tables.prefetch_related("rules__brackets"))
    return Fees(
        year,
        {table.unit_id: as_table(table) for table in found},
        ancestors,
        tuple(table.pk for table in found),
    )


def fee_ancestors(unit_ids: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """The units above each unit in the fee tree, nearest first."""
    above: dict[int, list[int]] = {unit_id: [] for unit_id in unit_ids}
    pairs = UnitClosure.objects.filter(descendant_id__in=list(above), relation=Relation.FEE, depth__gt=0)
    for unit_id, ancestor in pairs.order_by("descendant_id", "depth", "ancestor_id").values_list(
        "descendant_id", "ancestor_id"
    ):
        above[unit_id].append(ancestor)
    return {unit_id: tuple(found) for unit_id, found in above.items()}


def as_table(table: FeeTable) -> Table:
    """The stored table as the calculation knows it."""
    rules = sorted(table.rules.all(), key=lambda rule: (rule.position, rule.pk))
    return Table(
        unit_id=table.unit_id,
        period_start=table.period_start,
        period_end=table.period_end,
        rules=tuple(as_rule(rule) for rule in rules),
        version=table.version,
        cap=table.cap,
        instalment_threshold=table.instalment_threshold,
    )


def as_rule(rule: FeeRule) -> Rule:
    rows = sorted(rule.brackets.all(), key=lambda row: row.lower)
    return Rule(
        code=rule.code,
        kind=rule.kind,
        names={"fi": rule.name_fi, "sv": rule.name_sv, "en": rule.name_en},
        once_per=rule.once_per,
        bases=tuple(rule.bases),
        basis_area=rule.basis_area,
        types=frozenset(rule.types),
        excluded_types=frozenset(rule.excluded_types),
        amount=rule.amount,
        unit_price=rule.unit_price,
        percent=rule.percent,
        brackets=tuple(Bracket(row.lower, row.upper, row.amount) for row in rows),
        minimum=rule.minimum,
        maximum=rule.maximum,
        required=rule.required,
        condition=rule.condition,
        proration=rule.proration,
        join_cutoff=rule.join_cutoff,
        beneficiary=rule.beneficiary_id,
        account=rule.account,
        vat_code=rule.vat_code,
        vat_rate=rule.vat_rate,
        position=rule.position,
    )


# --- earlier runs ------------------------------------------------------------------------------------------------------
def previous_runs(run: InvoiceRun) -> list[int]:
    """The creditor's issued runs of the year before, for comparison."""
    earlier = InvoiceRun.objects.filter(creditor=run.creditor_id, year=run.year - 1, issued_at__isnull=False)
    return list(earlier.order_by("pk").values_list("pk", flat=True))


# Invoices of runs, with the credit notes of theirs.
OF_RUNS = """(
  SELECT id, payer_id, kind, total FROM billing_invoice WHERE run_id = ANY({runs})
  UNION ALL
  SELECT n.id, n.payer_id, n.kind, n.total FROM billing_invoice i JOIN billing_invoice n ON n.credits_id = i.id
  WHERE i.run_id = ANY({runs})
)"""


# --- payers of a range ------------------------------------------------------------------------------------------------
# `settled` is who pays for what: of the payers of a range, or of one payer that has been asked of now.
_OF_RANGE = """(SELECT payer_id, membership_id, holding_id, covered FROM billing_runmembership
  WHERE run_id = %(run)s AND payer_id > %(after)s AND payer_id <= %(last)s)"""
_MEMBERSHIPS = """
SELECT r.payer_id, m.id, m.party_id, m.unit_id, t.federation_code, m.holding_id, m.started_on, m.ended_on,
  m.fee_exempt_until >= %(on)s, m.fee_exempt_reason, r.covered, t.fee_bearing,
  CASE WHEN m.party_id = r.payer_id THEN '' ELSE p.display_name END, h.y_tunnus, h.name
FROM {settled} r
JOIN members_membership m ON m.id = r.membership_id
JOIN members_membershiptype t ON t.id = m.type_id
JOIN members_party p ON p.id = m.party_id
LEFT JOIN members_holding h ON h.id = m.holding_id
ORDER BY r.payer_id, m.id
"""
_BASES = """
SELECT v.holding_id, v.kind_id, v.unit_id, v.value
FROM members_feebasisvalue v
WHERE v.holding_id IN (SELECT r.holding_id FROM {settled} r WHERE r.holding_id IS NOT NULL)
  AND (v.valid_from IS NULL OR v.valid_from <= %(on)s) AND (v.valid_to IS NULL OR v.valid_to >= %(on)s)
ORDER BY v.holding_id, v.kind_id, v.valid_from NULLS FIRST, v.id
"""
# Areas of a couple counted together, where the payer pays for both.
_JOINED = """
SELECT DISTINCT r.payer_id, a.other_id, a.holding_id
FROM members_joinedareas a JOIN {settled} r ON r.holding_id = a.other_id JOIN {settled} l ON l.holding_id = a.holding_id
WHERE l.payer_id = r.payer_id AND (a.valid_from IS NULL OR a.valid_from <= %(on)s) AND (a.valid_to IS NULL OR a.valid_to >= %(on)s)
ORDER BY 1, 2
"""
_PAYERS = """
SELECT p.id, p.display_name, p.sort_key, p.language, p.member_number, coalesce(o.y_tunnus, ''),
  s.deceased_on IS NOT NULL, a.co_line, a.value, a.postal_code, a.city, a.country, e.id IS NOT NULL
FROM (SELECT DISTINCT r.payer_id FROM {settled} r) r
JOIN members_party p ON p.id = r.payer_id
LEFT JOIN members_organisation o ON o.party_id = p.id
LEFT JOIN members_person s ON s.party_id = p.id
LEFT JOIN members_contactpoint a ON a.party_id = p.id AND a.kind = 'address' AND a.primary AND a.valid_to IS NULL
LEFT JOIN members_contactpoint e ON e.party_id = p.id AND e.kind = 'email' AND e.primary AND e.valid_to IS NULL
  AND e.bounced_on IS NULL
ORDER BY p.id
"""
_PREVIOUS = """
SELECT f.payer_id, sum(f.total) FROM (
  SELECT i.payer_id, i.total FROM billing_invoice i LEFT JOIN billing_invoice o ON o.id = i.credits_id
  WHERE coalesce(i.run_id, o.run_id) = ANY(%(previous)s) AND i.payer_id > %(after)s AND i.payer_id <= %(last)s
  UNION ALL
  SELECT p.merged_into_id, i.total FROM members_party p JOIN billing_invoice i ON i.payer_id = p.id
  LEFT JOIN billing_invoice o ON o.id = i.credits_id
  WHERE coalesce(i.run_id, o.run_id) = ANY(%(previous)s) AND p.merged_into_id > %(after)s AND p.merged_into_id <= %(last)s
) f GROUP BY f.payer_id
"""


def load_range(span: RunRange, *, on: date, previous: Sequence[int]) -> list[PayerRecord]:
    """The payers of the range by key, with everything their fees depend on as of the day."""
    params: dict[str, Any] = {"run": span.run_id, "after": span.after, "last": span.last, "on": on}
    totals = dict(rows(_PREVIOUS, params | {"previous": list(previous)})) if previous else {}
    return load_settled(_OF_RANGE, params, totals)


def load_settled(
    settled: str, params: Mapping[str, Any], totals: Mapping[int, Decimal | None]
) -> list[PayerRecord]:
    """The payers of `settled`, SQL of columns payer_id, membership_id, holding_id and covered with its `params`."""
    members, holdings_of = _memberships(settled, params)
    values = _bases(settled, params)
    joined: dict[int, dict[int, int]] = defaultdict(dict)
    for payer_id, other, lead in rows(_JOINED.format(settled=settled), params):
        joined[payer_id][other] = lead
    payers = []
    for row in rows(_PAYERS.format(settled=settled), params):
        party_id = row[0]
        mine = holdings_of.get(party_id, {})
        holdings = tuple(HoldingInput(pk, values.get(pk, {})) for pk in mine)
        source = PayerInput(
            str(party_id), tuple(members[party_id]), holdings, joined.get(party_id, NO_JOINED)
        )
        payers.append(_record(row, mine, totals.get(party_id), source))
    return payers


def _memberships(
    settled: str, params: Mapping[str, Any]
) -> tuple[dict[int, list[MembershipInput]], dict[int, dict[int, tuple[str, str]]]]:
    """Memberships by payer, and the holdings by payer with their Y-tunnus and name."""
    members: dict[int, list[MembershipInput]] = defaultdict(list)
    holdings: dict[int, dict[int, tuple[str, str]]] = defaultdict(dict)
    for row in rows(_MEMBERSHIPS.format(settled=settled), params):
        payer, pk, party, unit, code, holding, started, ended, exempt, reason, covered, bearing, name, *of_holding = row  # fmt: skip
        off, why = (HUNDRED, reason) if exempt else (Decimal(0), "")
        found = MembershipInput(
            pk, party, unit, code, holding, started, ended, off, why, covered, bearing, name
        )
        members[payer].append(found)
        if holding is not None:
            holdings[payer][holding] = (of_holding[0], of_holding[1])
    return members, holdings


def _bases(settled: str, params: Mapping[str, Any]) -> dict[int, dict[tuple[str, int | None], Decimal]]:
    """Quantities by holding; of two values on the same day the later one stands."""
    values: dict[int, dict[tuple[str, int | None], Decimal]] = defaultdict(dict)
    for holding_id, kind, unit_id, value in rows(_BASES.format(settled=settled), params):
        values[holding_id][(kind, unit_id)] = value
    return values


def _record(
    row: Sequence[Any], holdings: Mapping[int, tuple[str, str]], previous: Decimal | None, source: PayerInput
) -> PayerRecord:
    (
        party_id,
        name,
        sort_key,
        language,
        number,
        own,
        deceased,
        co_line,
        street,
        postal_code,
        city,
        country,
        email,
    ) = row
    known = [y_tunnus for y_tunnus, _name in holdings.values() if y_tunnus]
    return PayerRecord(
        party_id,
        name,
        sort_key,
        language,
        make_member_number(number),
        own or (known[0] if known else ""),
        address_lines(co_line, street, postal_code, city, country),
        email,
        deceased,
        previous,
        len(holdings) - len(known),
        {pk: name for pk, (_y_tunnus, name) in holdings.items()},
        source,
    )


def address_lines(
    co_line: str | None, street: str | None, postal_code: str | None, city: str | None, country: str | None
) -> tuple[str, ...]:
    """A postal address in posting order, without empty lines; the country only when it is not Finland."""
    place = f"{postal_code or ''} {city or ''}".strip()
    lines = (co_line, street, place, country if country not in (None, "", "FI") and place else "")
    return tuple(line for line in lines if line)


def rows(sql: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
