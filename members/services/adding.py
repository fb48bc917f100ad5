"""A new member, or a further membership of a known party, entered by the office in one act (REG-2, REG-4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common.events import publish
from members.events import AdmissionsDecided
from members.models import Decision, Holding, Membership, MembershipType, OrgUnit, Party
from members.models.parties import PartyKind
from members.services import holdings, joining, lifecycle, registering
from members.services.editing import ADDRESS_FIELDS
from members.states import OPEN


class AlreadyMember(Exception):
    """The party is a member of the association already: of this type, or of another and nothing speaks for two.

    A second membership beside the first is for a second holding; without one it would only be billed twice. What kind of
    member somebody is, is changed in the membership that stands (`lifecycle.change_type`).
    """


@dataclass(frozen=True)
class Entry:
    """A membership as entered. `decided`: in force from `day`; otherwise an application of that day.

    `holding` is one that stands in the register; `holding_name` makes a new one.
    """

    unit: OrgUnit
    type: MembershipType
    day: date
    decided: bool = True
    decided_on: date | None = None
    section: str = ""
    holding: Holding | None = None
    holding_name: str = ""
    holding_y_tunnus: str = ""


def add_member(
    *, actor: User, token: UUID, kind: str, values: dict[str, Any], entry: Entry, on: date
) -> Party:
    """Enter a party and its first membership. joining.SentAlready when the same form was sent before."""
    with mutation(actor=actor, kind="member.add", unit_id=entry.unit.pk):
        party = create_party(actor=actor, kind=kind, values=values, on=on)
        joining.spend(token, party.pk)
        enter_membership(actor=actor, party=party, entry=entry, on=on)
    return party


def create_party(*, actor: User | None, kind: str, values: dict[str, Any], on: date) -> Party:
    """A person or organisation from one flat set of values, the address among them."""
    street, co_line, postal, city, country = (values.pop(name, "") for name in ADDRESS_FIELDS)
    address = registering.Address(street, postal, city, co_line, country or "FI")
    create = registering.create_person if kind == PartyKind.PERSON else registering.create_organisation
    return create(actor=actor, on=on, address=address, **values)


def add_membership(*, actor: User, token: UUID, party: Party, entry: Entry, on: date) -> Membership:
    """A further membership of a party; AlreadyMember, or joining.SentAlready when the form was sent before."""
    with mutation(actor=actor, kind="membership.add", unit_id=entry.unit.pk, summary=party.display_name):
        Party.objects.select_for_update().get(pk=party.pk)
        joining.spend(token, party.pk)
        return enter_membership(actor=actor, party=party, entry=entry, on=on)


def enter_membership(*, actor: User, party: Party, entry: Entry, on: date) -> Membership:
    """The membership with its decision and holding. AlreadyMember, or holdings.HoldingError."""
    standing = Membership.objects.filter(party=party, unit=entry.unit, state__in=OPEN)
    another_holding = entry.holding is not None or bool(entry.holding_name)
    with mutation(actor=actor, kind="membership.add", unit_id=entry.unit.pk):
        if (standing.filter(type=entry.type) if another_holding else standing).exists():
            raise AlreadyMember
        membership = _begin(actor, party, entry)
        if entry.holding is not None:
            holdings.tie(actor=actor, membership=membership, holding=entry.holding, on=on)
        elif entry.holding_name:
            holdings.create_holding(
                actor=actor,
                name=entry.holding_name,
                y_tunnus=entry.holding_y_tunnus,
                responsible=party,
                municipality=party.home_municipality,
                on=on,
                membership=membership,
            )
    return membership


def _begin(actor: User, party: Party, entry: Entry) -> Membership:
    if not entry.decided:
        return lifecycle.apply(actor=actor, party=party, unit=entry.unit, type=entry.type, on=entry.day)
    decision = None
    if entry.decided_on:
        decision = Decision.objects.create(
            unit=entry.unit, decided_on=entry.decided_on, section=entry.section
        )
    membership = lifecycle.start(
        actor=actor,
        party=party,
        unit=entry.unit,
        type=entry.type,
        started_on=entry.day,
        decided_on=entry.decided_on,
        decision=decision,
    )
    publish(AdmissionsDecided(entry.unit.pk, entry.day))
    return membership
