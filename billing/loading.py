"""Reading what a run needs, set by set: tables of the year, who pays what, and the payers of a range with their bases.

Everything a calculation depends on comes from here or from `charged`; `fingerprint` says whether any of it has changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from billing.brackets import Bracket
from billing.models import FeeRule, FeeTable, InvoiceRun
from billing.pricing.model import HoldingInput, MembershipInput, PayerInput, Rule, Table
from jasenpalvelu.common.identifiers import make_member_number
from members.models import MembershipType, UnitClosure
from members.models.units import Relation

HUNDRED = Decimal(100)


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


@dataclass
class Chunk:
    """Payers of one range, in the order of their keys; `last` is the key to go on from."""

    payers: list[PayerRecord] = field(default_factory=list)
    last: int = 0


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


# --- who pays what ----------------------------------------------------------------------------------------------------
# The payer: the one named on the membership, else the household's payer, else the responsible party of the holding, else
# the member. Left out are the dead, those not in force on the day, and types that bear no fee unless a rule names them.
_RESOLVE = """
INSERT INTO billing_runmembership (run_id, payer_id, membership_id, party_id, holding_id, unit_id)
SELECT %(run)s, coalesce(m.payer_id, l.other_id, h.responsible_id, m.party_id), m.id, m.party_id, m.holding_id, m.unit_id
FROM members_membership m
JOIN members_membershiptype t ON t.id = m.type_id
LEFT JOIN members_holding h ON h.id = m.holding_id
LEFT JOIN members_person p ON p.party_id = m.party_id
LEFT JOIN (
  SELECT DISTINCT ON (party_id) party_id, other_id FROM members_partylink
  WHERE kind = 'payer' AND (valid_from IS NULL OR valid_from <= %(on)s) AND (valid_to IS NULL OR valid_to >= %(on)s)
  ORDER BY party_id, id DESC
) l ON l.party_id = m.party_id
WHERE m.unit_id = ANY(%(units)s) AND m.state IN ('active', 'lapsed', 'ended')
  AND m.started_on <= %(on)s AND (m.ended_on IS NULL OR m.ended_on > %(on)s)
  AND p.deceased_on IS NULL AND (t.fee_bearing OR t.federation_code = ANY(%(types)s))
"""


def resolve_payers(run: InvoiceRun, fees: Fees) -> int:
    """Write anew which membership is paid by whom; returns how many payers there are."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM billing_runmembership WHERE run_id = %s", [run.pk])
        cursor.execute(
            _RESOLVE, {"run": run.pk, "units": run.units, "on": run.basis_date, "types": fees.extra_types}
        )
        cursor.execute("ANALYZE billing_runmembership")
        cursor.execute(
            "SELECT count(DISTINCT payer_id) FROM billing_runmembership WHERE run_id = %s", [run.pk]
        )
        return int(cursor.fetchone()[0])


# A holding or a person whose memberships several payers pay: charged "once per holding" it belongs to one of them, the
# responsible party (or the person) if among them, else the first entered.
_SHARED = """
SELECT 'holding:' || r.holding_id, CASE WHEN bool_or(r.payer_id = h.responsible_id) THEN min(h.responsible_id) ELSE min(r.payer_id) END
FROM billing_runmembership r JOIN members_holding h ON h.id = r.holding_id
WHERE r.run_id = %(run)s GROUP BY r.holding_id HAVING min(r.payer_id) <> max(r.payer_id)
UNION ALL
SELECT 'party:' || r.party_id, CASE WHEN bool_or(r.payer_id = r.party_id) THEN r.party_id ELSE min(r.payer_id) END
FROM billing_runmembership r
WHERE r.run_id = %(run)s GROUP BY r.party_id HAVING min(r.payer_id) <> max(r.payer_id)
"""


def shared_subjects(run: InvoiceRun) -> dict[str, int]:
    """Subjects that several payers of the run have, each with the payer who is charged."""
    return dict(rows(_SHARED, {"run": run.pk}))


def previous_runs(run: InvoiceRun) -> list[int]:
    """The creditor's issued runs of the year before, for comparison."""
    earlier = InvoiceRun.objects.filter(creditor=run.creditor_id, year=run.year - 1, issued_at__isnull=False)
    return list(earlier.order_by("pk").values_list("pk", flat=True))


# --- payers of a range ------------------------------------------------------------------------------------------------
_RANGE = """
SELECT max(payer_id) FROM (
  SELECT DISTINCT payer_id FROM billing_runmembership WHERE run_id = %(run)s AND payer_id > %(after)s
  ORDER BY payer_id LIMIT %(size)s
) r
"""
# A member covered by another's fee: somebody of the household has a membership of a type that covers the family in the
# same association; of two who would cover each other the later one is covered.
_COVERED = """
EXISTS (
  SELECT 1 FROM members_membership o JOIN members_membershiptype ot ON ot.id = o.type_id
  WHERE o.unit_id = m.unit_id AND o.party_id <> m.party_id AND ot.covers_family AND ot.fee_bearing
    AND o.state IN ('active', 'lapsed', 'ended') AND o.started_on <= %(on)s AND (o.ended_on IS NULL OR o.ended_on > %(on)s)
    AND (NOT t.covers_family OR o.id < m.id)
    AND (o.holding_id = m.holding_id OR EXISTS (
      SELECT 1 FROM members_partylink l
      WHERE ((l.party_id = o.party_id AND l.other_id = m.party_id AND l.kind IN ('spouse', 'child'))
          OR (l.party_id = m.party_id AND l.other_id = o.party_id AND l.kind IN ('spouse', 'payer')))
        AND (l.valid_from IS NULL OR l.valid_from <= %(on)s) AND (l.valid_to IS NULL OR l.valid_to >= %(on)s))))
"""
_MEMBERSHIPS = """
SELECT r.payer_id, m.id, m.party_id, m.unit_id, t.federation_code, m.holding_id, m.started_on, m.ended_on,
  m.fee_exempt_until >= %(on)s, m.fee_exempt_reason, {covered}, t.fee_bearing,
  CASE WHEN m.party_id = r.payer_id THEN '' ELSE p.display_name END, h.y_tunnus, h.name
FROM billing_runmembership r
JOIN members_membership m ON m.id = r.membership_id
JOIN members_membershiptype t ON t.id = m.type_id
JOIN members_party p ON p.id = m.party_id
LEFT JOIN members_holding h ON h.id = m.holding_id
WHERE r.run_id = %(run)s AND r.payer_id > %(after)s AND r.payer_id <= %(last)s
ORDER BY r.payer_id, m.id
"""
_BASES = """
SELECT v.holding_id, v.kind_id, v.unit_id, v.value
FROM members_feebasisvalue v
WHERE v.holding_id IN (
    SELECT holding_id FROM billing_runmembership
    WHERE run_id = %(run)s AND payer_id > %(after)s AND payer_id <= %(last)s AND holding_id IS NOT NULL)
  AND (v.valid_from IS NULL OR v.valid_from <= %(on)s) AND (v.valid_to IS NULL OR v.valid_to >= %(on)s)
ORDER BY v.holding_id, v.kind_id, v.valid_from NULLS FIRST, v.id
"""
_PAYERS = """
SELECT p.id, p.display_name, p.sort_key, p.language, p.member_number, coalesce(o.y_tunnus, ''),
  s.deceased_on IS NOT NULL, a.co_line, a.value, a.postal_code, a.city, a.country, e.id IS NOT NULL
FROM (
  SELECT DISTINCT payer_id FROM billing_runmembership
  WHERE run_id = %(run)s AND payer_id > %(after)s AND payer_id <= %(last)s
) r
JOIN members_party p ON p.id = r.payer_id
LEFT JOIN members_organisation o ON o.party_id = p.id
LEFT JOIN members_person s ON s.party_id = p.id
LEFT JOIN members_contactpoint a ON a.party_id = p.id AND a.kind = 'address' AND a.primary AND a.valid_to IS NULL
LEFT JOIN members_contactpoint e ON e.party_id = p.id AND e.kind = 'email' AND e.primary AND e.valid_to IS NULL
  AND e.bounced_on IS NULL
ORDER BY p.id
"""
_PREVIOUS = """
SELECT i.payer_id, sum(i.total) FROM billing_invoice i LEFT JOIN billing_invoice o ON o.id = i.credits_id
WHERE coalesce(i.run_id, o.run_id) = ANY(%(previous)s) AND i.payer_id > %(after)s AND i.payer_id <= %(last)s
GROUP BY i.payer_id
"""


def load_chunk(
    run: InvoiceRun, *, after: int, size: int, previous: Sequence[int], covering: bool
) -> Chunk | None:
    """The next `size` payers of the run after the key; None when there are no more."""
    params: dict[str, Any] = {"run": run.pk, "after": after, "size": size, "on": run.basis_date}
    (last,) = rows(_RANGE, params)[0]
    if last is None:
        return None
    params |= {"last": last, "previous": list(previous)}
    members, holdings_of = _memberships(params, covering=covering)
    values = _bases(params)
    totals = dict(rows(_PREVIOUS, params)) if previous else {}
    chunk = Chunk(last=last)
    for row in rows(_PAYERS, params):
        party_id = row[0]
        mine = holdings_of.get(party_id, {})
        holdings = tuple(HoldingInput(pk, values.get(pk, {})) for pk in mine)
        source = PayerInput(str(party_id), tuple(members[party_id]), holdings)
        chunk.payers.append(_record(row, mine, totals.get(party_id), source))
    return chunk


def any_covering_type() -> bool:
    """Whether any type of membership covers the family, so that it is worth looking for households."""
    return MembershipType.objects.filter(covers_family=True, fee_bearing=True).exists()


def _memberships(
    params: Mapping[str, Any], *, covering: bool
) -> tuple[dict[int, list[MembershipInput]], dict[int, dict[int, tuple[str, str]]]]:
    """Memberships by payer, and the holdings by payer with their Y-tunnus and name."""
    members: dict[int, list[MembershipInput]] = defaultdict(list)
    holdings: dict[int, dict[int, tuple[str, str]]] = defaultdict(dict)
    for row in rows(_MEMBERSHIPS.format(covered=_COVERED if covering else "false"), params):
        (
            payer,
            pk,
            party,
            unit,
            code,
            holding,
            started,
            ended,
            exempt,
            reason,
            covered,
            bearing,
            name,
            *of_holding,
        ) = row
        off = HUNDRED if exempt else Decimal(0)
        members[payer].append(
            MembershipInput(
                pk,
                party,
                unit,
                code,
                holding,
                started,
                ended,
                off,
                reason if exempt else "",
                covered,
                bearing,
                name,
            )
        )
        if holding is not None:
            holdings[payer][holding] = (of_holding[0], of_holding[1])
    return members, holdings


def _bases(params: Mapping[str, Any]) -> dict[int, dict[tuple[str, int | None], Decimal]]:
    """Quantities by holding; of two values on the same day the later one stands."""
    values: dict[int, dict[tuple[str, int | None], Decimal]] = defaultdict(dict)
    for holding_id, kind, unit_id, value in rows(_BASES, params):
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
