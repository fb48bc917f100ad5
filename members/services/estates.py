"""The estate of a deceased member (kuolinpesä): it answers for the holding and is a member in the deceased's place (REG-5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db.models import ProtectedError

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.models import Change
from jasenpalvelu.common.events import publish
from members import dues
from members.events import MembershipsLeave
from members.models import Holding, HoldingMember, JoinedAreas, Membership, MembershipEvent, Party, PartyLink
from members.models.parties import ContactKind, LegalForm, LinkKind
from members.services import indexing, lifecycle, registering
from members.services.undoing import UndoError
from members.states import OPEN

NAMES = {"fi": "{name} kuolinpesä", "sv": "{name} dödsbo", "en": "{name} estate"}
# What a death moves to the estate, in the order in which an undo takes it back.
_MOVED = {
    "members_joinedareas": JoinedAreas,
    "members_partylink": PartyLink,
    "members_holdingmember": HoldingMember,
    "members_holding": Holding,
}


def has_holding(party: Party) -> bool:
    """Whether the party answers for a holding, or a membership of its own is tied to one: then there is an estate to open."""
    tied = Membership.objects.filter(party=party, state__in=OPEN, holding__isnull=False)
    return Holding.objects.filter(responsible=party).exists() or tied.exists()


def open_estate(*, actor: User | None, party: Party, on: date) -> Party:
    """The estate as an organisation of its own, at the deceased's address, linked as the estate of the party."""
    address = party.contact_points.filter(
        kind=ContactKind.ADDRESS, valid_to__isnull=True, primary=True
    ).first()
    estate = registering.create_organisation(
        actor=actor,
        name=NAMES.get(party.language, NAMES["fi"]).format(name=party.display_name),
        legal_form=LegalForm.ESTATE,
        language=party.language,
        home_municipality=party.home_municipality,
        non_disclosure=party.non_disclosure,
        address=registering.Address(
            address.value, address.postal_code, address.city, address.co_line, address.country
        )
        if address
        else None,
        on=on,
    )
    PartyLink.objects.create(party=estate, other=party, kind=LinkKind.ESTATE_OF, valid_from=on)
    return estate


def take_over(
    *, actor: User | None, estate: Party, party: Party, ended: Sequence[Membership], on: date
) -> None:
    """The holdings the deceased answered for, and the memberships tied to a holding, go to the estate on the day. The estate is
    a member of the deceased's type also where only people are taken into it: it goes on in their place until it is divided.

    The fee of the year that the deceased has been charged is not charged of the estate again.
    """
    charged = dues.charged([m.pk for m in ended], on.year)
    tied = {m.holding_id for m in ended if m.holding_id}
    rows = Holding.objects.select_for_update(of=("self",)).filter(responsible=party) | (
        Holding.objects.select_for_update(of=("self",)).filter(pk__in=tied)
    )
    for holding in rows.order_by("pk"):
        _join(holding, estate, party, on)
    # Where no membership was tied to the holding, the estate follows the deceased in all of them: nobody would see it otherwise.
    for membership in [m for m in ended if m.holding_id] or ended:
        _goes_on(actor, estate, membership, charged=membership.pk in charged)
    indexing.refresh_search([party.pk, estate.pk])


def _join(holding: Holding, estate: Party, party: Party, on: date) -> None:
    role = "owner"
    if holding.responsible_id == party.pk:
        holding.responsible = estate
        holding.save(update_fields=["responsible"])
        role = "responsible"
    for row in HoldingMember.objects.filter(holding=holding, party=party, valid_to__isnull=True):
        row.valid_to = max(on, row.valid_from or on)
        row.save(update_fields=["valid_to"])
    HoldingMember.objects.create(holding=holding, party=estate, role=role, valid_from=on)


def _goes_on(actor: User | None, estate: Party, old: Membership, *, charged: bool) -> None:
    day = old.ended_on
    assert day is not None, "it has just ended"
    new = lifecycle.start(
        actor=actor,
        party=estate,
        unit=old.unit,
        type=old.type,
        started_on=day,
        decided_on=day,
        holding=old.holding,
        payer=old.payer,
        reason=old.party.display_name,
    )
    carry_fee(actor=actor, old=old, new=new, day=day, charged=charged)


def carry_fee(*, actor: User | None, old: Membership, new: Membership, day: date, charged: bool) -> None:
    """What has been paid or granted stays: no fee of the year that the old membership was charged, no exemption lost."""
    until = old.fee_exempt_until
    reason = old.fee_exempt_reason
    if charged and (until is None or until < date(day.year, 12, 31)):
        until, reason = date(day.year, 12, 31), f"{day.year}: {old.unit.name_fi}"
    if until is not None and until >= day:
        lifecycle.exempt_from_fee(actor=actor, membership=new, until=until, reason=reason, on=day)


def give_back(*, mutation_id: UUID) -> None:
    """The holdings and their people as they stood before the act, and the estate that was opened by it is gone.

    UndoError when something has been done with the estate since: "later", or "invoiced".
    """
    changes = list(Change.objects.filter(mutation_id=mutation_id, table_name__in=_MOVED))
    opened = _opened(changes)
    if opened is not None:
        _untouched(opened, mutation_id)
    order = list(_MOVED)
    for change in sorted(changes, key=lambda c: (c.op == Change.Op.UPDATE, order.index(c.table_name), c.pk)):
        rows = _MOVED[change.table_name]._default_manager.filter(pk=change.row_id)
        if change.op == Change.Op.INSERT:
            rows.delete()
        elif change.op == Change.Op.UPDATE:
            rows.update(**(change.before or {}))
    if opened is not None:
        _remove(opened)


def _opened(changes: Sequence[Change]) -> Party | None:
    """The estate the act entered."""
    for change in changes:
        row = change.after or {}
        if change.op == Change.Op.INSERT and row.get("kind") == LinkKind.ESTATE_OF:
            return Party.objects.filter(pk=row["party_id"]).first()
    return None


def _untouched(estate: Party, mutation_id: UUID) -> None:
    rows = Membership.objects.filter(party=estate)
    leaving = MembershipsLeave(frozenset(rows.values_list("pk", flat=True)))
    publish(leaving)
    if set(leaving):
        raise UndoError("invoiced", estate.display_name)
    later = Change.objects.filter(party_id=estate.pk).exclude(mutation_id=mutation_id)
    events = MembershipEvent.objects.filter(membership__in=rows).exclude(mutation_id=mutation_id)
    if later.exists() or events.exists():
        raise UndoError("later", estate.display_name)


def _remove(estate: Party) -> None:
    """Everything of it was entered by the act that is being taken back."""
    MembershipEvent.objects.filter(membership__party=estate).delete()
    Membership.objects.filter(party=estate).delete()
    try:
        estate.delete()
    except ProtectedError:
        raise UndoError("later", estate.display_name) from None
