"""Who in the office may deal with all of a person's data at once: hand over the copy, erase."""

from __future__ import annotations

from members.models import Membership
from members.personal.reading import Person
from members.scope import Scope

HANDLE = "privacy.handle"
CLASSES = "ABCD"


def is_beyond(scope: Scope, found: Person) -> bool:
    """Whether an association the scope does not handle in full knows the person: the copy holds its data as well."""
    units = Membership.objects.filter(party__in=found.parties).order_by().values_list("unit_id", flat=True)
    reached = scope.unit_ids(HANDLE, CLASSES)
    known = set(units)
    return not known or not known <= reached


def is_hidden(scope: Scope, found: Person) -> bool:
    """Whether a non-disclosure order keeps the reader from the person's whereabouts."""
    return found.party.non_disclosure and not scope.can("nondisclosure.unmask")
