"""Reports: rows as plain facts. The same rows feed the page, its charts, CSV and XLSX, and the board's paper (REG-17).

An app adds its part of the statistics by registering a section, when it is ready; nothing is found by itself:

    @reports.section("maksut", label=_("Fees"), order=20, classes="D")
    def fees(asked: Asked) -> Page: ...

Who sees what: the right `statistics.view` opens the sections of the field classes it is given with (A numbers of members,
C ages, D fees), over the units it reaches. Numbers of fewer than five are told only where the reader may see those members
themselves: `asked.open_to(capability, classes)` over every unit that is summed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cached_property
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from jasenpalvelu.common import exports
from jasenpalvelu.common.charts import Chart
from jasenpalvelu.common.money import NBSP, format_number
from jasenpalvelu.common.parts import Figure
from members.choosing import UnitChoice
from members.scope import Scope
from members.statistics.suppression import Key, Sum, hidden

VIEW = "statistics.view"
TOTAL = "total"


class Hidden(Enum):
    """In place of a number that is not told."""

    CELL = ".."


HIDDEN = Hidden.CELL
Value = int | Decimal | Hidden | None


class Look(Enum):
    NUMBER = "number"
    CHANGE = "change"
    SHARE = "share"
    MONEY = "money"


@dataclass(frozen=True)
class Column:
    label: str
    look: Look = Look.NUMBER


@dataclass(frozen=True)
class Row:
    """`url` leads to what the row is about; `total` is the row of the whole."""

    label: str
    values: tuple[Value, ...]
    url: str = ""
    total: bool = False


@dataclass(frozen=True)
class Report:
    """One table with its heading, and the chart that says the same. `code` names its files."""

    code: str
    title: str
    measure: str
    head: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    chart: Chart | None = None
    notes: tuple[str, ...] = ()
    on_paper: int = 15  # rows the board's paper has room for

    @property
    def masked(self) -> bool:
        return any(value is HIDDEN for row in self.rows for value in row.values)

    def lines(self, language: str) -> list[tuple[Row, list[tuple[str, str, bool]]]]:
        """Each row with its cells: column, text, whether it is hidden."""
        return [
            (
                row,
                [
                    (column.label, text(value, column.look, language), value is HIDDEN)
                    for column, value in zip(self.columns, row.values, strict=True)
                ],
            )
            for row in self.rows
        ]

    def export_columns(self) -> list[exports.Column]:
        found = [exports.Column(self.head, "label", width=34)]
        for place, column in enumerate(self.columns):
            kind = exports.Kind.AMOUNT if column.look is Look.MONEY else exports.Kind.NUMBER
            name = f"{column.label}, %" if column.look is Look.SHARE else column.label
            found.append(exports.Column(name, _getter(place, column.look), kind))
        return found

    def export_rows(self) -> list[Row]:
        return [*self.rows, *(Row(note, (None,) * len(self.columns)) for note in self._file_notes())]

    def _file_notes(self) -> list[str]:
        return [hidden_note(), *self.notes] if self.masked else list(self.notes)


def _getter(place: int, look: Look) -> Callable[[Row], object]:
    def get(row: Row) -> object:
        value = row.values[place]
        if value is None or isinstance(value, Hidden):
            return None
        return round(value * 100, 1) if look is Look.SHARE else value

    return get


def text(value: Value, look: Look, language: str) -> str:
    """A value in words; "–" where there is none."""
    if isinstance(value, Hidden):
        return str(value.value)
    if value is None:
        return "–"
    if look is Look.SHARE:
        return f"{format_number(round(Decimal(value) * 100, 1), language, decimals=1)}{NBSP}%"
    if look is Look.MONEY:
        return format_number(Decimal(value), language, decimals=2)
    told = format_number(value, language)
    return f"+{told}" if look is Look.CHANGE and value > 0 else told


def hidden_note() -> str:
    return _("Two dots (..) stand for a number that is not told, so that nobody can be told apart.")


def told(values: Mapping[Key, int], sums: Iterable[Sum[Key]], *, everything: bool) -> dict[Key, int | Hidden]:
    """The numbers as the reader may have them."""
    gone = frozenset() if everything else hidden(values, sums)
    return {key: HIDDEN if key in gone else value for key, value in values.items()}


def with_total(counts: Counter, keys: Iterable, *, everything: bool) -> dict[Any, Value]:
    """The numbers of the keys and, as TOTAL, their sum, as the reader may have them."""
    values = {key: counts[key] for key in keys}
    parts = tuple(values)
    whole = {**values, TOTAL: sum(values.values())}
    return {**told(whole, [Sum(parts, TOTAL)], everything=everything)}


def change(now: Value, before: Value) -> Value:
    """The difference, as far as both are told."""
    if now is HIDDEN or before is HIDDEN:
        return HIDDEN
    return None if now is None or before is None else now - before


def share(part: Value, whole: Value) -> Value:
    if part is HIDDEN or whole is HIDDEN:
        return HIDDEN
    return Decimal(part) / whole if part is not None and whole else None


# --- what is asked for ----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Asked:
    """One unit of the reader's reach with all below it, a year, and the year it is compared with."""

    scope: Scope
    chosen: UnitChoice
    choices: Sequence[UnitChoice]
    language: str
    today: date
    year: int | None = None
    other: int | None = None

    @cached_property
    def units(self) -> frozenset[int]:
        """Associations summed: the chosen unit and those below it, as far as the right reaches."""
        return frozenset(self.chosen.below) & self.scope.unit_ids(VIEW)

    @property
    def name(self) -> str:
        return self.chosen.name(self.language)

    @cached_property
    def parts(self) -> list[UnitChoice]:
        """The units right below the chosen one."""
        place = self.choices.index(self.chosen)
        found = []
        for unit in self.choices[place + 1 :]:
            if unit.depth <= self.chosen.depth:
                break
            if unit.depth == self.chosen.depth + 1:
                found.append(unit)
        return found

    @cached_property
    def above(self) -> Asked | None:
        """The same asked of the unit right above, whose table has a row of the chosen one; None at the top of the reach."""
        place = self.choices.index(self.chosen)
        depth = self.chosen.depth - 1
        found = next((unit for unit in reversed(self.choices[:place]) if unit.depth <= depth), None)
        return replace(self, chosen=found) if found is not None and found.depth == depth else None

    def sees(self, classes: str) -> bool:
        """Whether the right is held with these classes over all that is summed."""
        return self.units <= self.scope.unit_ids(VIEW, classes)

    def open_to(self, capability: str, classes: str) -> bool:
        """Whether the reader may see, one by one, whatever is counted: then no number is hidden."""
        return self.units <= self.scope.unit_ids(capability, classes)


# --- sections -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Page:
    """A section for one reader: figures on top, its reports, words below them. Without reports: `empty` says why."""

    lede: str = ""
    figures: Sequence[Figure] = ()
    reports: Sequence[Report] = ()
    words: Sequence[tuple[str, Sequence[str]]] = ()
    years: Sequence[int] = ()
    year: int | None = None
    other: int | None = None
    empty: tuple[str, str] = field(default=("", ""))


@dataclass(frozen=True)
class Section:
    code: str
    label: str | Promise
    order: int
    classes: str
    make: Callable[[Asked], Page]


_sections: dict[str, Section] = {}


def section(code: str, *, label: str | Promise, order: int, classes: str) -> Callable:
    def register(make: Callable[[Asked], Page]) -> Callable[[Asked], Page]:
        _sections[code] = Section(code, label, order, classes, make)
        return make

    return register


def sections(asked: Asked) -> list[Section]:
    """Those the reader may open over the chosen unit, in order."""
    return sorted((one for one in _sections.values() if asked.sees(one.classes)), key=lambda one: one.order)
