"""What a new member of each type pays, told before joining: every share of the fee, by the same calculation as the invoice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from billing import loading
from billing.loading import Fees
from billing.pricing import Calculation, MembershipInput, PayerInput, price
from billing.wording import money
from members.models import FeeBasisKind, MembershipType, OrgUnit
from members.panels import Fee

FAMILY_MEMBER = "family_member"


def quote(*, types: Sequence[MembershipType], unit: OrgUnit, on: date) -> dict[int, Fee]:
    """The fee of each type, by key, for somebody who joins on the day; {} while the unit has decided no fees for the year.

    Made up is a person without a holding: what follows from hectares and the like is named, not summed. A family member is
    taken to be covered by the fee of the household.
    """
    fees = loading.load_fees(year=on.year, unit_ids=[unit.pk])
    if unit.pk not in fees.tables:
        return {}
    units = [unit.pk, *fees.ancestors[unit.pk]]
    names = {one.pk: one.name for one in OrgUnit.objects.filter(pk__in=_beneficiaries(fees))}
    kinds = {kind.pk: _short(kind) for kind in FeeBasisKind.objects.order_by("pk")}
    quotes = {}
    for type in types:
        now, whole = (_member(type, unit, day) for day in (on, None))
        graded = list(dict.fromkeys(kinds[code] for code in _bases(fees, units, whole) if code in kinds))
        quotes[type.pk] = _told(_priced(now, fees), _priced(whole, fees), graded, names, on.year)
    return quotes


def _short(kind: FeeBasisKind) -> str:
    """Forest is forest to an applicant, be it in the south or in the north."""
    return str(kind).partition(",")[0].lower()


def _member(type: MembershipType, unit: OrgUnit, started: date | None) -> MembershipInput:
    covered = type.federation_code == FAMILY_MEMBER
    return MembershipInput(
        1,
        1,
        unit.pk,
        type.federation_code,
        None,
        started,
        covered=covered,
        fee_bearing=type.fee_bearing,
    )


def _priced(member: MembershipInput, fees: Fees) -> Calculation:
    return price(PayerInput("1", (member,)), fees.tables, fees.ancestors)


def _beneficiaries(fees: Fees) -> set[int]:
    return {charge.beneficiary for table in fees.tables.values() for charge in table.compiled.charges}


def _bases(fees: Fees, units: Sequence[int], member: MembershipInput) -> list[str]:
    """What else the fee follows from: the bases of the components that concern the member, each once."""
    tables = [fees.tables[unit].compiled for unit in units if unit in fees.tables]
    rules = [charge.rule for table in tables for charge in table.charges_for(member)]
    return list(dict.fromkeys(code for rule in rules for code in rule.bases))


def _told(
    now: Calculation, whole: Calculation, graded: Sequence[str], names: Mapping[int, str], year: int
) -> Fee:
    """The sum in short, and where it goes in sentences."""
    if not whole.total and not graded:
        return Fee(_("No fee of its own"))
    text = money(now.total)
    if graded:
        text = _("%(sum)s + by the holding") % {"sum": text} if whole.total else _("by the holding")
    shares = _shares(now, names)
    sentences = [f"{', '.join(f'{name} {sum}' for name, sum in shares)}."] if len(shares) > 1 else []
    own = []
    partial = now.total != whole.total
    if partial:
        words = _("This is the share of the year %(year)s; for a whole year %(sum)s.")
        sentences.append(words % {"year": year, "sum": money(whole.total)})
        own.append(_("For a whole year %(sum)s.") % {"sum": money(whole.total)})
    if graded:
        besides = _("Besides by the holding: %(bases)s.") % {"bases": ", ".join(graded)}
        sentences.append(besides)
        own.append(besides)
    to = tuple(name for name, _sum in shares)
    return Fee(text, " ".join(sentences), " ".join(own), to, year if partial else None)


def _shares(found: Calculation, names: Mapping[int, str]) -> list[tuple[str, str]]:
    """Each beneficiary with its sum, in the order of the lines."""
    sums: dict[int, Decimal] = {}
    for line in found.lines:
        sums[line.beneficiary] = sums.get(line.beneficiary, Decimal(0)) + line.amount
    return [(names[unit], money(amount)) for unit, amount in sums.items() if amount]
