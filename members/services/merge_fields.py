"""Which value stays when two entries of the same member differ, field by field (REG-10).

A value that one of them lacks comes from the other. Where both have one, somebody chooses. What a non-disclosure order
hides is never chosen, because choosing means seeing: the hidden entry's own details stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from jasenpalvelu.common.sorting import sort_key
from members.models import ContactPoint, HoldingMember, Membership, Party
from members.models.parties import ContactKind
from members.services.merge_rows import Change
from members.services.registering import person_display_name

SURVIVOR, MERGED = "survivor", "merged"
CONTACTS = (ContactKind.ADDRESS, ContactKind.EMAIL, ContactKind.PHONE)
HIDDEN = frozenset({"home_municipality", *(str(kind) for kind in CONTACTS)})
# Field → the columns that go together, and the field class of whoever may choose.
PARTY = {
    "language": ("language",),
    "home_municipality": ("home_municipality",),
    "invoice_channel": ("invoice_channel",),
}
PERSON = {
    "name": ("first_names", "last_name"),
    "birth_date": ("birth_date", "birth_date_purpose"),
    "deceased_on": ("deceased_on",),
}
ORGANISATION = {"name": ("name",), "legal_form": ("legal_form",), "y_tunnus": ("y_tunnus",)}
# The beginning of every entry: nobody has said otherwise.
UNTOLD = {"language": "fi", "invoice_channel": "auto", "legal_form": "other"}
_STRONGER = ["family", "owner", "responsible"]


@dataclass(frozen=True)
class Field:
    """One thing the two may differ in. `side`: whose value stays unless somebody chooses otherwise; `open`: there is a choice."""

    name: str
    mine: Any
    other: Any
    side: str
    open: bool
    hidden: bool = False

    @property
    def differs(self) -> bool:
        return bool(self.mine != self.other)


def fields(survivor: Party, merged: Party) -> list[Field]:
    """Everything that is compared, in the order of the page."""
    own = PERSON if survivor.is_person else ORGANISATION
    found = [
        _field(name, _told(_own(survivor), columns), _told(_own(merged), columns))
        for name, columns in own.items()
    ]
    found += [
        _field(name, _told(survivor, columns), _told(merged, columns)) for name, columns in PARTY.items()
    ]
    points = contact_points(survivor, merged)
    found += [
        _contact(str(kind), points.get((survivor.pk, kind)), points.get((merged.pk, kind)))
        for kind in CONTACTS
    ]
    if survivor.non_disclosure or merged.non_disclosure:
        found = [_kept_hidden(field, survivor) if field.name in HIDDEN else field for field in found]
    return found


def contact_points(survivor: Party, merged: Party) -> dict[tuple[int, str], ContactPoint]:
    rows = ContactPoint.objects.filter(party__in=[survivor, merged], primary=True, valid_to=None)
    return {(row.party_id, row.kind): row for row in rows.order_by("pk")}


def _own(party: Party) -> Any:
    return party.person if party.is_person else party.organisation


def _told(row: Any, columns: tuple[str, ...]) -> Any:
    """What the field says: the first column, or both names."""
    if columns == ("first_names", "last_name"):
        return person_display_name(row.last_name, row.first_names)
    return getattr(row, columns[0])


def _field(name: str, mine: Any, other: Any) -> Field:
    untold = {None, "", UNTOLD.get(name)}
    side = MERGED if mine in untold and other not in untold else SURVIVOR
    return Field(name, mine, other, side, open=mine not in untold and other not in untold and mine != other)


def _contact(name: str, mine: ContactPoint | None, other: ContactPoint | None) -> Field:
    side = MERGED if mine is None and other is not None else SURVIVOR
    differ = mine is not None and other is not None and _line(mine) != _line(other)
    return Field(name, _line(mine), _line(other), side, open=differ)


def _line(point: ContactPoint | None) -> str:
    if point is None:
        return ""
    place = f"{point.postal_code} {point.city}".strip()
    return ", ".join(filter(None, (point.co_line, point.value, place)))


def _kept_hidden(field: Field, survivor: Party) -> Field:
    side = SURVIVOR if survivor.non_disclosure else MERGED
    return Field(field.name, "", "", side, open=False, hidden=True)


def settled(found: list[Field], chosen: Mapping[str, str]) -> dict[str, str]:
    """Field → whose value stays; a choice counts only where there is one."""
    return {
        field.name: MERGED
        if field.open and chosen.get(field.name) == MERGED
        else (SURVIVOR if field.open else field.side)
        for field in found
    }


# --- as changes of rows -------------------------------------------------------------------------------------------------
def changes(*, survivor: Party, merged: Party, sides: Mapping[str, str], on: date) -> list[Change]:
    """What has to be written for the values to stand, before the rows move."""
    return [
        *_entry_changes(survivor, merged, sides),
        *_contact_changes(survivor, merged, sides, on),
        *_own_payers(survivor, merged),
        *_roles(survivor, merged),
        Change("members_party", "id", merged.pk, {"merged_into_id": survivor.pk}),
    ]


def _entry_changes(survivor: Party, merged: Party, sides: Mapping[str, str]) -> list[Change]:
    party: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for target, source, groups in (
        (party, merged, PARTY),
        (own, _own(merged), PERSON if merged.is_person else ORGANISATION),
    ):
        for name, columns in groups.items():
            if sides[name] == MERGED:
                target |= {column: _json(getattr(source, column)) for column in columns}
    if sides["name"] == MERGED:
        party |= {"display_name": merged.display_name, "sort_key": sort_key(merged.display_name)}
    party |= _order(survivor, merged)
    found = [Change("members_party", "id", survivor.pk, party)] if party else []
    table = "members_person" if merged.is_person else "members_organisation"
    return found + ([Change(table, "party_id", survivor.pk, own)] if own else [])


def _order(survivor: Party, merged: Party) -> dict[str, Any]:
    """An order on either is one on both, until the later day; without a day it has no end."""
    if not merged.non_disclosure:
        return {}
    if not survivor.non_disclosure:
        return {"non_disclosure": True, "non_disclosure_until": _json(merged.non_disclosure_until)}
    days = [survivor.non_disclosure_until, merged.non_disclosure_until]
    until = None if None in days else max(day for day in days if day is not None)
    return {"non_disclosure_until": _json(until)} if until != survivor.non_disclosure_until else {}


def _contact_changes(survivor: Party, merged: Party, sides: Mapping[str, str], on: date) -> list[Change]:
    """Of two details in use of one kind the other one ends: a member has one address to which an invoice goes."""
    points = contact_points(survivor, merged)
    found = []
    hidden = survivor.non_disclosure or merged.non_disclosure
    for kind in CONTACTS:
        mine, other = points.get((survivor.pk, kind)), points.get((merged.pk, kind))
        ending = mine if sides[str(kind)] == MERGED else other
        # Under an order the entry that is not hidden loses its details also where the other has none: they may be out of date.
        if ending is not None and ((mine and other) or (hidden and _loses(ending, survivor, merged))):
            day = max(on, ending.valid_from or on)
            found.append(Change("members_contactpoint", "id", ending.pk, {"valid_to": day.isoformat()}))
    return found


def _loses(point: ContactPoint, survivor: Party, merged: Party) -> bool:
    owner = survivor if point.party_id == survivor.pk else merged
    return not owner.non_disclosure


def _own_payers(survivor: Party, merged: Party) -> list[Change]:
    """Whoever pays for the other pays for himself from now on."""
    both = [survivor.pk, merged.pk]
    rows = Membership.objects.filter(party__in=both, payer__in=both).order_by("pk")
    return [
        Change("members_membership", "id", pk, {"payer_id": None}) for pk in rows.values_list("pk", flat=True)
    ]


def _roles(survivor: Party, merged: Party) -> list[Change]:
    """On a holding both belong to, the survivor has the stronger of the two places."""
    rows = HoldingMember.objects.filter(party__in=[survivor, merged], valid_to=None).order_by(
        "holding_id", "pk"
    )
    places: dict[int, dict[int, HoldingMember]] = {}
    for row in rows:
        places.setdefault(row.holding_id, {})[row.party_id] = row
    found = []
    for held in places.values():
        mine, other = held.get(survivor.pk), held.get(merged.pk)
        if mine and other and _STRONGER.index(other.role) > _STRONGER.index(mine.role):
            found.append(Change("members_holdingmember", "id", mine.pk, {"role": other.role}))
    return found


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
