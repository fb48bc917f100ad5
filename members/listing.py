"""The member list as a query: who is on it for this reader and these filters, in pages, in numbers, in whole (REG-7).

A row is a party, once, whatever number of memberships brings it here. The condition is an EXISTS over memberships in the
reader's associations. There are three ways to a page of it, and the planner cannot know which is right, as it takes filters
for independent of each other and of names:

* roll: down the association's own memberships, which stand in an index by name. Best in one association.
* walk: down the index of all names, asking of each whether it belongs. Best in a wide reach; endless when few belong.
* gather: find all that belong, then sort. Best in a narrow reach and for rare words; slow when most belong.

So one association rolls, a reach of a few and a search by a word gather; everything else walks past the next few thousand
names, and gathers when these did not fill the page, all in one statement (measured at 300 000 persons in
docs/adr/0011-three-ways-to-a-page.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Count,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    Window,
)
from django.db.models.expressions import OrderBy
from django.db.models.functions import Coalesce, Concat

from jasenpalvelu.common import keyset
from members.choosing import NARROW
from members.filters import Narrowing
from members.models import Membership, Party
from members.tables import MemberRow

SORTS: dict[str, list[str]] = {
    "name": ["sort_key", "pk"],
    "-name": ["-sort_key", "-pk"],
    "number": ["member_number"],
    "-number": ["-member_number"],
}
# How many names a walk looks at before it gives up: more when words are compared first, which costs less than asking of
# memberships. And a key after all keys (jasenpalvelu.common.sorting).
WALKED, WALKED_BY_WORDS = 6000, 12_000
# Of a longer list the number is asked for after the page.
COUNTED = 3000
LAST_KEY = "~"
NEEDED = (
    "id",
    "member_number",
    "display_name",
    "sort_key",
    "language",
    "home_municipality",
    "non_disclosure",
)

_NAMES = [f"{table}__name_{language}" for table in ("unit", "type") for language in ("fi", "sv", "en")]
SHOWN = ("party_id", "unit_id", "type_id", "holding_id", "state", "started_on", "ended_on", *_NAMES)


def reached_units(found: Narrowing, capability: str = "members.view") -> frozenset[int]:
    """Associations whose members may come to the list: in reach with the classes that the filters in use need."""
    classes = "".join(found.classes)
    units = found.scope.unit_ids("members.view", classes)
    if capability != "members.view":
        units &= found.scope.unit_ids(capability, classes)
    return units if found.units is None else units & found.units


def memberships(found: Narrowing, capability: str = "members.view") -> QuerySet[Membership]:
    """Memberships that bring their party to the list."""
    units = reached_units(found, capability)
    return Membership.objects.filter(among(units)).filter(found.memberships)


def among(units: Iterable[int]) -> Q | _Among:
    """Condition on memberships of these associations."""
    keys = sorted(units)
    return Q(unit_id=keys[0]) if len(keys) == 1 else _Among(F("unit_id"), keys)


# So many associations are looked up in an index, one by one; of more, each row that is read anyway is compared with all.
LOOKED_UP = 40


class _Among(Func):
    """One of many keys, told as one array: four hundred parameters of an IN cost more to write than the rows to find."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()

    def __init__(self, column: F, keys: list[int]) -> None:
        compared = column if len(keys) <= LOOKED_UP else column + Value(0)
        super().__init__(compared, Value(keys, ArrayField(BigIntegerField())))


def parties(found: Narrowing, capability: str = "members.view") -> QuerySet[Party]:
    """The list, unordered. `capability` is members.export when rows leave the system."""
    tied = memberships(found, capability).filter(party_id=OuterRef("pk"))
    return Party.objects.filter(found.parties).filter(Exists(tied)).only(*NEEDED)


def page_of(
    found: Narrowing, query: Mapping[str, Any], sort: str, *, size: int = keyset.SIZE
) -> keyset.Page[Party]:
    """One page of the list in the asked order."""
    reached = len(reached_units(found))
    gathers = found.choices.narrow or found.long_word or reached <= NARROW
    if reached == 1 and sort.endswith("name") and not found.long_word:
        return keyset.from_query(
            parties(found), query, order=SORTS[sort], size=size, fetch=partial(_roll, found)
        )
    walk = partial(_walk, names=WALKED_BY_WORDS if found.short_words else WALKED)
    fetch = _gather if gathers else walk if sort.endswith("name") else None
    return keyset.from_query(parties(found), query, order=SORTS[sort], size=size, fetch=fetch)


def _gather(ordered: QuerySet[Party], start: list[Any] | None) -> list[Party]:
    """All are found before they are sorted, so the first page tells for nothing how many there are."""
    found = _sorted_after(ordered)
    return list(found if start else found.annotate(listed=Window(Count("*"))))


def _roll(found: Narrowing, ordered: QuerySet[Party], start: list[Any] | None) -> list[Party]:
    """From the association's index by name. A party with two memberships in it stands there twice in a row, hence DISTINCT."""
    tied = memberships(found)
    if found.parties:
        tied = tied.filter(Exists(Party.objects.filter(found.parties, pk=OuterRef("party_id"))))
    keys = tied.order_by().values("party_id", "sort_key")
    down = str(ordered.query.order_by[0]).startswith("-")
    if start:
        name, party = start
        beyond, step = (f"sort_key__{way}" for way in (("lte", "lt") if down else ("gte", "gt")))
        further = Q(sort_key=name, **{f"party_id__{step.rsplit('__')[1]}": party})
        keys = keys.filter(**{beyond: name}).filter(Q(**{step: name}) | further)
    order = ("-sort_key", "-party_id") if down else ("sort_key", "party_id")
    page, values = keys.order_by(*order).distinct()[: ordered.query.high_mark].query.sql_with_params()
    length, more = "NULL", ()
    if (
        not start
    ):  # the first page tells how many there are in all, unless they are too many to count in passing
        counted, more = keys.values("party_id")[: COUNTED + 1].query.sql_with_params()
        length = (
            f"(SELECT CASE WHEN count(*) <= {COUNTED} THEN count(DISTINCT party_id) END FROM ({counted}) c)"  # noqa: S608
        )
    direction = "DESC" if down else "ASC"
    columns = ", ".join(f"p.{name}" for name in NEEDED)
    sql = f"""
        WITH page AS MATERIALIZED ({page}) SELECT {columns}, {length} AS listed
        FROM page JOIN members_party p ON p.id = page.party_id
        ORDER BY p.sort_key {direction}, p.id {direction}"""  # noqa: S608 -- compiled by Django
    return list(Party.objects.raw(sql, [*values, *more]))


def length_of(page: keyset.Page[Party]) -> int | None:
    """How many there are in all, where the page knows it: the first one of a narrow list that is not very long."""
    if not page.rows:
        return None if page.previous else 0
    return getattr(page.rows[0], "listed", None)


def _sorted_after(ordered: QuerySet[Party]) -> QuerySet[Party]:
    """The same rows in the same order, but by an expression no index has: so they are found first and sorted then."""
    limit = ordered.query.high_mark
    whole = ordered.all()
    whole.query.clear_limits()
    first = str(whole.query.order_by[0])
    key = Concat("sort_key", Value("")) if first.endswith("sort_key") else F("member_number") + Value(0)
    down = first.startswith("-")
    return whole.order_by(OrderBy(key, descending=down), "-pk" if down else "pk")[:limit]


def _walk(ordered: QuerySet[Party], start: list[Any] | None, *, names: int) -> list[Party]:
    """The page from the next names if it fills there, else gathered; the second half runs only then."""
    limit = ordered.query.high_mark
    down = str(ordered.query.order_by[0]).startswith("-")
    near = ordered.all()
    near.query.clear_limits()
    walked, values = near.filter(_next_names(start, names, down=down))[:limit].query.sql_with_params()
    gathered, more = _sorted_after(ordered).query.sql_with_params()
    direction = "DESC" if down else "ASC"
    sql = f"""
        WITH walked AS MATERIALIZED ({walked}), few AS MATERIALIZED (SELECT count(*) < %s AS few FROM walked)
        SELECT * FROM walked WHERE NOT (SELECT few FROM few)
        UNION ALL SELECT * FROM ({gathered}) gathered WHERE (SELECT few FROM few)
        ORDER BY sort_key {direction}, id {direction}"""  # noqa: S608 -- both compiled by Django
    return list(Party.objects.raw(sql, [*values, limit, *more]))


def _next_names(start: list[Any] | None, count: int, *, down: bool) -> Q:
    """Names not further than `count` from where the page starts."""
    names = Party.objects.order_by("-sort_key" if down else "sort_key")
    if start:
        names = names.filter(**{f"sort_key__{'lte' if down else 'gte'}": start[0]})
    last = Subquery(names.values("sort_key")[count : count + 1])
    bound = Coalesce(last, Value("" if down else LAST_KEY))
    floor = Q(sort_key__lte=LAST_KEY) if down else Q(sort_key__gte="")
    return floor & Q(**{f"sort_key__{'gte' if down else 'lte'}": bound})


def rows_of(page: Iterable[Party], found: Narrowing, capability: str = "members.view") -> list[MemberRow]:
    """The parties with the memberships that brought them and the reader's classes over them: one query."""
    listed = list(page)
    tied = (
        memberships(found, capability)
        .filter(party_id__in=[party.pk for party in listed])
        .select_related("unit", "type")
        .only(*SHOWN)
        .order_by("started_on", "pk")
    )
    by_party: dict[int, list[Membership]] = {}
    for membership in tied if listed else ():
        by_party.setdefault(membership.party_id, []).append(membership)
    rows = []
    for party in listed:
        mine = tuple(by_party.get(party.pk, ()))
        classes = found.scope.classes_over(mine, found.on)
        if capability != "members.view":
            classes &= found.scope.classes_over(mine, found.on, capability)
        rows.append(MemberRow(party, mine, classes))
    return rows


def counts(querysets: Mapping[str, QuerySet], *, wide: bool = False) -> dict[str, int]:
    """How many rows each has, all asked in one statement. `wide`: in a reach of many associations."""
    numbers = dict.fromkeys(querysets, 0)
    parts: list[str] = []
    parameters: list[Any] = []
    names: list[str] = []
    for name, queryset in querysets.items():
        try:
            sql, values = queryset.order_by().values("pk").query.sql_with_params()
        except EmptyResultSet:
            continue
        names.append(name)
        parts.append(f"(SELECT count(*) FROM ({sql}) counted)")  # noqa: S608 -- compiled by Django
        parameters += values
    if parts:
        with reading_whole_tables() if wide else nullcontext(), connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(parts)}", parameters)
            numbers |= dict(zip(names, cursor.fetchone(), strict=True))
    return numbers


@contextmanager
def reading_whole_tables() -> Iterator[None]:
    """Counting in a wide reach: conditions with alternatives are asked of each person through an index otherwise, and counting
    the federation's took four times as long."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        yield
        cursor.execute("SET LOCAL enable_nestloop TO DEFAULT")
