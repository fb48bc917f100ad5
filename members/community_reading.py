"""What is shown of skills, interests, willingness and groups: how many have chosen what, and who would take a post (REG-18)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import cast

from django.core.cache import cache
from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jasenpalvelu.common import clock
from jasenpalvelu.common.parts import QueueItem
from members.choosing import NARROW, reach_key
from members.models import CommunityGroup, CommunityTerm, GroupMember, Membership, OrgUnit, PartyTerm
from members.models.community import TermKind, offered_by
from members.scope import Scope
from members.waiting import Asked, Source, address

VIEW, EDIT, CLASS = "members.view", "members.edit", "B"
# In a wide reach the numbers are counted so often at most.
KEPT_SECONDS = 300
WILLING = 50


@dataclass(frozen=True)
class Counts:
    """By the key of a word how many have chosen it, of a group how many are in it and how many wait: people within one's reach."""

    terms: dict[int, int]
    members: dict[int, int]
    asked: dict[int, int]


def counts(scope: Scope) -> Counts:
    """At once in a narrow reach; in a wide one as they stood a few minutes ago."""
    if len(scope.unit_ids(VIEW, CLASS)) <= NARROW:
        return _counted(scope)
    key = f"members:community:{clock.today()}:{reach_key(scope)}"
    return cast("Counts", cache.get_or_set(key, lambda: _counted(scope), KEPT_SECONDS))


def _counted(scope: Scope) -> Counts:
    chosen = PartyTerm.objects.visible_to(scope).filter(valid_to=None).order_by("term")
    places = GroupMember.objects.visible_to(scope).filter(valid_to=None).order_by("group")
    numbers = places.values_list("group").annotate(
        members=Count("pk", filter=Q(asked=False)), waiting=Count("pk", filter=Q(asked=True))
    )
    rows = list(numbers)
    return Counts(
        dict(chosen.values_list("term").annotate(n=Count("pk"))),
        {group: members for group, members, _waiting in rows},
        {group: waiting for group, _members, waiting in rows},
    )


def words(scope: Scope, found: Counts) -> list[tuple[str, list[tuple[CommunityTerm, int]]]]:
    """Each kind with its words that are offered in the reader's units, and how many chose each."""
    rows = CommunityTerm.objects.filter(offered_by(scope.unit_ids(VIEW, CLASS))).select_related("unit")
    lines = [(term, found.terms.get(term.pk, 0)) for term in rows.by_name()]
    return [
        (str(TermKind(kind).label).capitalize(), [line for line in lines if line[0].kind == kind])
        for kind in TermKind.values
    ]


def groups(scope: Scope, found: Counts) -> list[tuple[CommunityGroup, int, int]]:
    """The groups that go on and concern the reader's members: how many are in each, how many wait."""
    rows = CommunityGroup.objects.filter(offered_by(scope.unit_ids(VIEW, CLASS)), ended_on=None)
    lines = rows.select_related("unit", "leader").order_by("name", "pk")
    return [(group, found.members.get(group.pk, 0), found.asked.get(group.pk, 0)) for group in lines]


def willing(scope: Scope, *, unit: OrgUnit, on: date) -> list[PartyTerm]:
    """Members of the unit who would take a post that is offered there and whom the reader may see so, with which post, by name."""
    members = Membership.objects.in_force(on).filter(unit=unit).order_by().values("party_id")
    rows = PartyTerm.objects.visible_to(scope).filter(
        offered_by([unit.pk], "term__unit"),
        valid_to=None,
        term__kind=TermKind.WILLING,
        party__in=members,
        party__person__deceased_on=None,
    )
    rows = rows.exclude(party_id=scope.party_id).select_related("party", "term__role")
    return list(rows.order_by("party__sort_key", "party_id", "term__name_fi", "pk")[:WILLING])


# --- what waits -------------------------------------------------------------------------------------------------------
def _asked(asked: Asked):  # type: ignore[no-untyped-def]
    mine = asked.scope.unit_filter("group__unit", EDIT, CLASS)
    return GroupMember.objects.visible_to(asked.scope, EDIT).filter(mine, valid_to=None, asked=True)


def _asked_item(asked: Asked, count: int) -> QueueItem:
    return QueueItem(
        count,
        ngettext("wish to join a group", "wishes to join groups", count),
        _("The leader of the group can accept them too."),
        _("Open the groups"),
        address("office:community"),
    )


ASKED = Source("groups", EDIT, _asked, _asked_item, classes=CLASS)
