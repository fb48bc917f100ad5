"""What somebody sees, told to those who give posts: by unit and field class, in numbers, and on one member (REG-12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count
from django.utils.translation import gettext as _

from members import masking, reading
from members.models import Mandate, Membership, OrgUnit, Party
from members.scope import Scope, usable_columns
from members.seers import classes_text
from members.services.mandates import GRANT
from members.unit_reading import member_counts

SHOWN_UNITS = 30


@dataclass(frozen=True)
class UnitSight:
    """A unit the person reaches: whose members are seen, and which of their data."""

    unit: OrgUnit
    members: int
    classes: str
    text: str


@dataclass(frozen=True)
class Sight:
    """The scope of the posts the asker may look at; `elsewhere` counts the person's posts outside the asker's units."""

    scope: Scope
    units: list[UnitSight]
    more_units: int
    members: int
    elsewhere: int


def sight_of(asker: Scope, party_id: int, *, on: date) -> Sight:
    """What the person's posts in the asker's units give today, as if their second factor were at hand."""
    rows = Mandate.objects.on(on).filter(party_id=party_id)
    within = list(usable_columns(rows.filter(asker.unit_filter("unit", GRANT)), on).order_by("pk"))
    scope = Scope.of_mandates(within, party_id=party_id)
    units, more, members = units_seen(scope, on=on)
    return Sight(scope, units, more, members, rows.count() - len(within))


def units_seen(scope: Scope, *, on: date) -> tuple[list[UnitSight], int, int]:
    """The units with members the scope reaches, those left out of the list, and how many members there are in all."""
    reached = scope.unit_ids("members.view")
    units = OrgUnit.objects.on(on).filter(pk__in=reached, kind__has_members=True)
    found = list(units.select_related("kind").order_by("sort_key", "pk"))
    counts = member_counts([unit.pk for unit in found], on=on)
    lines = []
    for unit in found[:SHOWN_UNITS]:
        classes = "".join(sorted(scope.classes_for([unit.pk])))
        lines.append(UnitSight(unit, counts.get(unit.pk, 0), classes, classes_text(classes)))
    return lines, len(found) - len(lines), _people(found, on)


def _people(units: list[OrgUnit], on: date) -> int:
    """Members of the units, each once however many memberships."""
    rows = Membership.objects.in_force(on).filter(unit__in=units)
    return int(rows.aggregate(n=Count("party_id", distinct=True))["n"])


@dataclass(frozen=True)
class Sample:
    """One member as the person would meet it. `value` is None where the person sees nothing, "" where nothing is recorded;
    what the asker may not see is told as seen, without its value."""

    party: Party
    lines: list[tuple[str, str | None]]


def sample(asker: Scope, person: Scope, *, on: date, language: str) -> Sample | None:
    """A member both see, the first by name of the asker's; None when there is none."""
    both = Membership.objects.in_force(on).filter(
        asker.unit_filter("unit", "members.view"), person.unit_filter("unit", "members.view")
    )
    first = both.filter(party__kind="person").order_by("sort_key", "party_id").first()
    if first is None:
        return None
    theirs = reading.subject(person, first.party_id, on=on)
    mine = reading.subject(asker, first.party_id, on=on)
    return Sample(theirs.party, _lines(theirs, mine.shown, on, language))


def _lines(
    theirs: reading.Subject, mine: masking.Shown, on: date, language: str
) -> list[tuple[str, str | None]]:
    party, shown = theirs.party, theirs.shown
    contacts = reading.contacts(party, on) if shown.contacts and mine.contacts else reading.Contacts()
    seen = _("Seen")
    place = reading.municipality_text(party, language) if mine.municipality else seen
    email = contacts.email.value if contacts.email else ""
    found = (_address(contacts.address), email, contacts.phone_text) if mine.contacts else (seen, seen, seen)
    reach = [value if shown.contacts else None for value in found]
    told = {
        _("Home municipality"): place if shown.municipality else None,
        _("Address"): reach[0],
        _("E-mail"): reach[1],
        _("Phone"): reach[2],
        _("Family, age and fee bases"): seen if shown.household else None,
        _("Invoices and payments"): seen if shown.finance else None,
    }
    return list(told.items())


def _address(address: object) -> str:
    parts = (getattr(address, "value", ""), getattr(address, "postal_code", ""), getattr(address, "city", ""))
    return " ".join(part for part in parts if part)
