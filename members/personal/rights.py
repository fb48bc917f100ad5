"""Who in the office may deal with all of a person's data at once: hand over the copy, erase."""

from __future__ import annotations

from django.db.models import Q

from members.models import Membership, PartyLink
from members.models.parties import LinkKind
from members.personal import registry
from members.personal.reading import Person
from members.scope import Scope

HANDLE, RELEASE = "privacy.handle", "privacy.release"
CLASSES = "ABCD"


def units_of(found: Person) -> set[int]:
    """Every association that holds data about the person: as a member, as a payer for members, in what was invoiced."""
    mine = Q(party__in=found.parties) | Q(payer__in=found.parties)
    linked = PartyLink.objects.filter(kind=LinkKind.PAYER, other__in=found.parties).order_by().values("party")
    rows = Membership.objects.filter(mine | Q(party__in=linked))
    return {*rows.order_by().values_list("unit_id", flat=True), *registry.units_that_know(found)}


def is_beyond(scope: Scope, found: Person) -> bool:
    """Whether an association the scope does not handle in full knows the person: the copy holds its data as well."""
    known = units_of(found)
    return not known or not known <= scope.unit_ids(HANDLE, CLASSES)


def is_hidden(scope: Scope, found: Person) -> bool:
    """Whether a non-disclosure order keeps the reader from the person's whereabouts, in any of the associations."""
    return found.party.non_disclosure and not units_of(found) <= scope.unit_ids("nondisclosure.unmask")
