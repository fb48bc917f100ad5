"""One payer's item of a run, from the calculation to what is stored and later copied into the invoice. No database here.

The texts are in the payer's language and frozen: what the treasurer approves is what is printed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from billing.allocation import parts
from billing.charged import charge_key
from billing.loading import PayerRecord
from billing.models.runs import ItemState
from billing.pricing import Calculation, Line, Remark, Table, basis_text, line_name

BIG_RISE = Decimal(50)
# Notes a treasurer may want to see the payers of.
FILTERED_NOTES = frozenset({"already_charged"})


class ItemRow(NamedTuple):
    """The columns of a run item in the order they are copied."""

    payer_id: int
    state: str
    name: str
    sort_key: str
    total: Decimal
    previous_total: Decimal | None
    payer_data: str
    lines: str
    errors: str
    warnings: str
    notes: str
    codes: str


class ItemBuilder:
    """What is the same for every payer of a run: tables, units of the bases by language, when an invoice is divided."""

    def __init__(
        self,
        *,
        year: int,
        tables: Mapping[int, Table],
        basis_units: Mapping[str, Mapping[str, str]],
        threshold: Decimal | None,
        excluded: Mapping[int, str],
    ) -> None:
        self.year = year
        self.tables = tables
        self.basis_units = basis_units
        self.threshold = threshold
        self.excluded = excluded
        self._names: dict[tuple[int, str, str, str], str] = {}

    def build(self, payer: PayerRecord, found: Calculation) -> ItemRow:
        errors = [*_remarks(found.errors), *payer_errors(payer)]
        warnings = [*_remarks(found.warnings), *payer_warnings(payer, found)]
        language = payer.language if payer.language in self.basis_units else "fi"
        lines = [self._line(line, payer, language) for line in found.lines]
        total = found.total
        state = self._state(payer, errors, lines, total)
        data = {
            "address": payer.address,
            "email": payer.has_email,
            "language": language,
            "number": payer.number,
            "y_tunnus": payer.y_tunnus,
            "parts": [str(part) for part in parts(total, self.threshold)] if total > 0 else [],
        }
        told = (*errors, *warnings, *(note.as_dict() for note in found.notes if note.code in FILTERED_NOTES))
        codes = sorted({remark["code"] for remark in told})
        return ItemRow(
            payer.party_id,
            state,
            payer.name,
            payer.sort_key,
            total,
            payer.previous,
            _json(data),
            _json(lines),
            _json(errors),
            _json(warnings),
            _json(_remarks(found.notes)),
            "{" + ",".join(codes) + "}",
        )

    def _state(
        self, payer: PayerRecord, errors: Sequence[object], lines: Sequence[object], total: Decimal
    ) -> str:
        if payer.party_id in self.excluded:
            return ItemState.EXCLUDED
        return state_of(has_errors=bool(errors), total=total)

    def _line(self, line: Line, payer: PayerRecord, language: str) -> dict[str, Any]:
        key = line.key
        return {
            "unit": line.unit_id,
            "beneficiary": line.beneficiary,
            "component": line.component,
            "charge_key": charge_key(self.year, key) if key else "",
            "text": self._text(line, payer, language)[:160],
            "basis_text": self._basis(line, payer, language)[:160],
            "amount": str(line.amount),
            "account": line.account,
            "vat_code": line.vat_code,
            "vat_rate": str(line.vat_rate),
            "data": line_facts(line),
        }

    def _text(self, line: Line, payer: PayerRecord, language: str) -> str:
        cached = (line.unit_id, line.component, line.kind, language)
        name = self._names.get(cached)
        if name is None:
            name = self._names[cached] = line_name(line, self.tables, language)
        if line.party_id is None or line.party_id == payer.party_id:
            return name
        whose = next(
            (member.name for member in payer.input.memberships if member.id == line.membership_id), ""
        )
        return f"{name}, {whose}" if whose else name

    def _basis(self, line: Line, payer: PayerRecord, language: str) -> str:
        text = basis_text(line, language, self.basis_units[language])
        if len(payer.holding_names) > 1 and line.subject.startswith("holding:"):
            holding = payer.holding_names.get(int(line.subject.removeprefix("holding:")), "")
            return ", ".join(part for part in (holding, text) if part)
        return text


def line_facts(line: Line) -> dict[str, Any]:
    """What a line was calculated from, without what has a column of its own; empty facts are left out."""
    facts: dict[str, Any] = {"kind": line.kind, "subject": line.subject}
    if line.membership_id is not None:
        facts["membership_id"] = line.membership_id
    if line.party_id is not None:
        facts["party_id"] = line.party_id
    if line.bases:
        facts["bases"] = line.bases
    if line.quantity is not None:
        facts["quantity"] = str(line.quantity)
        if line.lower is not None:
            facts["lower"] = str(line.lower)
        if line.upper is not None:
            facts["upper"] = str(line.upper)
        if line.unit_price is not None:
            facts["unit_price"] = str(line.unit_price)
    if line.percent is not None:
        facts["percent"] = str(line.percent)
    for name in ("share", "limited", "reason"):
        if text := getattr(line, name):
            facts[name] = text
    return facts


def state_of(*, has_errors: bool, total: Decimal) -> str:
    """What becomes of an item nobody has left out."""
    if has_errors:
        return ItemState.ERROR
    return ItemState.READY if total > 0 else ItemState.NOTHING


def payer_errors(payer: PayerRecord) -> Iterable[dict[str, Any]]:
    """What keeps an invoice from being sent to this payer at all."""
    if payer.deceased:
        yield {"code": "payer_deceased"}
    if not payer.address and not payer.has_email:
        yield {"code": "no_address"}


def payer_warnings(payer: PayerRecord, found: Calculation) -> Iterable[dict[str, Any]]:
    """What a treasurer should look at before approving."""
    members = payer.input.memberships
    if len(members) > 1:
        units: dict[int, set[int]] = {}
        for member in members:
            if member.holding_id is not None:
                units.setdefault(member.holding_id, set()).add(member.unit_id)
        joint = sum(len(found_in) > 1 for found_in in units.values())
        if joint:
            yield {"code": "two_associations", "detail": str(joint)}
    if payer.holdings_without_id:
        several = len({member.unit_id for member in members}) > 1
        yield {"code": "no_y_tunnus" if several else "holding_without_id"}
    if payer.previous is not None and found.total - payer.previous > BIG_RISE:
        yield {"code": "rise", "detail": str(found.total - payer.previous)}


def _remarks(remarks: Iterable[Remark]) -> list[dict[str, Any]]:
    return [remark.as_dict() for remark in remarks]


# One encoder for all: making a new one for each value takes longer than the encoding.
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def _json(value: object) -> str:
    return _encode(value) if value else "[]"


def copy_text(rows: Iterable[ItemRow], run_id: int) -> str:
    """The rows as PostgreSQL's COPY reads them."""
    return "".join(_copy_line((run_id, *row)) for row in rows)


def _copy_line(values: Iterable[object]) -> str:
    return "\t".join("\\N" if value is None else _escaped(str(value)) for value in values) + "\n"


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_TO_ESCAPE = re.compile(r"[\\\t\n\r]")


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES) if _TO_ESCAPE.search(text) else text
