"""Links between parties: family, guardians, payers, contact persons, the holder of an organisation's vote (REG-2).

Dated: a link ends, it is not erased. A household is nothing but these links, so its end ends no membership; whoever is left
without cover is told about (`uncovered`), not thrown out.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.models import Membership, Party, PartyLink
from members.models.parties import LinkKind
from members.services import areas
from members.states import OPEN

FAMILY_MEMBER = "family_member"


class LinkError(Exception):
    """`code`: itself, exists, not_person, not_organisation, has_spouse, ended, several_payers, before_current."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


PERSONS_ONLY = {LinkKind.SPOUSE, LinkKind.CHILD, LinkKind.GUARDIAN}
ONE_AT_A_TIME = {LinkKind.VOTER, LinkKind.PAYER}
OF_ORGANISATIONS = {LinkKind.VOTER, LinkKind.SHAREHOLDER}


def add_link(
    *, actor: User | None, party: Party, other: Party, kind: str, on: date, by_hand: bool = False
) -> PartyLink:
    """`other` becomes the `kind` of `party` from the day on; a spouse is stored once, whichever way it is said.

    An organisation has one holder of its vote: a new one takes the place of the one before. So with a payer. `by_hand`: a
    person says so, and nobody gets a second spouse (LinkError "has_spouse"); two entries of one member that are joined
    later may both have the same.
    """
    if party.pk == other.pk:
        raise LinkError("itself")
    if kind in PERSONS_ONLY and not (party.is_person and other.is_person):
        raise LinkError("not_person")
    if kind == LinkKind.VOTER and not other.is_person:
        raise LinkError("not_person")
    if kind in OF_ORGANISATIONS and party.is_person:
        raise LinkError("not_organisation")
    with mutation(actor=actor, kind="party.link", summary=party.display_name):
        pks = sorted((party.pk, other.pk))
        list(Party.objects.select_for_update().filter(pk__in=pks).order_by("pk"))
        same = Q(party=party, other=other)
        if kind == LinkKind.SPOUSE:
            same |= Q(party=other, other=party)
        if PartyLink.objects.filter(same, kind=kind, valid_to__isnull=True).exists():
            raise LinkError("exists")
        if by_hand and kind == LinkKind.SPOUSE:
            _refuse_second_spouse(party, other)
        if kind in ONE_AT_A_TIME:
            _end_before(party, kind, on)
        return PartyLink.objects.create(party=party, other=other, kind=kind, valid_from=on)


def end_link(*, actor: User | None, link: PartyLink, on: date) -> PartyLink:
    """The link is in force on the day before `on` for the last time; one made today leaves no day in force.

    Where spouses part, so do areas that were counted together because they were spouses.
    """
    with mutation(actor=actor, kind="party.link_end", summary=link.party.display_name):
        if link.kind == LinkKind.SPOUSE:
            areas.part_couple(actor=actor, one_id=link.party_id, other_id=link.other_id, on=on)
        link = PartyLink.objects.select_for_update(of=("self",)).get(pk=link.pk)
        if link.valid_to is not None:
            raise LinkError("ended")
        return _ended(link, on)


def set_payer(*, actor: User | None, party: Party, payer: Party, on: date) -> PartyLink | None:
    """From the day on `payer` gets the invoices of the party; the party itself when it is the party. The new link, if any.

    A payer named on the memberships alone becomes a dated link that ends, so that the day holds for all of them. LinkError
    "several_payers" when the memberships name different ones, "before_current" when the present payer began later.
    """
    with mutation(actor=actor, kind="party.payer", summary=party.display_name):
        list(Party.objects.select_for_update().filter(pk__in=[party.pk, payer.pk]).order_by("pk"))
        named = list(
            Membership.objects.select_for_update(of=("self",))
            .filter(party=party, state__in=OPEN, payer__isnull=False)
            .order_by("pk")
        )
        _unname(party, named, on)
        current = list(_open(party, LinkKind.PAYER))
        if any(link.other_id == payer.pk for link in current):
            raise LinkError("exists")
        _end_before(party, LinkKind.PAYER, on)
        if payer.pk == party.pk:
            return None
        return PartyLink.objects.create(party=party, other=payer, kind=LinkKind.PAYER, valid_from=on)


def _unname(party: Party, named: list[Membership], on: date) -> None:
    payers = {m.payer_id for m in named}
    if len(payers) > 1:
        raise LinkError("several_payers")
    for membership in named:
        membership.payer = None
        membership.save(update_fields=["payer"])
    for payer_id in payers:
        if payer_id and not _open(party, LinkKind.PAYER).exists():
            last = on - timedelta(days=1)
            PartyLink.objects.create(party=party, other_id=payer_id, kind=LinkKind.PAYER, valid_to=last)


def _open(party: Party, kind: str) -> QuerySet[PartyLink]:
    return PartyLink.objects.filter(party=party, kind=kind, valid_to__isnull=True).order_by("pk")


def _end_before(party: Party, kind: str, on: date) -> None:
    for link in _open(party, kind).select_for_update(of=("self",)):
        if link.valid_from is not None and link.valid_from > on:
            raise LinkError("before_current")
        _ended(link, on)


def _ended(link: PartyLink, on: date) -> PartyLink:
    if link.valid_from is not None and link.valid_from >= on:
        link.delete()
        return link
    link.valid_to = on - timedelta(days=1)
    link.save(update_fields=["valid_to"])
    return link


def _refuse_second_spouse(one: Party, other: Party) -> None:
    """Either is another's spouse in the register. Under the lock of both."""
    pair = [one.pk, other.pk]
    rows = PartyLink.objects.filter(kind=LinkKind.SPOUSE, valid_to__isnull=True)
    between = Q(party__in=pair, other__in=pair)
    if rows.filter(Q(party__in=pair) | Q(other__in=pair)).exclude(between).exists():
        raise LinkError("has_spouse")


# --- who covers whom --------------------------------------------------------------------------------------------------
def cover_of(memberships: Iterable[Membership], on: date) -> dict[int, Membership]:
    """The membership by whose fee each of these is covered, by key; the same rule as billing's (`billing.settling`).

    Somebody of the household (of the same holding, a spouse, a parent, the household's payer) has a membership in the same
    association of a type that covers the family; of two who could cover each other the earlier entered does.
    """
    found: dict[int, Membership] = {}
    for membership in memberships:
        covers = (
            Membership.objects.in_force(on)
            .filter(unit=membership.unit_id, type__covers_family=True, type__fee_bearing=True)
            .exclude(party=membership.party_id)
        )
        near = Q(party__in=_household(membership.party_id, on))
        if membership.holding_id:
            near |= Q(holding=membership.holding_id)
        covers = covers.filter(near)
        if membership.type.covers_family:
            covers = covers.filter(pk__lt=membership.pk)
        first = covers.select_related("party", "type").order_by("pk").first()
        if first is not None:
            found[membership.pk] = first
    return found


def _household(party_id: int, on: date) -> list[int]:
    """Whose membership may cover the party's by a link: spouse, parent, payer."""
    links = PartyLink.objects.on(on)
    spouses = links.filter(Q(party=party_id) | Q(other=party_id), kind=LinkKind.SPOUSE)
    pairs = [pair for link in spouses.order_by("pk") for pair in (link.party_id, link.other_id)]
    parents = links.filter(other=party_id, kind=LinkKind.CHILD).order_by("pk")
    payers = links.filter(party=party_id, kind=LinkKind.PAYER).order_by("pk")
    found = [
        *pairs,
        *parents.values_list("party_id", flat=True),
        *payers.values_list("other_id", flat=True),
    ]
    return [pk for pk in dict.fromkeys(found) if pk != party_id]


def uncovered(parties: Iterable[int], on: date) -> list[Membership]:
    """Family members among these parties by whose membership nobody pays: no member of the household covers them."""
    rows = Membership.objects.in_force(on).filter(
        party__in=list(parties), type__federation_code=FAMILY_MEMBER, state__in=OPEN
    )
    found = list(rows.select_related("party", "unit", "type").order_by("party__sort_key", "pk"))
    covered = cover_of(found, on)
    return [m for m in found if m.pk not in covered]
