"""The preview of a run in words and pictures, from its stored summary. Nothing is calculated here but differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from billing.checking import Check, Checks
from billing.models import FeeRule, FeeTable, InvoiceRun
from billing.pricing.texts import NAMES
from billing.services.previewing import basis_units
from billing.wording import money, price
from jasenpalvelu.common.charts import Bar, Chart, column_chart, share_bar, swatch
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.money import ZERO, format_amount, format_number
from jasenpalvelu.common.parts import Figure
from members.models import OrgUnit

TAKEN_OFF = frozenset({"family", "exemption", "cap", "percent_discount", "amount_discount"})
# More tables than this are shown together by the names of their components.
FEW_TABLES = 4
MOST_SHARES = 5
SHARE_TONES = (1, 4, 2, 3, 7)


@dataclass(frozen=True)
class ComponentRow:
    """One row of "Where the sum comes from"."""

    name: str
    detail: str
    amount: Decimal
    previous: Decimal | None

    @property
    def change(self) -> Decimal | None:
        return None if self.previous is None else self.amount - self.previous


class Preview:
    """What the page shows of a calculated run."""

    def __init__(self, run: InvoiceRun) -> None:
        self.run = run
        self.summary: Mapping[str, Any] = run.summary
        self.states: Mapping[str, int] = self.summary.get("states", {})
        self.count: int = self.summary.get("count", 0)
        self.total = Decimal(self.summary.get("total", "0"))
        before = self.summary.get("previous")
        self.before_count: int | None = before["count"] if before else None
        self.before_total: Decimal | None = Decimal(before["total"]) if before else None
        self.language = get_language() or "fi"

    # --- the strip ----------------------------------------------------------------------------------------------------
    @property
    def figures(self) -> list[Figure]:
        average = self.total / self.count if self.count else ZERO
        run = self.run
        return [
            Figure(pgettext("how many", "Invoices"), self._number(self.count), change=self._count_change()),
            Figure(_("Together"), format_amount(self.total, self.language), "€", change=self._total_change()),
            Figure(
                _("On average"), format_amount(average, self.language), "€", change=self._average_before()
            ),
            Figure(
                _("Due date"),
                format_date(run.due_date),
                change=_("invoice date %(day)s") % {"day": format_date(run.invoice_date)},
            ),
        ]

    def _count_change(self) -> str:
        if self.before_count is None:
            return _("nothing to compare with")
        return _("%(n)s from last year") % {"n": self._signed(self.count - self.before_count)}

    def _total_change(self) -> str:
        if self.before_total is None:
            return ""
        difference = self.total - self.before_total
        text = f"{'+' if difference > 0 else ''}{money(difference)}"
        if self.before_total:
            share = difference / self.before_total * 100
            percent = format_number(share, self.language, decimals=1)
            text += f", {'+' if share > 0 else ''}{percent}\N{NO-BREAK SPACE}%"
        return text

    def _average_before(self) -> str:
        if not self.before_count or self.before_total is None:
            return ""
        return _("last year %(sum)s") % {"sum": money(self.before_total / self.before_count)}

    # --- where the sum comes from -------------------------------------------------------------------------------------
    @cached_property
    def components(self) -> list[ComponentRow]:
        found: dict[tuple[object, ...], list[Mapping[str, Any]]] = {}
        before: dict[tuple[object, ...], Decimal] = {}
        for row in self.summary.get("components", ()):
            found.setdefault(self._merge_key(row), []).append(row)
        for row in self.summary.get("previous_components", ()):
            key = self._merge_key(row)
            before[key] = before.get(key, ZERO) + Decimal(row["amount"])
        compared = self.before_count is not None
        rows = [
            self._component(parts, before.get(key, ZERO) if compared else None)
            for key, parts in sorted(found.items(), key=lambda item: self._order(item[1][0]))
        ]
        gone = [key for key in before if key not in found and before[key]]
        names = {self._merge_key(row): row["text"] for row in self.summary.get("previous_components", ())}
        return rows + [
            ComponentRow(names[key], _("not charged this year"), ZERO, before[key]) for key in gone
        ]

    @property
    def component_total(self) -> ComponentRow:
        detail = self._invoices(self.count)
        return ComponentRow(_("Together"), detail, self.total, self.before_total)

    def _merge_key(self, row: Mapping[str, Any]) -> tuple[object, ...]:
        if self._few_tables:
            return (row["unit"], row["component"])
        return (row["component"], self._name(row))

    @cached_property
    def _few_tables(self) -> bool:
        return len({row["unit"] for row in self.summary.get("components", ())}) <= FEW_TABLES

    def _order(self, row: Mapping[str, Any]) -> tuple[object, ...]:
        rule = self._rules.get((row["unit"], row["component"]))
        own = row["unit"] in self.run.units
        return (
            row["kind"] in TAKEN_OFF,
            own,
            row["unit"] if self._few_tables else 0,
            rule.position if rule else 999,
        )

    def _component(self, parts: Sequence[Mapping[str, Any]], before: Decimal | None) -> ComponentRow:
        first = parts[0]
        amount = sum((Decimal(part["amount"]) for part in parts), ZERO)
        detail = self._how(first) if len(parts) == 1 else self._charges(sum(part["count"] for part in parts))
        if self._few_tables and len(self._tables) > 1:
            detail = ", ".join(text for text in (detail, self.units.get(first["unit"], "")) if text)
        return ComponentRow(self._name(first), detail, amount, before)

    def _how(self, part: Mapping[str, Any]) -> str:
        count = part["count"]
        if part["quantity"] and part["unit_price"]:
            unit = basis_units().get(self.language, {}).get(part["basis"], "")
            quantity = format_number(Decimal(part["quantity"]), self.language, decimals=2)
            return f"{quantity}\N{NO-BREAK SPACE}{unit} × {price(Decimal(part['unit_price']))}"
        if part["each"] and part["kind"] not in TAKEN_OFF:
            return f"{self._number(count)} × {money(Decimal(part['each']))}"
        return self._charges(count)

    def _charges(self, count: int) -> str:
        return ngettext("%(n)s row", "%(n)s rows", count) % {"n": self._number(count)}

    def _name(self, row: Mapping[str, Any]) -> str:
        rule = self._rules.get((row["unit"], row["component"]))
        if rule is not None:
            return rule.name
        fixed = NAMES.get(row["component"], {})
        return fixed.get(self.language) or fixed.get("fi") or row["text"]

    @cached_property
    def _tables(self) -> list[FeeTable]:
        return list(FeeTable.objects.filter(pk__in=self.summary.get("tables", [])).order_by("pk"))

    @cached_property
    def _rules(self) -> dict[tuple[int, str], FeeRule]:
        units = {table.pk: table.unit_id for table in self._tables}
        rules = FeeRule.objects.filter(table__in=units).order_by("pk")
        return {(units[rule.table_id], rule.code): rule for rule in rules}

    @cached_property
    def units(self) -> dict[int, str]:
        wanted = {row["unit"] for row in self.summary.get("beneficiaries", ())}
        wanted |= {table.unit_id for table in self._tables[:FEW_TABLES]} | {self.run.creditor_id}
        return {unit.pk: unit.name for unit in OrgUnit.objects.filter(pk__in=wanted).order_by("pk")}

    @property
    def table_years(self) -> str:
        """ "fee table 2026" or "12 fee tables of 2026"."""
        count = len(self.summary.get("tables", ()))
        text = ngettext("fee table %(year)s", "%(n)s fee tables of %(year)s", count)
        return text % {"year": self.run.year, "n": self._number(count)}

    # --- change from last year ----------------------------------------------------------------------------------------
    @property
    def chart(self) -> Chart | None:
        if self.before_count is None:
            return None
        labels = [_("Falls"), _("Unchanged"), "0–5 €", "5–20 €", "20–50 €", _("Over 50 €")]
        short = ["", _("Same"), "", "", "", "> 50 €"]
        tones = (4, 7, 1, 1, 1, 3)
        bars = [
            Bar(label, value, tone, small)
            for label, value, tone, small in zip(labels, self.summary["changes"], tones, short, strict=True)
        ]
        return column_chart(
            _("Change from last year"),
            _("Payers by how much the fee changes"),
            bars,
            (_("Change of the fee"), _("Payers")),
        )

    @property
    def new_payers(self) -> str:
        count = self.summary.get("new", 0)
        if not count:
            return ""
        text = ngettext(
            "%(n)s payer had no invoice last year.", "%(n)s payers had no invoice last year.", count
        )
        return text % {"n": self._number(count)}

    @property
    def checks(self) -> list[Check]:
        return Checks(self.run).all()

    # --- who gets the money -------------------------------------------------------------------------------------------
    @cached_property
    def _shares(self) -> list[tuple[str, Decimal]]:
        rows = [
            (self.units.get(row["unit"], ""), Decimal(row["amount"]))
            for row in self.summary.get("beneficiaries", ())
        ]
        if len(rows) <= MOST_SHARES:
            return rows
        rest = rows[MOST_SHARES - 1 :]
        others = _("%(n)s others") % {"n": self._number(len(rest))}
        return [*rows[: MOST_SHARES - 1], (others, sum((amount for _name, amount in rest), ZERO))]

    @property
    def share_bar(self) -> SafeString:
        bars = [
            Bar(name, max(amount, ZERO), tone, shown=money(amount))
            for (name, amount), tone in zip(self._shares, SHARE_TONES, strict=False)
        ]
        return share_bar(bars, _("Who gets the money"))

    @property
    def share_rows(self) -> list[tuple[SafeString, str]]:
        rows = []
        for (name, amount), tone in zip(self._shares, SHARE_TONES, strict=False):
            share = format_number(
                amount / self.total * 100 if self.total else ZERO, self.language, decimals=1
            )
            term = format_html("{}{}<small>{}\N{NO-BREAK SPACE}%</small>", swatch(tone), name, share)
            rows.append((term, money(amount)))
        return [*rows, (format_html("{}", _("Together")), money(self.total))]

    # --- words --------------------------------------------------------------------------------------------------------
    @property
    def approve_text(self) -> str:
        text = ngettext("Approve %(n)s invoice", "Approve %(n)s invoices", self.count)
        return text % {"n": self._number(self.count)}

    @property
    def consequence(self) -> str:
        text = ngettext(
            "Approving gives %(n)s invoice its number. After that an invoice can be changed only by a credit note."
            " Nothing is sent to anybody: you download the invoices and send them yourself.",
            "Approving gives %(n)s invoices their numbers. After that an invoice can be changed only by a credit note."
            " Nothing is sent to anybody: you download the invoices and send them yourself.",
            self.count,
        )
        return text % {"n": self._number(self.count)}

    def _invoices(self, count: int) -> str:
        return ngettext("%(n)s invoice", "%(n)s invoices", count) % {"n": self._number(count)}

    def _number(self, value: int) -> str:
        return format_number(value, self.language)

    def _signed(self, value: int) -> str:
        return f"+{self._number(value)}" if value > 0 else self._number(value)
