"""The columns of the member list: one description serves the page, the choice of columns and the exported file (REG-7).

Apps above add theirs when they are ready, each with a loader that answers for a whole page of rows in one query:

    tables.register(tables.MemberColumn("open", _("Open"), value, load=load, classes="D", …))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from jasenpalvelu.common import exports
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.exports import Kind
from jasenpalvelu.common.money import format_money, format_number
from jasenpalvelu.common.reference import municipality_name
from jasenpalvelu.common.tables import Column
from members import masking
from members.models import Membership, Party
from members.scope import Scope

# Every reader gets these first; whoever lacks a class gets fewer.
DEFAULT = ("type", "place", "field_ha", "forest_ha", "open", "payment")


class Hidden:
    """Stands for what a non-disclosure order hides, on the page and in files alike."""

    def __str__(self) -> str:
        return _("Not shown")


HIDDEN = Hidden()


@dataclass(frozen=True)
class Mark:
    """A state in a chip; in a file its words."""

    kind: str
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class MemberRow:
    """One party on the list as this reader meets it: the memberships that brought it here and the classes held over them."""

    party: Party
    memberships: tuple[Membership, ...]
    classes: frozenset[str]

    @property
    def shown(self) -> masking.Shown:
        return masking.shown(self.classes, non_disclosure=self.party.non_disclosure)


@dataclass(frozen=True)
class Loading:
    """What a loader is asked about: the rows of one page or of one chunk of a file."""

    scope: Scope
    rows: list[MemberRow]
    on: date

    @property
    def party_ids(self) -> list[int]:
        return [row.party.pk for row in self.rows]


Loader = Callable[[Loading], Mapping[int, Any]]


@dataclass(frozen=True)
class MemberColumn:
    """`value` gets the row and what `load` found for its party (None without). Two columns may share a loader: it is asked
    once. `classes`: what the reader must hold over the party; `protected`: hidden by a non-disclosure order."""

    key: str
    header: str | Promise
    value: Callable[[MemberRow, Any], Any]
    load: Loader | None = None
    classes: str = "A"
    protected: bool = False
    kind: Kind = Kind.TEXT
    num: bool = False
    phone: bool = True
    sort: str = ""
    order: int = 50
    width: int = 18


_registered: dict[str, MemberColumn] = {}


def register(new: MemberColumn) -> None:
    """Add a column, or replace the one of the same key."""
    _registered[new.key] = new


def offered(scope: Scope, capability: str = "members.view") -> list[MemberColumn]:
    """The columns whose class the reader holds somewhere."""
    found = [c for c in _registered.values() if scope.can(capability, classes=c.classes)]
    return sorted(found, key=lambda c: (c.order, c.key))


def chosen(scope: Scope, keys: Iterable[str] | None, capability: str = "members.view") -> list[MemberColumn]:
    """The columns with these keys in the list's own order; the default ones when no choice has been made."""
    wanted = set(DEFAULT if keys is None else keys)
    return [c for c in offered(scope, capability) if c.key in wanted]


@dataclass(frozen=True)
class Loaded:
    """Rows with everything the columns need: `cell` answers without a query."""

    rows: list[MemberRow]
    facts: Mapping[Loader, Mapping[int, Any]] = field(default_factory=dict)

    def cell(self, row: MemberRow, column: MemberColumn) -> Any:
        """The value, HIDDEN under a non-disclosure order, None where the reader's role does not reach or nothing is known."""
        if not row.classes >= set(column.classes):
            return None
        if column.protected and row.party.non_disclosure:
            return HIDDEN
        fact = self.facts[column.load].get(row.party.pk) if column.load else None
        return column.value(row, fact)


def load(loading: Loading, columns: Iterable[MemberColumn]) -> Loaded:
    """Ask each loader of the columns once."""
    loaders = {column.load for column in columns if column.load is not None}
    return Loaded(
        loading.rows, {loader: loader(loading) for loader in loaders} if loading.rows else _nothing(loaders)
    )


def _nothing(loaders: Iterable[Loader]) -> dict[Loader, Mapping[int, Any]]:
    return {loader: {} for loader in loaders}


# --- on the page ----------------------------------------------------------------------------------------------------
def page_columns(columns: Iterable[MemberColumn]) -> list[Column]:
    """The heads as the shared table draws them: the name first, then the chosen ones."""
    name = Column("name", _("Name"), sort="name", row_header=True)
    return [name] + [Column(c.key, str(c.header), sort=c.sort, num=c.num, phone=c.phone) for c in columns]


def in_words(value: Any, kind: Kind) -> str:
    """A value as it reads on the page, in the active language."""
    language = get_language() or "fi"
    if kind is Kind.AMOUNT:
        return format_money(value, language)
    if kind is Kind.DATE:
        return format_date(value, language)
    if kind is Kind.NUMBER and isinstance(value, Decimal):
        return format_number(value, language, decimals=2)
    return str(value)


# --- in a file ------------------------------------------------------------------------------------------------------
def file_columns(columns: Iterable[MemberColumn]) -> list[exports.Column]:
    """Columns over rows that are lists of cells already: name and number first."""
    heads = [(_("Name"), Kind.TEXT, 32), (_("Member number"), Kind.TEXT, 14)]
    heads += [(str(c.header), c.kind, c.width) for c in columns]
    return [exports.Column(head, _Nth(n), kind, width) for n, (head, kind, width) in enumerate(heads)]


@dataclass(frozen=True)
class _Nth:
    n: int

    def __call__(self, row: list[Any]) -> Any:
        return row[self.n]


# --- the register's own columns -------------------------------------------------------------------------------------
def names(values: Iterable[Any]) -> str:
    """Different names once each, in the order they come."""
    return ", ".join(dict.fromkeys(str(value) for value in values))


def _place(row: MemberRow, _fact: Any) -> str:
    code = row.party.home_municipality
    return municipality_name(code, get_language() or "fi") if code else ""


def _since(row: MemberRow, _fact: Any) -> date | None:
    return min((m.started_on for m in row.memberships if m.started_on), default=None)


def register_own() -> None:
    """Called when the app is ready, as the loaders read models."""
    from members.loading import contacts, former_numbers, hectares

    own = (
        MemberColumn("type", gettext_lazy("Membership type"), lambda row, _f: names(m.type for m in row.memberships), order=10),
        MemberColumn("unit", gettext_lazy("Association"), lambda row, _f: names(m.unit for m in row.memberships), order=15, width=32),
        MemberColumn("place", gettext_lazy("Home municipality"), _place, protected=True, order=20),
        MemberColumn("field_ha", gettext_lazy("Field, ha"), lambda row, fact: fact and fact.get("field"), load=hectares, classes="C", kind=Kind.NUMBER, num=True, phone=False, order=30),
        MemberColumn("forest_ha", gettext_lazy("Forest, ha"), lambda row, fact: fact and fact.get("forest"), load=hectares, classes="C", kind=Kind.NUMBER, num=True, phone=False, order=35),
        MemberColumn("phone", gettext_lazy("Phone"), lambda row, fact: fact and fact.get("phone"), load=contacts, classes="B", protected=True, order=60),
        MemberColumn("email", gettext_lazy("E-mail"), lambda row, fact: fact and fact.get("email"), load=contacts, classes="B", protected=True, order=65, width=32),
        MemberColumn("address", gettext_lazy("Address"), lambda row, fact: fact and fact.get("address"), load=contacts, classes="B", protected=True, phone=False, order=70, width=40),
        MemberColumn("language", gettext_lazy("Language"), lambda row, _f: row.party.get_language_display(), classes="B", phone=False, order=75),
        MemberColumn("joined", gettext_lazy("Member since"), _since, kind=Kind.DATE, phone=False, order=80),
        MemberColumn("number", gettext_lazy("Member number"), lambda row, _f: row.party.number, sort="number", phone=False, order=5, width=14),
        MemberColumn("former", gettext_lazy("Old member number"), lambda row, fact: fact and names(fact), load=former_numbers, phone=False, order=7, width=14),
    )  # fmt: skip
    for column in own:
        register(column)
