"""The fee of one payer, from the tables the meetings decided. Pure: the same input gives the same lines, byte for byte.

Each association charges by its own table, the units above it (by the fee tree) by theirs. A component is charged once
for each subject and beneficiary however many memberships lead to it: the general part once for a payer or a holding that
belongs to three associations. A quantity for which no class was decided is an error on that payer, never nothing.
"""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal

from billing.pricing.adjusting import adjust, needs_adjusting
from billing.pricing.compiled import FULL, NOTHING, Amount, Charge, CompiledTable, NoBracketError
from billing.pricing.model import (
    Calculation,
    HoldingInput,
    Key,
    Line,
    MembershipInput,
    PayerInput,
    Remark,
    Table,
)
from jasenpalvelu.common.money import round_cents

Members = tuple[MembershipInput, ...]


def price(
    payer: PayerInput,
    tables_by_unit: Mapping[int, Table],
    fee_ancestors_by_unit: Mapping[int, tuple[int, ...]],
    charged: Collection[Key] = frozenset(),
    charged_totals: Mapping[int, Decimal] | None = None,
) -> Calculation:
    """Calculate one payer.

    `fee_ancestors_by_unit`: the units above each association in the fee tree, nearest first; those without a table
    charge nothing. `charged`: what earlier invoices of the period charged and no credit note has freed; it is left out and
    noted. `charged_totals`: euros already charged to this payer by each table's unit, counted against its cap.
    """
    work = _Pricing(payer, charged)
    for table, members in _by_table(payer, tables_by_unit, fee_ancestors_by_unit, work):
        before = (charged_totals or {}).get(table.unit_id, Decimal(0))
        work.price_table(table, members, before)
    return Calculation(tuple(work.lines), tuple(work.errors), tuple(work.warnings), tuple(work.notes))


def _by_table(
    payer: PayerInput,
    tables: Mapping[int, Table],
    ancestors: Mapping[int, tuple[int, ...]],
    work: "_Pricing",
) -> Iterable[tuple[CompiledTable, Members]]:
    """The tables that concern the payer with the memberships under each: the union first, then the associations."""
    members = payer.memberships
    if len(members) == 1:
        member = members[0]
        if (own := tables.get(member.unit_id)) is None:
            work.no_table(member)
            return
        for unit_id in reversed(ancestors.get(member.unit_id, ())):
            if (above := tables.get(unit_id)) is not None:
                yield above.compiled, members
        yield own.compiled, members
        return
    depths: dict[int, int] = {}
    under: dict[int, list[MembershipInput]] = {}
    for member in sorted(members, key=lambda found: (found.unit_id, found.id)):
        if member.unit_id not in tables:
            work.no_table(member)
            continue
        for depth, unit_id in enumerate((member.unit_id, *ancestors.get(member.unit_id, ()))):
            if unit_id in tables:
                depths[unit_id] = max(depth, depths.get(unit_id, 0))
                under.setdefault(unit_id, []).append(member)
    for unit_id in sorted(under, key=lambda found: (-depths[found], found)):
        yield tables[unit_id].compiled, tuple(under[unit_id])


class _Pricing:
    """One payer's calculation while it grows."""

    __slots__ = ("charged", "errors", "holdings", "lines", "notes", "payer", "seen", "warnings")

    def __init__(self, payer: PayerInput, charged: Collection[Key]) -> None:
        self.payer = payer
        self.charged = charged
        self.holdings: dict[int, HoldingInput] = {holding.id: holding for holding in payer.holdings}
        self.seen: dict[tuple[str, str, int], Decimal] = {}
        self.lines: list[Line] = []
        self.errors: list[Remark] = []
        self.warnings: list[Remark] = []
        self.notes: list[Remark] = []

    def no_table(self, member: MembershipInput) -> None:
        if member.fee_bearing:
            self.errors.append(Remark("no_table", member.unit_id, "", f"membership:{member.id}"))

    def price_table(self, compiled: CompiledTable, members: Members, before: Decimal) -> None:
        table = compiled.table
        inside = tuple(member for member in members if self._in_period(member, table))
        made: list[tuple[Line, Members]] = []
        for charge, subject, group in self._groups(compiled, inside):
            line = self._line(charge, subject, group, table)
            if line is not None:
                made.append((line, group))
        self.lines.extend(line for line, _ in made)
        if made and needs_adjusting(compiled, made, inside, before):
            self.lines.extend(
                adjust(
                    compiled,
                    made,
                    inside,
                    self.payer.key,
                    before,
                    self.notes,
                    lambda key: self._claim_discount(key, table),
                )
            )

    def _in_period(self, member: MembershipInput, table: Table) -> bool:
        started, ended = member.started_on, member.ended_on
        if (started is None or started <= table.period_end) and (
            ended is None or ended >= table.period_start
        ):
            return True
        if member.unit_id == table.unit_id:
            self.notes.append(Remark("outside_period", table.unit_id, "", f"membership:{member.id}"))
        return False

    def _groups(self, compiled: CompiledTable, members: Members) -> Iterable[tuple[Charge, str, Members]]:
        """Each charge with what it is charged for and the memberships that lead to it, in the order of the lines."""
        if len(members) == 1:
            for charge in compiled.charges_for(members[0]):
                yield charge, subject_of(charge.rule.once_per, members[0], self.payer.key), members
            return
        grouped: dict[tuple[int, str], tuple[Charge, list[MembershipInput]]] = {}
        for member in members:
            for charge in compiled.charges_for(member):
                counted_as = member
                if self.payer.joined and charge.rule.bases:
                    counted_as = self._counted_as(compiled, charge, member, members)
                subject = subject_of(charge.rule.once_per, counted_as, self.payer.key)
                grouped.setdefault((charge.index, subject), (charge, []))[1].append(member)
        for (_, subject), (charge, group) in sorted(grouped.items(), key=lambda item: item[0][0]):
            yield charge, subject, tuple(group)

    def _counted_as(
        self, compiled: CompiledTable, charge: Charge, member: MembershipInput, members: Members
    ) -> MembershipInput:
        """Whose area the member's is counted with: the spouse's, where the spouse is charged for the same; else its own.

        A fee by area is one fee for the two, whatever it is charged once for; other charges are each one's own.
        """
        lead = self.payer.joined.get(member.holding_id or 0)
        if lead is None:
            return member
        for spouse in members:
            if spouse.holding_id == lead and charge in compiled.charges_for(spouse):
                self.notes.append(
                    Remark("joined_areas", compiled.unit_id, charge.rule.code, f"holding:{member.holding_id}")
                )
                return spouse
        return member

    def _line(self, charge: Charge, subject: str, group: Members, table: Table) -> Line | None:
        """The line of one charge, or None when there is nothing to charge; the reason is noted."""
        member, share = _widest(charge, group, table)
        if share is NOTHING:
            self._note("joined_after_cutoff", charge, subject, table)
            return None
        found = charge.flat if charge.simple else self._measured(charge, subject, group, table)
        if found is None or not found.euros:
            return None
        euros = found.euros if share is FULL else round_cents(found.euros * share[0] / share[1])
        if not euros or not self._claim(charge, subject, euros, table):
            return None
        rule = charge.rule
        return Line(
            rule.code,
            rule.kind,
            table.unit_id,
            charge.beneficiary,
            subject,
            euros,
            member.id,
            member.party_id,
            rule.bases,
            found.quantity,
            found.lower,
            found.upper,
            found.unit_price,
            None,
            "" if share is FULL else f"{share[0]}/{share[1]}",
            found.limited,
            "",
            rule.account,
            rule.vat_code,
            rule.vat_rate,
        )

    def _measured(self, charge: Charge, subject: str, group: Members, table: Table) -> Amount | None:
        """The sum by the payer's bases; None with an error when it is missing or no class was decided for it."""
        ids = tuple(dict.fromkeys(member.holding_id for member in group if member.holding_id is not None))
        quantity, guessed = charge.quantity(self.holdings, ids, table.unit_id)
        rule = charge.rule
        if quantity is None and rule.required:
            self.errors.append(
                Remark("basis_missing", table.unit_id, rule.code, subject, "+".join(rule.bases))
            )
        if quantity is None or (not quantity and not rule.required):
            return None
        if guessed:
            self.warnings.append(
                Remark("area_missing", table.unit_id, rule.code, subject, "+".join(rule.bases))
            )
        try:
            return charge.amount(quantity)
        except NoBracketError:
            self.errors.append(Remark("no_bracket", table.unit_id, rule.code, subject, format(quantity, "f")))
            return None

    def _claim(self, charge: Charge, subject: str, euros: Decimal, table: Table) -> bool:
        """Take the right to charge this; False when it has been charged already, by an invoice or by another table."""
        key = (charge.rule.code, subject, charge.beneficiary)
        if key in self.charged:
            self._note("already_charged", charge, subject, table)
            return False
        before = self.seen.get(key)
        if before is None:
            self.seen[key] = euros
            return True
        self._note("charged_elsewhere", charge, subject, table)
        if before != euros:
            detail = f"{before} {euros}"
            self.warnings.append(Remark("amount_differs", table.unit_id, charge.rule.code, subject, detail))
        return False

    def _claim_discount(self, key: Key, table: Table) -> bool:
        """Take the right to give a discount of a fixed sum; False when an invoice or another table has given it."""
        if key in self.charged or key in self.seen:
            code = "already_charged" if key in self.charged else "charged_elsewhere"
            self.notes.append(Remark(code, table.unit_id, key.component, key.subject))
            return False
        self.seen[key] = Decimal(0)
        return True

    def _note(self, code: str, charge: Charge, subject: str, table: Table) -> None:
        self.notes.append(Remark(code, table.unit_id, charge.rule.code, subject))


def subject_of(once_per: str, member: MembershipInput, payer_key: str) -> str:
    """What a rule is charged for. A membership without a holding stands for its person."""
    if once_per == "membership":
        return f"membership:{member.id}"
    if once_per == "payer":
        return f"payer:{payer_key}"
    if once_per == "holding" and member.holding_id is not None:
        return f"holding:{member.holding_id}"
    return f"party:{member.party_id}"


def _widest(charge: Charge, group: Members, table: Table) -> tuple[MembershipInput, tuple[int, int]]:
    """The membership that pays for the largest part of the period, the earlier one of equals."""
    if charge.whole_period:
        return group[0], FULL
    shares = [(charge.share(member, table), member) for member in group]
    share, member = max(shares, key=lambda found: found[0][0] / found[0][1])
    return member, share
