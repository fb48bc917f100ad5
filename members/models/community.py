"""What members can do and what interests them, in words their associations offer, and groups they join (REG-18)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.audit.triggers import combined, tracked
from jasenpalvelu.common import clock
from members.models.dated import Dated, DatedQuerySet, period_check
from members.models.mandates import RoleTemplate
from members.models.memberships import Membership
from members.models.parties import Party
from members.models.triggers import refuses_merged
from members.models.units import OrgUnit, Relation, UnitClosure, localised

if TYPE_CHECKING:
    from members.scope import Scope


class TermKind(models.TextChoices):
    SKILL = "skill", _("skill")
    INTEREST = "interest", _("interest")
    WILLING = "willing", _("willing to a post")


def offered_by(units: Iterable[int], path: str = "unit") -> Q:
    """Rows of these units and of those above them: what a union offers, each of its associations offers."""
    above = UnitClosure.objects.filter(descendant_id__in=list(units), relation=Relation.ADMINISTRATIVE)
    return Q(**{f"{path}__in": above.values("ancestor_id")})


def of_ones_people(scope: Scope, capability: str = "members.view") -> Exists:
    """The party belongs now to an association where the reader sees how to reach people (class B): of a former member nobody
    is told what they can do."""
    member = Membership.objects.filter(party_id=OuterRef("party_id")).in_force(clock.today())
    return Exists(member.filter(scope.unit_filter("unit", capability, "B")))


class CommunityTermQuerySet(models.QuerySet["CommunityTerm"]):
    def offered(self, units: Iterable[int]) -> CommunityTermQuerySet:
        """What members of these units may choose now."""
        return self.filter(offered_by(units), active=True)

    def editable_by(self, scope: Scope) -> CommunityTermQuerySet:
        return self.filter(scope.unit_filter("unit", "members.edit", "B"))

    def by_name(self) -> CommunityTermQuerySet:
        return self.order_by("kind", "name_fi", "pk")


class CommunityTerm(models.Model):
    """One word of the vocabulary: the union's are offered everywhere below it, a unit adds its own. `role`: the post it is
    about, so that the willing are named when the post is given."""

    unit = models.ForeignKey(OrgUnit, models.CASCADE, related_name="community_terms", verbose_name=_("unit"))
    kind = models.CharField(_("kind"), max_length=8, choices=TermKind.choices)
    name_fi = models.CharField(_("name in Finnish"), max_length=80)
    name_sv = models.CharField(_("name in Swedish"), max_length=80, blank=True)
    name_en = models.CharField(_("name in English"), max_length=80, blank=True)
    role = models.ForeignKey(
        RoleTemplate, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("post")
    )
    active = models.BooleanField(_("offered"), default=True)

    objects = CommunityTermQuerySet.as_manager()

    class Meta:
        triggers = tracked(unit="unit_id")
        constraints = [
            models.UniqueConstraint(fields=["unit", "kind", "name_fi"], name="communityterm_name"),
            models.CheckConstraint(
                condition=Q(role__isnull=True) | Q(kind="willing"), name="communityterm_role_of_willing"
            ),
        ]

    def __str__(self) -> str:
        return localised(self, "name")


class PartyTermQuerySet(DatedQuerySet):
    def visible_to(self, scope: Scope, capability: str = "members.view") -> PartyTermQuerySet:
        return self.filter(of_ones_people(scope, capability))


class PartyTerm(Dated):
    """A member has told it of themself; taken back, it ends."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="community_terms")
    term = models.ForeignKey(CommunityTerm, models.PROTECT, related_name="people", verbose_name=_("term"))

    objects = PartyTermQuerySet.as_manager()

    class Meta:
        triggers = combined(tracked(party="party_id"), refuses_merged("party_id"))
        constraints = [
            period_check("partyterm_period"),
            models.UniqueConstraint(
                fields=["party", "term"], condition=Q(valid_to__isnull=True), name="partyterm_one_open"
            ),
        ]


class CommunityGroupQuerySet(models.QuerySet["CommunityGroup"]):
    def offered(self, units: Iterable[int]) -> CommunityGroupQuerySet:
        return self.filter(offered_by(units), ended_on__isnull=True)

    def visible_to(self, scope: Scope, capability: str = "members.view") -> CommunityGroupQuerySet:
        return self.filter(scope.unit_filter("unit", capability, "B"))


class CommunityGroup(models.Model):
    """A group of a unit. An open one is joined at once; in another the leader or the office accepts."""

    unit = models.ForeignKey(OrgUnit, models.CASCADE, related_name="community_groups", verbose_name=_("unit"))
    name = models.CharField(_("name"), max_length=80)
    description = models.CharField(_("description"), max_length=400, blank=True)
    leader = models.ForeignKey(
        Party, models.PROTECT, null=True, blank=True, related_name="leads_groups", verbose_name=_("leader")
    )
    open = models.BooleanField(_("anybody may join"), default=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)

    objects = CommunityGroupQuerySet.as_manager()

    class Meta:
        triggers = tracked(unit="unit_id")
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name"], condition=Q(ended_on__isnull=True), name="communitygroup_name"
            )
        ]

    def __str__(self) -> str:
        return self.name


class GroupMemberQuerySet(DatedQuerySet):
    def still_members(self, on: date) -> GroupMemberQuerySet:
        """Of people who belong to the group's unit or to one below it."""
        below = UnitClosure.objects.filter(
            ancestor_id=OuterRef(OuterRef("group__unit_id")),
            descendant_id=OuterRef("unit_id"),
            relation=Relation.ADMINISTRATIVE,
        )
        rows = Membership.objects.in_force(on).filter(Exists(below), party_id=OuterRef("party_id"))
        return self.filter(Exists(rows))

    def visible_to(self, scope: Scope, capability: str = "members.view") -> GroupMemberQuerySet:
        return self.filter(of_ones_people(scope, capability))


class GroupMember(Dated):
    """In the group while `asked` is false; before that the wish waits for the leader or the office."""

    group = models.ForeignKey(CommunityGroup, models.CASCADE, related_name="members", verbose_name=_("group"))
    party = models.ForeignKey(Party, models.CASCADE, related_name="groups")
    asked = models.BooleanField(_("waits to be accepted"), default=False)

    objects = GroupMemberQuerySet.as_manager()

    class Meta:
        triggers = combined(tracked(party="party_id"), refuses_merged("party_id"))
        constraints = [
            period_check("groupmember_period"),
            models.UniqueConstraint(
                fields=["group", "party"], condition=Q(valid_to__isnull=True), name="groupmember_one_open"
            ),
        ]
