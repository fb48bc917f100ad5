"""Whose a row is: of every table with personal columns, which rows belong to a person. One list, in the open.

    from members.personal import registry

    registry.rows("billing_invoice", "money", _("Invoices"), "t.payer_id = ANY(%(parties)s)", hold="books", …)

The columns and what becomes of each stand in the apps' `privacy.py`; this says by what key the rows are found. Apps above the
register add theirs when they are ready; `tests/members/personal/test_registry.py` demands an entry for each table of the maps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Field
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from jasenpalvelu.common.privacy import Erase, Table
from members.personal.labels import models_by_table

if TYPE_CHECKING:
    from members.personal.reading import Person

Text = str | Promise

# The chapters of the person's copy, in their order.
CHAPTERS: dict[str, Text] = {
    "person": _("Who you are"),
    "contacts": _("Contact details"),
    "memberships": _("Memberships"),
    "household": _("Family and holdings"),
    "money": _("Invoices and payments"),
    "posts": _("Posts and login"),
    "privacy": _("Data protection"),
    "other": _("Other data"),
    "changes": pgettext_lazy("chapter", "Changes"),
    "looks": _("Who has looked"),
}
# Why a column is kept through an erasure, and the rule it follows from.
HOLDS: dict[str, tuple[Text, Text]] = {
    "membership": (
        _("The list of members"),
        _("Associations Act 503/1989, section 11: as long as the membership goes on"),
    ),
    "books": (
        _("Accounting material"),
        _(
            "Accounting Act 1336/1997, chapter 2, section 10: vouchers six years from the end of the year in which the financial year ended"
        ),
    ),
    "ledger": (
        _("Books of account"),
        _("Accounting Act 1336/1997, chapter 2, section 10: ten years from the end of the financial year"),
    ),
    "others": (
        _("Shared with other people"),
        _("A holding that others belong to stays theirs; your own tie to it is erased"),
    ),
    "minutes": (
        _("Minutes of the association"),
        _("What the association decided about members stays in its minutes, for as long as these are kept"),
    ),
    "consents": (
        _("Proof of what you have allowed"),
        _("GDPR articles 7(1) and 17(3)(e), Act on the Limitation of Debts 728/2003, section 4: three years"),
    ),
    "evidence": (
        _("Log of who did and saw what"),
        _("GDPR articles 5(2) and 32: shows that data has been handled lawfully"),
    ),
}


@dataclass(frozen=True)
class Rows:
    """Rows of a table that belong to a person.

    `where`: SQL over `t` with the arrays %(parties)s and %(users)s. `named` are columns whose person is told by name, as a spouse
    is; anybody else a column points at is "another person". `hold` is why columns that the map keeps stay in an erasure, `until`
    SQL over `t` for the last day; `identifying` what is emptied when the hold is over, with the SQL of what is put there.
    `emptied`: of rows that stay although nothing of them is kept, because others point at them, what is put into each column.
    `shared`: SQL over `t`, true for rows that are other people's as well: nothing identifying is taken from them. `expires`: the
    rows go whole when their hold is over.
    """

    table: str
    chapter: str
    title: Text
    where: str
    hold: str = ""
    until: str = ""
    identifying: Mapping[str, str] = field(default_factory=dict)
    emptied: Mapping[str, str] = field(default_factory=dict)
    shared: str = ""
    expires: bool = False
    named: frozenset[str] = frozenset()
    key: str = "id"
    order: int = 50


@dataclass(frozen=True)
class Free:
    """Text columns in which a person may be written without a key: searched by what is known of the person.

    `hold` when what is found stays, `until` SQL over `t` for the last day, after which the app itself forgets it; otherwise `emptied`
    says what is put into each column (SQL). `only`: SQL over `t` of the rows that are looked at, with the arrays
    %(units)s, of the associations that know the person and those above them, %(parties)s and %(users)s. `by_name`: a name alone tells who is meant, of somebody without a namesake.
    """

    table: str
    columns: tuple[str, ...]
    title: Text
    hold: str = ""
    until: str = ""
    emptied: Mapping[str, str] = field(default_factory=dict)
    deleted: bool = False
    only: str = "true"
    by_name: bool = True


Hindrance = Callable[["Person", date], Iterator[str]]
Knowing = Callable[["Person"], set[int]]

_rows: dict[str, Rows] = {}
_free: dict[str, Free] = {}
_maps: dict[str, Table] = {}
_hindrances: list[Hindrance] = []
_knowing: list[Knowing] = []


def maps(tables: Mapping[str, Table]) -> None:
    """Add an app's map of columns."""
    _maps.update(tables)


def rows(table: str, chapter: str, title: Text, where: str, **further: object) -> None:
    """Say which rows of the table belong to a person."""
    _rows[table] = Rows(table, chapter, title, where, **further)  # type: ignore[arg-type]


def free(table: str, columns: str, title: Text, **further: object) -> None:
    """Say in which columns of the table a person may be written in words."""
    _free[table] = Free(table, tuple(columns.split()), title, **further)  # type: ignore[arg-type]


def hindrance(function: Hindrance) -> Hindrance:
    """Register why a person cannot be erased just now, one sentence each."""
    if function not in _hindrances:
        _hindrances.append(function)
    return function


def hindrances(found: Person, on: date) -> list[str]:
    return [text for function in _hindrances for text in function(found, on)]


def knowing(function: Knowing) -> Knowing:
    """Register which units hold data about a person besides those of the person's own memberships."""
    if function not in _knowing:
        _knowing.append(function)
    return function


def units_that_know(found: Person) -> set[int]:
    return {unit for function in _knowing for unit in function(found)}


def all_rows() -> list[Rows]:
    """In the order of the person's copy."""
    chapters = list(CHAPTERS)
    return sorted(
        [*_rows.values(), *_by_themselves()],
        key=lambda rows: (chapters.index(rows.chapter), rows.order, rows.table),
    )


def _by_themselves() -> list[Rows]:
    """Tables nobody has told of, that point at a party or at rows that are the person's: nothing is forgotten because somebody forgot it."""
    found: dict[str, Rows] = {}
    waiting = {
        table: model
        for table, model in models_by_table().items()
        if table not in _rows and table not in _free and is_personal(table)
    }
    for _step in (1, 2):
        for table, model in waiting.items():
            conditions = [c for f in model._meta.concrete_fields if (c := _through(f, found))]
            if table not in found and conditions:
                title, pk = model._meta.verbose_name_plural or table, model._meta.pk
                key = (pk.column if pk else None) or "id"
                found[table] = Rows(
                    table, "other", title, " OR ".join(conditions), hold="evidence", key=key, order=60
                )
    return list(found.values())


def is_personal(table: str) -> bool:
    """Whether the table holds more of people than who in the office did what."""
    columns = _maps.get(table, {}).values()
    return any(c.export or c.erase in {Erase.DELETE, Erase.BLANK} for c in columns)


def _through(field: Field, found: Mapping[str, Rows]) -> str:
    """SQL: the key leads to the person."""
    target = field.related_model._meta if field.is_relation and field.related_model is not None else None
    if target is None or target.label == "accounts.User":
        return ""
    if target.label == "members.Party":
        return f't."{field.column}" = ANY(%(parties)s)'
    rows = {**found, **_rows}.get(target.db_table)
    if rows is None or rows.table in _SHARED:
        return ""
    return f't."{field.column}" IN (SELECT t."{rows.key}" FROM {rows.table} t WHERE {rows.where})'  # noqa: S608


# Rows that are other people's as well: what points at them need not be the person's.
_SHARED = ("members_holding", "audit_mutation")


def all_free() -> list[Free]:
    return sorted(_free.values(), key=lambda free: free.table)


def columns_of(table: str) -> Table:
    """The map's rules of the table's columns."""
    return _maps.get(table, {})


def tables() -> list[str]:
    """Every table the maps know, of all apps."""
    return sorted(_maps)
