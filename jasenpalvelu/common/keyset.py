"""Keyset paging: the next page starts after the last row seen, however long the list and whatever changes meanwhile.

    page = from_query(queryset, request.GET, order=["sort_key", "pk"])

The order must end with a unique column. A cursor in an address is sealed: it holds values of the boundary row (names,
perhaps), which are nobody's business in a log. An invalid or foreign cursor gives the first page.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Model, Q, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.db.models.expressions import OrderBy

AFTER, BEFORE = "jalkeen", "ennen"
SIZE = 50

Row = TypeVar("Row", bound=Model)
Fetch = Callable[[QuerySet[Row], list[Any] | None], list[Row]]


@dataclass(frozen=True)
class Page(Generic[Row]):
    """What `{% next_page page %}` draws. `next` and `previous` are cursors, "" at the ends."""

    rows: list[Row]
    next: str
    previous: str

    def __len__(self) -> int:
        return len(self.rows)


def paginate(
    queryset: QuerySet[Row],
    *,
    order: Sequence[str],
    size: int = SIZE,
    after: str = "",
    before: str = "",
    never_null: Collection[str] = (),
    fetch: Fetch[Row] | None = None,
) -> Page[Row]:
    """The page after or before a cursor; without one the first. Empty values come last whichever the direction.

    An annotation in the order is taken for nullable, which costs the use of an index, unless `never_null` names it.
    `fetch` gets the rows in a way of its own: it is given the ordered, cut queryset and the values the page starts from.
    """
    keys = [_Key.of(queryset.model, name, never_null) for name in order]
    values = _unsealed(before or after, order)
    backwards = bool(before) and values is not None
    walked = [key.reversed() for key in keys] if backwards else keys
    if values is not None:
        queryset = queryset.filter(_beyond(walked, values))
    ordered = queryset.order_by(*(key.ordering for key in walked))[: size + 1]
    rows = fetch(ordered, values) if fetch else list(ordered)
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    has_previous, has_next = (more, True) if backwards else (values is not None, more)
    return Page(
        rows=rows,
        next=_sealed(rows[-1], keys, order) if rows and has_next else "",
        previous=_sealed(rows[0], keys, order) if rows and has_previous else "",
    )


def from_query(
    queryset: QuerySet[Row],
    query: Mapping[str, Any],
    *,
    order: Sequence[str],
    size: int = SIZE,
    never_null: Collection[str] = (),
    fetch: Fetch[Row] | None = None,
) -> Page[Row]:
    """`paginate` by the names the lists use in their addresses."""
    after, before = query.get(AFTER, ""), query.get(BEFORE, "")
    return paginate(
        queryset, order=order, size=size, after=after, before=before, never_null=never_null, fetch=fetch
    )


@dataclass(frozen=True)
class _Key:
    """One column of the order. `nulls_first` is true only when a list is walked backwards."""

    path: str
    descending: bool
    nullable: bool
    nulls_first: bool = False

    @classmethod
    def of(cls, model: type[Model], name: str, never_null: Collection[str]) -> "_Key":
        path = name.removeprefix("-")
        return cls(path, name.startswith("-"), path not in never_null and _nullable(model, path))

    def reversed(self) -> "_Key":
        return replace(self, descending=not self.descending, nulls_first=not self.nulls_first)

    @property
    def ordering(self) -> Any:
        if not self.nullable:  # without a NULLS clause, so that an ordinary index serves the order
            return f"-{self.path}" if self.descending else self.path
        nulls = {"nulls_first": True} if self.nulls_first else {"nulls_last": True}
        return OrderBy(F(self.path), descending=self.descending, **nulls)

    def later(self, value: Any) -> Q:
        """Rows strictly beyond the value in this direction."""
        if value is None:
            return Q(**{f"{self.path}__isnull": False}) if self.nulls_first else Q(pk__in=[])
        beyond = Q(**{f"{self.path}__{'lt' if self.descending else 'gt'}": value})
        return (
            beyond | Q(**{f"{self.path}__isnull": True}) if self.nullable and not self.nulls_first else beyond
        )

    def same(self, value: Any) -> Q:
        return Q(**{f"{self.path}__isnull": True}) if value is None else Q(**{self.path: value})


def _beyond(keys: Sequence[_Key], values: Sequence[Any]) -> Q:
    """Lexicographic comparison: beyond in the first column, or the same there and beyond in the second, and so on."""
    found = Q(pk__in=[])
    for key, value in reversed(list(zip(keys, values, strict=True))):
        found = key.later(value) | (key.same(value) & found)
    first, value = keys[0], values[0]
    if first.nullable or len(keys) == 1:
        return found
    # Redundant, but this is the bound at which the database enters the index.
    return Q(**{f"{first.path}__{'lte' if first.descending else 'gte'}": value}) & found


def _nullable(model: type[Model], path: str) -> bool:
    options = model._meta
    nullable = False
    for step in path.split(LOOKUP_SEP):
        try:
            field = options.pk if step == "pk" else options.get_field(step)
        except FieldDoesNotExist:
            return True
        nullable = nullable or bool(getattr(field, "null", True))
        related = getattr(field, "related_model", None)
        if related is not None:
            options = related._meta
    return nullable


def _value(row: Model, path: str) -> Any:
    found: Any = row
    for step in path.split(LOOKUP_SEP):
        found = None if found is None else getattr(found, step)
    return found.pk if isinstance(found, Model) else found


def _sealed(row: Model, keys: Sequence[_Key], order: Sequence[str]) -> str:
    values = [_value(row, key.path) for key in keys]
    return _box().encrypt(json.dumps([list(order), values], default=str).encode()).decode()


def _unsealed(cursor: str, order: Sequence[str]) -> list[Any] | None:
    """The boundary values, or None when there is no cursor or it was made for another order or by another key."""
    if not cursor:
        return None
    try:
        made_for, values = json.loads(_box().decrypt(cursor.encode()))
    except (InvalidToken, ValueError):
        return None
    return values if made_for == list(order) else None


def _box() -> Fernet:
    return Fernet(
        base64.urlsafe_b64encode(
            hashlib.blake2b(settings.SECRET_KEY.encode(), digest_size=32, person=b"keyset").digest()
        )
    )
