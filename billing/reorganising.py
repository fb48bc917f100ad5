"""What a change of the organisation means for fees: what stops it, what to look at, and the fees of a year before and after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from billing import loading
from billing.models import CheckRound, FeeRule, FeeTable, Invoice, InvoiceRun
from billing.models.fees import FeeTableState
from billing.models.invoices import InvoiceKind
from billing.models.runs import RunState
from billing.pricing import HoldingInput, MembershipInput, PayerInput, price
from billing.pricing.model import Table
from billing.titles import titled
from jasenpalvelu.common import clock
from jasenpalvelu.common.money import ZERO, round_cents
from members import reorganising
from members.models import OrgUnit
from members.reorganising import NEW, Conflict, Estimate, Receivable, Sketch

# More members than this are counted by every second, third … one.
MOST_PRICED = 6_000
OPEN_RUNS = (RunState.DRAFT, RunState.CALCULATING, RunState.PREVIEW, RunState.ISSUING)
_SIZE = """
SELECT count(*) FROM members_membership m WHERE m.unit_id = ANY(%(units)s) AND m.state IN ('active', 'lapsed')
  AND m.started_on <= %(on)s
"""
_MEMBERS = """
SELECT m.party_id, m.id, m.unit_id, t.federation_code, t.fee_bearing, m.holding_id
FROM members_membership m JOIN members_membershiptype t ON t.id = m.type_id
WHERE m.unit_id = ANY(%(units)s) AND m.state IN ('active', 'lapsed') AND m.started_on <= %(on)s
  AND m.party_id %% %(stride)s = 0
ORDER BY m.party_id, m.id
"""
_BASES = """
SELECT v.holding_id, v.kind_id, v.unit_id, v.value FROM members_feebasisvalue v
WHERE v.holding_id = ANY(%(holdings)s) AND v.valid_to IS NULL ORDER BY v.holding_id, v.id
"""

Member = tuple[int, int, str, bool, int | None]  # membership, unit, type, whether it bears a fee, holding
Values = dict[tuple[str, int | None], Decimal]


# --- what stops it, what to look at -------------------------------------------------------------------------------------
@reorganising.objects
def runs_under_way(sketch: Sketch) -> Iterator[Conflict]:
    """A run that has begun charges the members where they are: it is finished or given up first."""
    concerned = [pk for pk in {*sketch.sources, sketch.target} if pk]
    if sketch.kind == "move":
        if not _fee_tree_changes(sketch):
            return
        concerned = [pk for pk in sketch.above_before if pk != sketch.target]
    touching = Q(units__overlap=concerned) | Q(creditor__in=sketch.ending)
    for run in InvoiceRun.objects.filter(touching, state__in=OPEN_RUNS).order_by("pk"):
        text = _("The run %(title)s is not finished. Finish it or give it up first.")
        url = reverse("office:run", args=[run.pk])
        yield Conflict(text % {"title": titled(run.title, "fi")}, url, _("See the run"))


@reorganising.objects
def checks_under_way(sketch: Sketch) -> Iterator[Conflict]:
    """Payers look at their data in the units where they are: the page would be empty, or of another unit, from the day on."""
    if sketch.kind == "move":
        return
    concerned = [pk for pk in {*sketch.sources, sketch.target} if pk]
    rows = CheckRound.objects.filter(
        units__overlap=concerned, closed_at__isnull=True, answer_by__gte=clock.today()
    )
    for round in rows.order_by("pk"):
        text = _("The check of data %(title)s goes on. Wait for its last day or close it first.")
        url = reverse("office:check_round", args=[round.pk])
        yield Conflict(text % {"title": round.title}, url, _("See the check"))


def _fee_tree_changes(sketch: Sketch) -> bool:
    return any(sketch.above_before.get(pk) != sketch.above_after.get(pk) for pk in sketch.sources)


@reorganising.remarks
def tables_to_look_at(sketch: Sketch) -> Iterator[Conflict]:
    """Decided tables that give a part of the fee to a unit that ends, and units that go on without a decided table."""
    year = sketch.effective_on.year
    rules = FeeRule.objects.filter(beneficiary__in=sketch.ending, table__year__gte=year)
    decided = rules.exclude(table__state=FeeTableState.DRAFT).exclude(table__unit__in=sketch.ending)
    tables = FeeTable.objects.filter(rules__in=decided).select_related("unit").order_by("pk").distinct()
    for table in tables:
        text = _("The fee table %(table)s gives a part of the fee to a unit that ends. Decide a new version.")
        url = reverse("office:fee_table", args=[table.pk])
        yield Conflict(text % {"table": table}, url, _("See the fee table"))
    goes_on = sketch.target if sketch.kind == "merge" else None
    if goes_on and sketch.ending and not FeeTable.objects.in_force(year).filter(unit=goes_on).exists():
        unit = OrgUnit.objects.get(pk=goes_on)
        if unit.kind.has_members:
            text = _("%(unit)s has not decided the fees of %(year)s.") % {"unit": unit, "year": year}
            yield Conflict(text, reverse("office:fee_tables"), _("See the fee tables"))


@reorganising.tells_owed
def owed(unit_ids: Sequence[int]) -> list[Receivable]:
    rows = Invoice.objects.filter(creditor__in=unit_ids, kind=InvoiceKind.INVOICE, open_amount__gt=0)
    sums = rows.order_by("creditor").values_list("creditor").annotate(n=Count("pk"), sum=Sum("open_amount"))
    return [Receivable(unit, n, total or ZERO) for unit, n, total in sums]


# --- the fees of a year before and after --------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Side:
    """Tables and the fee tree on one side of the change."""

    tables: Mapping[int, Table]
    above: Mapping[int, tuple[int, ...]]


@reorganising.estimates
def estimate(sketch: Sketch) -> Estimate | None:
    """A member is priced alone, for a whole year, without family discounts and exemptions: enough to compare. None when no
    table has been decided."""
    units = [pk for pk in sketch.above_before if pk]
    concerned = {*units, *(one for above in sketch.above_before.values() for one in above)}
    concerned |= {one for above in sketch.above_after.values() for one in above}
    year = _year(concerned, sketch.effective_on)
    if year is None:
        return None
    tables = FeeTable.objects.in_force(year).filter(unit__in=concerned).order_by("pk")
    before = {table.unit_id: loading.as_table(table) for table in tables.prefetch_related("rules__brackets")}
    after = dict(before)
    if sketch.goes_to == NEW and sketch.copy_fees and sketch.like in before:
        after[NEW] = replace(before[sketch.like], unit_id=NEW)
    return _Estimating(sketch, _Side(before, sketch.above_before), _Side(after, sketch.above_after)).of(
        year, units
    )


def _year(units: set[int], day: date) -> int | None:
    rows = FeeTable.objects.filter(unit__in=units, year__lte=day.year + 1).exclude(state=FeeTableState.DRAFT)
    return rows.order_by("-year").values_list("year", flat=True).first()


class _Estimating:
    """One estimate; payers alike are priced once."""

    def __init__(self, sketch: Sketch, before: _Side, after: _Side) -> None:
        self.sketch, self.before, self.after = sketch, before, after
        self.known: dict[Any, dict[int, Decimal]] = {}
        self.without: set[int] = set()

    def of(self, year: int, units: Sequence[int]) -> Estimate:
        params: dict[str, Any] = {"units": list(units), "on": self.sketch.effective_on}
        ((size,),) = loading.rows(_SIZE, params)
        stride = max(1, -(-size // MOST_PRICED))
        payers: dict[int, list[Member]] = defaultdict(list)
        for party, *member in loading.rows(_MEMBERS, params | {"stride": stride}):
            payers[party].append((member[0], member[1], member[2], member[3], member[4]))
        counted = sum(len(members) for members in payers.values())
        scale = Decimal(size) / counted if counted else Decimal(1)
        bases = self._bases(payers)
        sums: tuple[dict[int, Decimal], dict[int, Decimal]] = ({}, {})
        for members in payers.values():
            held = {h: bases.get(h, {}) for _pk, _u, _c, _f, h in members if h is not None}
            self._add(sums[0], self.before, members, held)
            gone = [self._gone(member) for member in members]
            self._add(sums[1], self.after, _once(gone), {h: self._parts(v) for h, v in held.items()})
        told = [{unit: round_cents(total * scale) for unit, total in side.items()} for side in sums]
        share = Decimal(counted) / size if size else Decimal(1)
        return Estimate(year, told[0], told[1], tuple(sorted(self.without)), share)

    def _bases(self, payers: Mapping[int, Sequence[Member]]) -> dict[int, Values]:
        holdings = sorted({h for members in payers.values() for *_rest, h in members if h is not None})
        found: dict[int, Values] = defaultdict(dict)
        for holding, kind, unit, value in loading.rows(_BASES, {"holdings": holdings}):
            found[holding][kind, unit] = value
        return found

    def _gone(self, member: Member) -> Member:
        pk, unit, code, bearing, holding = member
        whole = unit in self.sketch.ending
        picked = self.sketch.moving is not None and pk in self.sketch.moving
        there = self.sketch.goes_to if (whole or picked) and self.sketch.goes_to is not None else unit
        return pk, there, code, bearing, holding

    def _parts(self, values: Values) -> Values:
        """Parts told for units that become one are added up."""
        found: Values = {}
        for (kind, unit), value in values.items():
            there = self.sketch.goes_to if unit in self.sketch.ending else unit
            found[kind, there] = found.get((kind, there), ZERO) + value
        return found

    def _add(
        self, sums: dict[int, Decimal], side: _Side, members: Sequence[Member], held: Mapping[int, Values]
    ) -> None:
        told = tuple(
            (unit, code, bearing, holding is not None) for _pk, unit, code, bearing, holding in members
        )
        bases = tuple(tuple(sorted(values.items(), key=str)) for values in held.values())
        key = (side is self.after, told, bases)
        if key not in self.known:
            self.known[key] = self._priced(side, members, held)
        for unit, amount in self.known[key].items():
            sums[unit] = sums.get(unit, ZERO) + amount

    def _priced(
        self, side: _Side, members: Sequence[Member], held: Mapping[int, Values]
    ) -> dict[int, Decimal]:
        known = [m for m in members if m[1] in side.tables]
        self.without |= {unit for _pk, unit, *_rest in members if unit not in side.tables}
        inputs = tuple(
            MembershipInput(pk, 1, unit, code, holding, fee_bearing=bearing)
            for pk, unit, code, bearing, holding in known
        )
        holdings = tuple(HoldingInput(pk, values) for pk, values in held.items())
        above = {unit: side.above.get(unit, ()) for _pk, unit, *_rest in known}
        found = price(PayerInput("1", inputs, holdings), side.tables, above) if inputs else None
        sums: dict[int, Decimal] = {}
        for line in found.lines if found else ():
            sums[line.beneficiary] = sums.get(line.beneficiary, ZERO) + line.amount
        return sums


def _once(members: Sequence[Member]) -> list[Member]:
    """Two memberships of one kind in what has become one unit are one."""
    first: dict[tuple[int, str], Member] = {}
    for member in members:
        first.setdefault((member[1], member[2]), member)
    return list(first.values())
