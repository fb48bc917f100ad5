"""Who in the office may deal with all of a person's data at once: hand over the copy, erase."""

from __future__ import annotations

from django.db.models import Q

from members.models import Mandate, Membership, OrgUnit, PartyLink
from members.models.parties import LinkKind
from members.personal import registry
from members.personal.reading import Person
from members.scope import Scope

HANDLE, RELEASE = "privacy.handle", "privacy.release"
CLASSES = "ABCD"


def units_of(found: Person) -> set[int]:
    """Every association that holds data about the person: as a member, as a payer for members, in what was invoiced; of
    somebody who is no member, where the person's posts and ties are, else the central union."""
    mine = Q(party__in=found.parties) | Q(payer__in=found.parties)
    linked = PartyLink.objects.filter(kind=LinkKind.PAYER, other__in=found.parties).order_by().values("party")
    rows = Membership.objects.filter(mine | Q(party__in=linked))
    known = {*rows.order_by().values_list("unit_id", flat=True), *registry.units_that_know(found)}
    if is_no_member(found):
        known |= _tied_to(found)
    return known or central_unit()


def is_no_member(found: Person) -> bool:
    """Somebody who never was a member nor asked to be: a clerk, a guardian, whoever an organisation is reached through."""
    return not Membership.objects.filter(party__in=found.parties).exists()


def _tied_to(found: Person) -> set[int]:
    """Where the person has or had a post, and the associations of the members the person is or was tied to."""
    posts = Mandate.objects.filter(party__in=found.parties).order_by().values_list("unit_id", flat=True)
    links = PartyLink.objects.order_by()
    near = Q(party__in=links.filter(party__in=found.parties).values("other"))
    near |= Q(party__in=links.filter(other__in=found.parties).values("party"))
    return {*posts, *Membership.objects.filter(near).order_by().values_list("unit_id", flat=True)}


def central_unit() -> set[int]:
    """It answers for people whom no association knows; in a set, as the units that do."""
    return set(OrgUnit.objects.filter(kind__level=0).order_by("pk").values_list("pk", flat=True)[:1])


def is_beyond(scope: Scope, found: Person) -> bool:
    """Whether an association the scope does not handle in full knows the person: the copy holds its data as well."""
    known = units_of(found)
    return not known or not known <= scope.unit_ids(HANDLE, CLASSES)


def is_hidden(scope: Scope, found: Person) -> bool:
    """Whether a non-disclosure order keeps the reader from the person's whereabouts, in any of the associations."""
    return found.party.non_disclosure and not units_of(found) <= scope.unit_ids("nondisclosure.unmask")
