"""Joining the areas of a couple's two holdings for the fee, at their request, and parting them again (REG-3).

Spouses may ask for it; an estate, a jointly owned forest and the like are members of their own, whose areas are nobody
else's. A fee that has been charged for the year stands: then the joining begins, or ends, with the turn of the year, so that
no area is charged twice and none is left out.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Q, QuerySet

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members import dues
from members.models import Holding, JoinedAreas, Membership, Party, PartyLink
from members.models.parties import LinkKind


class AreasError(Exception):
    """`code`: not_spouses, taken (one of the holdings is joined to another already), payer (not one of the two), ended."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def spouses_holdings(holding: Holding, on: date) -> list[Holding]:
    """The holdings that could be joined with this one: those the spouse of the responsible member answers for."""
    spouses = [p.pk for p in spouses_of(holding.responsible_id, on)]
    rows = (
        Holding.objects.filter(responsible__in=spouses).exclude(pk=holding.pk).select_related("responsible")
    )
    return list(rows.order_by("name", "pk"))


def spouses_of(party_id: int, on: date) -> list[Party]:
    links = PartyLink.objects.on(on).filter(Q(party=party_id) | Q(other=party_id), kind=LinkKind.SPOUSE)
    found = [
        link.other if link.party_id == party_id else link.party
        for link in links.select_related("party", "other").order_by("pk")
    ]
    return [party for party in found if party.is_person]


def of_holdings(holding_ids: list[int], on: date) -> QuerySet[JoinedAreas]:
    """What is in force on the day or begins later."""
    rows = JoinedAreas.objects.filter(Q(holding__in=holding_ids) | Q(other__in=holding_ids))
    rows = rows.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on))
    return rows.select_related("holding__responsible", "other__responsible", "payer").order_by("pk")


def join_areas(
    *, actor: User | None, holding: Holding, other: Holding, payer: Party, asked_on: date, on: date
) -> JoinedAreas:
    """From the day `on`, or from the beginning of the first year of which no fee has been charged of either."""
    with mutation(actor=actor, kind="areas.join", summary=f"{holding.name}, {other.name}"):
        pair = _held(holding, other)
        couple = {one.responsible_id for one in pair}
        if len(couple) != 2 or holding.responsible_id not in {
            p.pk for p in spouses_of(other.responsible_id, on)
        }:
            raise AreasError("not_spouses")
        if payer.pk not in couple:
            raise AreasError("payer")
        if of_holdings([holding.pk, other.pk], on).exists():
            raise AreasError("taken")
        return JoinedAreas.objects.create(
            holding=holding, other=other, payer=payer, asked_on=asked_on, valid_from=first_day(pair, on)
        )


def first_day(pair: list[Holding], on: date) -> date:
    """From which day the areas would be counted together: after the last year that has been charged of either."""
    last = _last_charged(pair, on.year)
    return on if last is None else date(last + 1, 1, 1)


def part_areas(*, actor: User | None, areas: JoinedAreas, on: date) -> JoinedAreas:
    """Counted apart from the day `on`, or from the first year that has not been charged. One that has not begun is gone, and
    one that ends earlier already ends then."""
    with mutation(actor=actor, kind="areas.part", summary=f"{areas.holding.name}, {areas.other.name}"):
        pair = _held(areas.holding, areas.other)
        areas = JoinedAreas.objects.select_related("holding", "other").get(pk=areas.pk)
        if areas.valid_to is not None and areas.valid_to < on:
            raise AreasError("ended")
        last = last_day(pair, on, areas.valid_to)
        if areas.valid_from is not None and areas.valid_from > last:
            areas.delete()
            return areas
        areas.valid_to = last
        areas.save(update_fields=["valid_to"])
        return areas


def last_day(pair: list[Holding], on: date, valid_to: date | None = None) -> date:
    """The last day on which the areas would be counted together when they are parted on `on`; `valid_to` as it stands."""
    last = _last_charged(pair, on.year)
    parted = on - timedelta(days=1) if last is None else date(last, 12, 31)
    return parted if valid_to is None else min(parted, valid_to)


def part_couple(*, actor: User | None, one_id: int, other_id: int, on: date) -> int:
    """The two are spouses no more: what was joined because they were is parted; how many."""
    couple = [one_id, other_id]
    rows = JoinedAreas.objects.filter(holding__responsible__in=couple, other__responsible__in=couple)
    found = list(
        rows.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on))
        .select_related("holding", "other")
        .order_by("pk")
    )
    for areas in found:
        part_areas(actor=actor, areas=areas, on=on)
    return len(found)


def part_of(*, actor: User | None, party: Party, on: date) -> int:
    """The party has died: its areas are its estate's and are counted apart; how many joinings ended."""
    rows = JoinedAreas.objects.filter(Q(holding__responsible=party) | Q(other__responsible=party))
    found = list(
        rows.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on))
        .select_related("holding", "other")
        .order_by("pk")
    )
    for areas in found:
        part_areas(actor=actor, areas=areas, on=on)
    return len(found)


def _held(*holdings: Holding) -> list[Holding]:
    rows = Holding.objects.select_for_update(of=("self",)).filter(pk__in=[h.pk for h in holdings])
    return list(rows.order_by("pk"))


def _last_charged(pair: list[Holding], year: int) -> int | None:
    """The last year from this one on that has been charged of either, whatever has become of the memberships since. A run may
    be of the next year while this one has not been charged."""
    tied = Membership.objects.filter(holding__in=[h.pk for h in pair])
    memberships = list(tied.order_by("pk").values_list("pk", flat=True))
    last, asked = None, year
    while asked <= year + 1 or last == asked - 1:
        if dues.charged(memberships, asked):
            last = asked
        asked += 1
    return last
