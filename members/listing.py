"""The member list as a query: who is on it for this reader and these filters, in pages, in numbers, in whole (REG-7).

A row is a party, once, whatever number of memberships brings it here. The condition is an EXISTS over memberships in the
reader's associations, told as constants, so that the database sees how many there are and starts from the right end:
a small association from its memberships, a federation from the index of names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from members.filters import Narrowing
from members.models import Membership, Party
from members.tables import MemberRow

SORTS: dict[str, list[str]] = {
    "name": ["sort_key", "pk"],
    "-name": ["-sort_key", "-pk"],
    "number": ["member_number"],
    "-number": ["-member_number"],
}
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
    units = sorted(reached_units(found, capability))
    return Membership.objects.filter(Q(unit_id=units[0]) if len(units) == 1 else Q(unit_id__in=units)).filter(
        found.memberships
    )


def parties(found: Narrowing, capability: str = "members.view") -> QuerySet[Party]:
    """The list, unordered. `capability` is members.export when rows leave the system."""
    tied = memberships(found, capability).filter(party_id=OuterRef("pk"))
    return Party.objects.filter(found.parties).filter(Exists(tied)).only(*NEEDED)


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
        units = {m.unit_id for m in mine}
        classes = found.scope.classes_for(units)
        if capability != "members.view":
            classes &= found.scope.classes_for(units, capability)
        rows.append(MemberRow(party, mine, classes))
    return rows


def counts(querysets: Mapping[str, QuerySet]) -> dict[str, int]:
    """How many rows each has, all asked in one statement."""
    numbers = dict.fromkeys(querysets, 0)
    parts, parameters, names = [], [], []
    for name, queryset in querysets.items():
        try:
            sql, values = queryset.order_by().values("pk").query.sql_with_params()
        except EmptyResultSet:
            continue
        names.append(name)
        parts.append(f"(SELECT count(*) FROM ({sql}) counted)")  # noqa: S608 -- compiled by Django
        parameters += values
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(parts)}", parameters)
            numbers |= dict(zip(names, cursor.fetchone(), strict=True))
    return numbers
