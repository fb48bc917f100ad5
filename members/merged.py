"""Entries of the same member that have been joined: who goes on for whom (REG-10).

`merged_into` always points at the entry that goes on, never at one that has been joined further, so one step is enough.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from members.models import Party


class PartyJoined(Exception):
    """The page asked for is that of an entry that has been joined to another one; `goes_on` is the other's key.

    The scope's middleware leads there.
    """

    def __init__(self, goes_on: int) -> None:
        super().__init__(str(goes_on))
        self.goes_on = goes_on


def survivor_of(party_id: int) -> int | None:
    """The entry that goes on for the party; None when the party goes on itself."""
    return (
        Party.objects.filter(pk=party_id, merged_into__isnull=False)
        .values_list("merged_into", flat=True)
        .first()
    )


def same_as(party_id: int) -> list[int]:
    """The keys of all entries of the member, whichever of them is given."""
    goes_on = survivor_of(party_id) or party_id
    return sorted([goes_on, *stubs([goes_on])])


def stubs(party_ids: Iterable[int]) -> dict[int, int]:
    """Entries that were joined to one of the parties, each with the one it was joined to."""
    rows = joined_to(party_ids).order_by("pk")
    return {pk: into for pk, into in rows.values_list("pk", "merged_into") if into is not None}


def entries(party_id: int) -> QuerySet[Party]:
    """The party that goes on and those joined to it, as a part of a query: `filter(payer__in=entries(pk))`."""
    return Party.objects.filter(Q(pk=party_id) | Q(merged_into=party_id))


def joined_to(party_ids: Iterable[int]) -> QuerySet[Party]:
    """The entries that were joined to one of the parties, as a part of a query."""
    return Party.objects.filter(merged_into__in=list(party_ids))
