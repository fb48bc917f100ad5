"""Light description of a list's columns: one place says header, order, look and what a phone shows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from django.http import QueryDict

from jasenpalvelu.common import keyset

SORT = "jarjestys"


@dataclass(frozen=True)
class Column:
    """`value` is an attribute path ("unit.name") or a function of the row; `sort` the key a sortable column has.

    On a phone the row becomes a card: `row_header` is its title, `phone=False` leaves the fact out, `span` gives it a
    line of its own, `phone_label` replaces a header that is too long or means nothing alone.
    """

    key: str
    header: str
    value: str | Callable[[Any], Any] = ""
    sort: str = ""
    num: bool = False
    css: str = ""
    phone: bool = True
    span: bool = False
    phone_header: str = ""
    row_header: bool = False

    @property
    def css_class(self) -> str:
        flags = (("num", self.num), ("phone-off", not self.phone), ("span", self.span))
        return " ".join([name for name, on in flags if on] + ([self.css] if self.css else []))

    @property
    def phone_label(self) -> str:
        return str(self.phone_header or self.header)

    def render(self, row: Any) -> Any:
        """The value of this column on the row; "–" for nothing."""
        found = self.value(row) if callable(self.value) else _follow(row, self.value or self.key)
        return "–" if found is None or found == "" else found


@dataclass(frozen=True)
class Head:
    """A header cell as drawn: with a link when sorting by it is possible."""

    column: Column
    url: str = ""
    direction: str = ""

    @property
    def aria_sort(self) -> str:
        return {"up": "ascending", "down": "descending"}.get(self.direction, "")


@dataclass(frozen=True)
class Table:
    """The columns shown, and the order the rows are in: `sort` is a column's sort key, "-" before it for descending."""

    columns: Sequence[Column]
    sort: str = ""
    query: str = ""
    ticks: bool = False

    @classmethod
    def of(
        cls, columns: Sequence[Column], query: QueryDict, *, default: str = "", ticks: bool = False
    ) -> Self:
        """From a request's GET: an unknown order falls back to the default, chosen filters stay in the links."""
        wanted = query.get(SORT, default)
        known = {column.sort for column in columns if column.sort}
        rest = query.copy()
        for name in (SORT, keyset.AFTER, keyset.BEFORE):
            rest.pop(name, None)
        sort = wanted if wanted.lstrip("-") in known else default
        return cls(tuple(columns), sort, rest.urlencode(), ticks)

    @property
    def sort_key(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def descending(self) -> bool:
        return self.sort.startswith("-")

    @property
    def head(self) -> list[Head]:
        return [self._head(column) for column in self.columns]

    def _head(self, column: Column) -> Head:
        if not column.sort:
            return Head(column)
        mine = column.sort == self.sort_key
        direction = ("down" if self.descending else "up") if mine else ""
        wanted = f"-{column.sort}" if direction == "up" else column.sort
        separator = "&" if self.query else ""
        return Head(column, f"?{self.query}{separator}{SORT}={wanted}", direction)


def choose(columns: Sequence[Column], keys: Sequence[str]) -> list[Column]:
    """The columns with these keys in this order; the row header always first; unknown keys are left out."""
    by_key = {column.key: column for column in columns}
    first = [column for column in columns if column.row_header]
    return first + [
        by_key[key] for key in dict.fromkeys(keys) if key in by_key and not by_key[key].row_header
    ]


def _follow(row: Any, path: str) -> Any:
    for step in path.split("."):
        if row is None:
            return None
        row = row.get(step) if isinstance(row, Mapping) else getattr(row, step)
    return row
