"""Whose cards there are, until when they are valid, and whether a card that is shown still holds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.db.models.functions import Coalesce

from members.cards.signing import CARRIED, Signer
from members.models import Membership, Party, PartyLink, UnitRules
from members.models.memberships import MembershipQuerySet
from members.models.parties import LinkKind
from members.panels import with_late_fee

FULL_AGE = 18
NOBODY = 0


@dataclass(frozen=True)
class Card:
    """One membership's card. `token` is "" when there is no code: the fee is late where the rules ask for it, or no key signs."""

    membership: Membership
    name: str
    valid_until: date
    own: bool
    waits_for_fee: bool
    token: str

    @property
    def number(self) -> str:
        return self.membership.party.number


def name_of(party: Party) -> str:
    """As on cards: Etunimi Sukunimi, or the organisation's name."""
    return party.person.full_name if party.is_person else party.organisation.name


def with_names() -> MembershipQuerySet:
    """Memberships with what a card says, in one query."""
    return Membership.objects.select_related("unit", "type", "party__person", "party__organisation")


def cards_of(party_id: int, *, on: date, signer: Signer | None, until: date | None = None) -> list[Card]:
    """The person's own cards, then those of the children in their care; each membership in force has one (`until`: `card_of`)."""
    children = children_of(party_id, on)
    rows = with_names().in_force(on).filter(party_id__in=[party_id, *children])
    found = sorted(rows, key=lambda m: (m.party_id != party_id, m.party.sort_key, m.started_on, m.pk))
    late = late_where_it_matters(found, on)
    return [
        card_of(m, on=on, signer=signer, late=m.pk in late, own=m.party_id == party_id, until=until)
        for m in found
    ]


def card_of(
    membership: Membership,
    *,
    on: date,
    signer: Signer | None,
    late: bool,
    own: bool = True,
    until: date | None = None,
) -> Card:
    """A card valid until the day given, by default as long as one is carried without a connection; never after the end."""
    valid_until = min(until or on + CARRIED, membership.last_day or date.max)
    token = ""
    if signer is not None and not late:
        token = signer.token(
            unit_number=membership.unit.number,
            member_number=membership.party.member_number,
            valid_until=valid_until,
        )
    return Card(membership, name_of(membership.party), valid_until, own, late, token)


def children_of(party_id: int, on: date) -> frozenset[int]:
    """Children whose guardian the person is, and children under age.

    A child under a non-disclosure order is left out: the order may be against this very person, and the card tells the
    association, which is a place. A child who has come of age has a card of their own.
    """
    guarded = Q(other_id=party_id, kind=LinkKind.GUARDIAN)
    links = PartyLink.objects.on(on).filter(guarded | Q(party_id=party_id, kind=LinkKind.CHILD))
    found = set()
    for link in links.select_related("party__person", "other__person").order_by("pk"):
        child = link.party if link.kind == LinkKind.GUARDIAN else link.other
        if not child.is_person or child.non_disclosure:
            continue
        age = child.person.age_on(on)
        if (age is None and link.kind == LinkKind.GUARDIAN) or (age is not None and age < FULL_AGE):
            found.add(child.pk)
    return frozenset(found)


def late_where_it_matters(memberships: Collection[Membership], on: date) -> frozenset[int]:
    """Memberships without a valid card because the fee is late, in associations whose rules ask for a paid fee."""
    asking = _asking({m.unit_id for m in memberships}, on)
    return with_late_fee([m.pk for m in memberships if m.unit_id in asking], on) if asking else frozenset()


def _asking(unit_ids: Collection[int], on: date) -> frozenset[int]:
    rules = UnitRules.objects.on(on).filter(unit_id__in=list(unit_ids)).order_by("valid_from", "pk")
    latest = dict(rules.values_list("unit_id", "card_needs_fee"))
    return frozenset(unit for unit, needs in latest.items() if needs)


def holds(unit_number: int, member_number: int, on: date) -> bool:
    """Whether a membership by these numbers is in force and its card valid. A card with the number of an entry that has been
    joined to another is the other's card.

    The same three questions are asked of the database whatever the answer is, so that its time tells nothing of why not.
    """
    known = Party.objects.filter(member_number=member_number)
    holder = known.annotate(goes_on=Coalesce("merged_into_id", "pk")).values("goes_on")
    rows = Membership.objects.in_force(on).filter(unit__number=unit_number, party__in=holder)
    found = list(rows.order_by("pk").values_list("pk", "unit_id"))
    asking = _asking([unit for _pk, unit in found] or [NOBODY], on)
    late = with_late_fee([pk for pk, unit in found if unit in asking] or [NOBODY], on)
    return any(pk not in late for pk, _unit in found)
