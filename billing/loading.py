"""Reading what a run needs, set by set: tables of the year, who pays what, and the payers of a range with their bases.

Everything a calculation depends on comes from here, and `fingerprint` says in a few seconds whether any of it has changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from billing.brackets import Bracket
from billing.models import FeeRule, FeeTable, InvoiceLine, InvoiceRun
from billing.pricing.model import HoldingInput, Key, MembershipInput, PayerInput, Rule, Table
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
    return dict(_rows(_SHARED, {"run": run.pk}))


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
    (last,) = _rows(_RANGE, params)[0]
    if last is None:
        return None
    params |= {"last": last, "previous": list(previous)}
    members, holdings_of = _memberships(params, covering=covering)
    values = _bases(params)
    totals = dict(_rows(_PREVIOUS, params)) if previous else {}
    chunk = Chunk(last=last)
    for row in _rows(_PAYERS, params):
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
    for row in _rows(_MEMBERSHIPS.format(covered=_COVERED if covering else "false"), params):
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
    for holding_id, kind, unit_id, value in _rows(_BASES, params):
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


# --- what has been charged --------------------------------------------------------------------------------------------
_CHARGED = """
SELECT l.charge_key, l.beneficiary_id
FROM unnest(%(keys)s::text[], %(beneficiaries)s::bigint[]) AS k(charge_key, beneficiary_id)
JOIN billing_invoiceline l ON l.charge_key = k.charge_key AND l.beneficiary_id = k.beneficiary_id
WHERE NOT l.released AND l.charge_key <> ''
"""
_CHARGED_TOTALS = """
SELECT i.payer_id, l.unit_id, sum(l.amount)
FROM billing_invoice i JOIN billing_invoiceline l ON l.invoice_id = i.id
LEFT JOIN billing_invoice o ON o.id = i.credits_id
JOIN billing_invoicerun r ON r.id = coalesce(i.run_id, o.run_id)
WHERE i.payer_id = ANY(%(payers)s) AND r.year = %(year)s GROUP BY 1, 2
"""


def charge_key(year: int, key: Key) -> str:
    """The text by which a charge is locked for its fee year, together with the beneficiary."""
    return f"{year}:{key.component}:{key.subject}"


def already_charged(year: int, keys: Sequence[Key]) -> set[Key]:
    """Which of the charges stand on an invoice that no credit note has freed."""
    if not keys:
        return set()
    by_text = {(charge_key(year, key), key.beneficiary): key for key in keys}
    params = {"keys": [text for text, _ in by_text], "beneficiaries": [unit for _, unit in by_text]}
    return {by_text[(text, unit)] for text, unit in _rows(_CHARGED, params)}


def charged_totals(year: int, payers: Sequence[int]) -> dict[int, dict[int, Decimal]]:
    """Euros already charged in the fee year, by payer and by the unit whose table it was: they count against its cap."""
    found: dict[int, dict[int, Decimal]] = defaultdict(dict)
    if payers:
        for payer, unit, total in _rows(_CHARGED_TOTALS, {"payers": list(payers), "year": year}):
            found[payer][unit] = total
    return found


def any_charged(year: int) -> bool:
    """Whether anything at all has been charged for the fee year: if not, nobody needs to be looked up."""
    return InvoiceLine.objects.filter(charge_key__startswith=f"{year}:", released=False).exists()


# --- has anything changed? --------------------------------------------------------------------------------------------
_SUM = "coalesce(sum(hashtextextended(ROW({columns})::text, 0)::numeric), 0)::text || '/' || count(*)"
_MINE = "SELECT {column} FROM billing_runmembership WHERE run_id = %(run)s"
_PARTS: dict[str, tuple[str, str]] = {
    "tables": (
        "t.id, t.version, t.cap, t.instalment_threshold, f.*, b.lower, b.upper, b.amount",
        "FROM billing_feetable t LEFT JOIN billing_feerule f ON f.table_id = t.id"
        " LEFT JOIN billing_feebracket b ON b.rule_id = f.id WHERE t.id = ANY(%(tables)s)",
    ),
    "memberships": (
        "m.id, m.party_id, m.unit_id, m.type_id, m.holding_id, m.payer_id, m.started_on, m.ended_on,"
        " m.fee_exempt_until, m.fee_exempt_reason, m.state",
        "FROM members_membership m WHERE m.unit_id = ANY(%(units)s) AND m.started_on <= %(on)s"
        " AND (m.ended_on IS NULL OR m.ended_on > %(on)s)",
    ),
    "types": ("t.id, t.federation_code, t.fee_bearing, t.covers_family", "FROM members_membershiptype t"),
    "links": (
        "l.id, l.party_id, l.other_id, l.kind, l.valid_from, l.valid_to",
        "FROM members_partylink l WHERE l.kind IN ('payer', 'spouse', 'child')",
    ),
    "holdings": (
        "h.id, h.responsible_id, h.y_tunnus",
        f"FROM members_holding h WHERE h.id IN ({_MINE.format(column='holding_id')})",
    ),
    "bases": (
        "v.holding_id, v.kind_id, v.unit_id, v.value, v.valid_from, v.valid_to",
        f"FROM members_feebasisvalue v WHERE v.holding_id IN ({_MINE.format(column='holding_id')})"
        " AND (v.valid_from IS NULL OR v.valid_from <= %(on)s) AND (v.valid_to IS NULL OR v.valid_to >= %(on)s)",
    ),
    "payers": (
        "p.id, p.display_name, p.language, o.y_tunnus, s.deceased_on",
        "FROM members_party p LEFT JOIN members_organisation o ON o.party_id = p.id"
        " LEFT JOIN members_person s ON s.party_id = p.id"
        f" WHERE p.id IN ({_MINE.format(column='payer_id')} UNION {_MINE.format(column='party_id')})",
    ),
    "contacts": (
        "c.party_id, c.kind, c.value, c.co_line, c.postal_code, c.city, c.country, c.bounced_on",
        "FROM members_contactpoint c WHERE c.kind IN ('address', 'email') AND c.primary AND c.valid_to IS NULL"
        f" AND c.party_id IN ({_MINE.format(column='payer_id')})",
    ),
    "invoices": ("i.id", f"FROM billing_invoice i WHERE i.payer_id IN ({_MINE.format(column='payer_id')})"),
    "tree": (
        "c.ancestor_id, c.descendant_id, c.depth",
        "FROM members_unitclosure c WHERE c.relation = 'fee' AND c.descendant_id = ANY(%(units)s)",
    ),
}


def fingerprint(run: InvoiceRun, *, on: date | None = None) -> dict[str, str]:
    """What the calculation depends on, as sums of row hashes by part: equal fingerprints, equal input.

    Order does not matter and nothing is sorted, so that 300 000 payers take a few seconds.
    """
    fees = load_fees(year=run.year, unit_ids=run.units)
    params = {"run": run.pk, "units": run.units, "on": on or run.basis_date, "tables": list(fees.table_ids)}
    parts = {
        name: _rows(f"SELECT {_SUM.format(columns=columns)} {source}", params)[0][0]
        for name, (columns, source) in _PARTS.items()
    }
    terms = (
        run.title,
        run.year,
        run.units,
        run.basis_date,
        run.invoice_date,
        run.due_date,
        run.second_due_date,
    )
    return parts | {"terms": "|".join(map(str, (*terms, run.message_fi, run.message_sv, run.message_en)))}


def _rows(sql: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
