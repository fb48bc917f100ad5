"""Entries of the same member that have been joined: who goes on for whom (REG-10).

`merged_into` always points at the entry that goes on, never at one that has been joined further, so one step is enough.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from members.models import Party


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
    rows = Party.objects.filter(merged_into__in=list(party_ids)).order_by("pk")
    return {pk: into for pk, into in rows.values_list("pk", "merged_into") if into is not None}


def paid_by(path: str, party_id: int) -> Q:
    """Condition on a foreign key at a party: the member, under whichever of the joined entries."""
    return Q(**{f"{path}__in": same_as(party_id)})
