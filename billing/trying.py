"""Trying a fee table out: what a made-up member would pay by it, the shares of the unions above included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing import loading, remarks
from billing.models import FeeTable
from billing.pricing import (
    Calculation,
    HoldingInput,
    MembershipInput,
    PayerInput,
    basis_text,
    line_name,
    price,
)
from billing.services.previewing import basis_units
from billing.wording import money
from members.models import MembershipType, OrgUnit


@dataclass(frozen=True)
class Tried:
    """Rows of name and sum, the total last; or why there is no sum."""

    rows: list[tuple[str, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def try_table(table: FeeTable, type_code: str, bases: Mapping[str, Decimal]) -> Tried:
    """Calculate one made-up membership by this version of the table. Nothing is stored."""
    fees = loading.load_fees(year=table.year, unit_ids=[table.unit_id])
    tables = {**fees.tables, table.unit_id: loading.as_table(table)}
    bearing = MembershipType.objects.filter(federation_code=type_code, fee_bearing=True).exists()
    member = MembershipInput(1, 1, table.unit_id, type_code, 1, fee_bearing=bearing)
    holding = HoldingInput(1, {(code, None): value for code, value in bases.items()})
    found = price(PayerInput("1", (member,), (holding,)), tables, fees.ancestors)
    return Tried(_rows(found, tables), *_told(found))


def _rows(found: Calculation, tables: Mapping) -> list[tuple[str, str]]:
    language = get_language() or "fi"
    units = basis_units().get(language, {})
    names = {
        unit.pk: unit.name
        for unit in OrgUnit.objects.filter(pk__in={line.beneficiary for line in found.lines})
    }
    rows = []
    for line in found.lines:
        details = [text for text in (basis_text(line, language, units), names[line.beneficiary]) if text]
        rows.append((f"{line_name(line, tables, language)} ({', '.join(details)})", money(line.amount)))
    return [*rows, (_("Together"), money(found.total))]


def _told(found: Calculation) -> tuple[list[str], list[str]]:
    kinds = remarks.basis_names()
    errors = [remarks.error_text(remark.as_dict(), kinds) for remark in found.errors]
    return errors, [remarks.note_text(remark.as_dict()) for remark in (*found.warnings, *found.notes)]
