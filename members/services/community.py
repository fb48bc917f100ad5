"""Skills, interests, willingness and groups: what members tell of themselves, and the words they are offered (REG-18).

All of it is the member's own: told on one's own pages, taken back there at any time. The office keeps the vocabulary and
the groups, and accepts into groups that are not open.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.models import CommunityGroup, CommunityTerm, GroupMember, Membership, OrgUnit, Party, PartyTerm
from members.models.community import offered_by

TERM_FIELDS = ("kind", "name_fi", "name_sv", "name_en", "role", "active")
GROUP_FIELDS = ("name", "description", "leader", "open")


class CommunityError(Exception):
    """`code`: taken (the unit has it already), leader (no member there), ended, not_offered, not_asked."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def units_of(party_id: int, on: date) -> list[int]:
    """The associations the member belongs to: what they and those above them offer is offered to the member."""
    rows = Membership.objects.in_force(on).filter(party=party_id)
    return sorted(set(rows.order_by().values_list("unit_id", flat=True)))


# --- the member's own -------------------------------------------------------------------------------------------------
def choose_terms(*, actor: User | None, party: Party, wanted: Collection[int], on: date) -> int:
    """Exactly these of what is offered to the member hold from now on; how many changed. Words that are no longer offered stay
    until the member gives them up: they are in `wanted` as long as they are shown."""
    with mutation(actor=actor, kind="community.terms", summary=party.display_name):
        Party.objects.select_for_update().get(pk=party.pk)
        current = {
            row.term_id: row for row in PartyTerm.objects.filter(party=party, valid_to=None).order_by("pk")
        }
        offered = set(CommunityTerm.objects.offered(units_of(party.pk, on)).values_list("pk", flat=True))
        gone = [row for pk, row in current.items() if pk not in wanted]
        new = sorted((set(wanted) & offered) - set(current))
        for row in gone:
            _end(row, on)
        for pk in new:
            PartyTerm.objects.create(party=party, term_id=pk, valid_from=on)
    return len(gone) + len(new)


def join_group(*, actor: User | None, party: Party, group: CommunityGroup, on: date) -> GroupMember:
    """In at once where anybody may join, else asked. Joining twice changes nothing. CommunityError "not_offered", "ended"."""
    with mutation(actor=actor, kind="community.join", summary=group.name):
        Party.objects.select_for_update().get(pk=party.pk)
        found = CommunityGroup.objects.select_for_update().get(pk=group.pk)
        if found.ended_on is not None:
            raise CommunityError("ended")
        if not CommunityGroup.objects.offered(units_of(party.pk, on)).filter(pk=found.pk).exists():
            raise CommunityError("not_offered")
        here = GroupMember.objects.filter(group=found, party=party, valid_to=None).first()
        return here or GroupMember.objects.create(
            group=found, party=party, asked=not found.open, valid_from=on
        )


def leave_group(*, actor: User | None, membership: GroupMember, on: date) -> None:
    """Out of the group, or the wish taken back; also for the office and the leader."""
    with mutation(actor=actor, kind="community.leave", summary=membership.group.name):
        row = GroupMember.objects.filter(pk=membership.pk, valid_to=None).first()
        if row is not None:
            _end(row, on)


def accept(*, actor: User | None, membership: GroupMember, on: date) -> GroupMember:
    """Into a group that is not open. CommunityError "not_asked" when the wish was taken back meanwhile."""
    with mutation(actor=actor, kind="community.accept", summary=membership.group.name):
        changed = GroupMember.objects.filter(pk=membership.pk, valid_to=None, asked=True).update(
            asked=False, valid_from=on
        )
        if not changed:
            raise CommunityError("not_asked")
    return membership


def _end(row: PartyTerm | GroupMember, on: date) -> None:
    if row.valid_from is not None and row.valid_from >= on:
        row.delete()
        return
    row.valid_to = on - timedelta(days=1)
    row.save(update_fields=["valid_to"])


# --- the office -------------------------------------------------------------------------------------------------------
def keep_term(
    *, actor: User | None, unit: OrgUnit, values: dict[str, Any], term: CommunityTerm | None = None
) -> CommunityTerm:
    """Add a word of the unit's, or change one (TERM_FIELDS). A word taken out of use stays with those who chose it."""
    with mutation(actor=actor, kind="community.term", summary=values["name_fi"], unit_id=unit.pk):
        term = term or CommunityTerm(unit=unit)
        same = CommunityTerm.objects.filter(unit=term.unit, kind=values["kind"], name_fi=values["name_fi"])
        if same.exclude(pk=term.pk).exists():
            raise CommunityError("taken")
        for name in TERM_FIELDS:
            if name in values:
                setattr(term, name, values[name])
        term.save()
    return term


def keep_group(
    *,
    actor: User | None,
    unit: OrgUnit,
    values: dict[str, Any],
    on: date,
    group: CommunityGroup | None = None,
) -> CommunityGroup:
    """Found a group, or change one (GROUP_FIELDS). Those who wait get in when it becomes open. CommunityError "taken", "leader"."""
    with mutation(actor=actor, kind="community.group", summary=values["name"], unit_id=unit.pk):
        group = (
            CommunityGroup.objects.select_for_update().get(pk=group.pk)
            if group
            else CommunityGroup(unit=unit)
        )
        same = CommunityGroup.objects.filter(unit=group.unit, name=values["name"], ended_on=None)
        if same.exclude(pk=group.pk).exists():
            raise CommunityError("taken")
        if values.get("leader") and not _belongs(values["leader"], group.unit, on):
            raise CommunityError("leader")
        for name in GROUP_FIELDS:
            if name in values:
                setattr(group, name, values[name])
        group.save()
        if group.open:
            GroupMember.objects.filter(group=group, valid_to=None, asked=True).update(asked=False)
    return group


def _belongs(party: Party, unit: OrgUnit, on: date) -> bool:
    """The party is a member of the unit or of one below it."""
    return OrgUnit.objects.filter(offered_by(units_of(party.pk, on), "pk"), pk=unit.pk).exists()


def end_group(*, actor: User | None, group: CommunityGroup, on: date) -> int:
    """The group is over and everybody's place in it ends; how many there were."""
    with mutation(actor=actor, kind="community.end", summary=group.name, unit_id=group.unit_id):
        CommunityGroup.objects.select_for_update().get(pk=group.pk)
        rows = list(GroupMember.objects.filter(group=group, valid_to=None).order_by("pk"))
        for row in rows:
            _end(row, on)
        group.ended_on = on
        group.save(update_fields=["ended_on"])
    return len(rows)
