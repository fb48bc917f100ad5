"""Matters of leaving that wait for the board: resignations to be noted, and expulsions with their hearing (REG-5)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.audit.triggers import tracked
from members.models.memberships import Membership, MembershipEvent

if TYPE_CHECKING:
    from members.scope import Scope

_OF_MEMBERSHIP = {
    "party": "(SELECT m.party_id FROM members_membership m WHERE m.id = r.membership_id)",
    "unit": "(SELECT m.unit_id FROM members_membership m WHERE m.id = r.membership_id)",
}


class ResignationQuerySet(models.QuerySet["Resignation"]):
    def visible_to(self, scope: Scope, capability: str = "members.admit") -> ResignationQuerySet:
        return self.filter(scope.unit_filter("membership__unit", capability))

    def waiting(self) -> ResignationQuerySet:
        """Not noted by the board and not taken back."""
        return self.filter(noted_on__isnull=True, withdrawn_on__isnull=True)


class Resignation(models.Model):
    """A notice of resignation (Associations Act 503/1989, section 13). It takes effect by itself: the board only notes it.

    Until it is noted the member may take it back. `event` is the event of the membership it became.
    """

    class Channel(models.TextChoices):
        PORTAL = "portal", _("in the member service")
        OFFICE = "office", _("told to the office")

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="resignations", db_index=False)
    event = models.OneToOneField(MembershipEvent, models.CASCADE, related_name="resignation")
    channel = models.CharField(_("how it came"), max_length=8, choices=Channel.choices)
    received_at = models.DateTimeField(_("received"))
    noticed_on = models.DateField(_("day of the notice"))
    effective_on = models.DateField(_("first day no longer a member"))
    withdrawn_on = models.DateField(_("taken back on"), null=True, blank=True)
    noted_on = models.DateField(_("noted by the board on"), null=True, blank=True)

    objects = ResignationQuerySet.as_manager()

    class Meta:
        triggers = tracked(**_OF_MEMBERSHIP)
        constraints = [
            models.UniqueConstraint(
                fields=["membership"],
                condition=Q(withdrawn_on__isnull=True, noted_on__isnull=True),
                name="resignation_one_waiting",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_on__isnull=True) | Q(noted_on__isnull=True),
                name="resignation_noted_or_withdrawn",
            ),
            # Section 13: the rules may delay the effect by a year at most.
            models.CheckConstraint(
                condition=Q(effective_on__gte=F("noticed_on"))
                & Q(
                    effective_on__lte=models.ExpressionWrapper(
                        F("noticed_on") + models.Value(366), output_field=models.DateField()
                    )
                ),
                name="resignation_within_a_year",
            ),
        ]
        indexes = [models.Index(fields=["membership", "id"], name="resignation_membership")]


class Ground(models.TextChoices):
    """Associations Act 503/1989, section 14, and the unpaid fee, for which nobody has to be heard (section 15)."""

    OBLIGATIONS = "obligations", _("has not fulfilled the obligations undertaken by joining")
    HARM = "harm", _("has considerably harmed the association by their conduct")
    CONDITIONS = "conditions", _("no longer meets the conditions of membership in the law or the rules")
    UNPAID = "unpaid", _("has not paid the membership fee")


class ExpulsionQuerySet(models.QuerySet["Expulsion"]):
    def visible_to(self, scope: Scope, capability: str = "members.admit") -> ExpulsionQuerySet:
        return self.filter(scope.unit_filter("membership__unit", capability))

    def under_way(self) -> ExpulsionQuerySet:
        """Open, of somebody who is still a member: an ending of another kind leaves nothing to decide."""
        return self.filter(state=Expulsion.State.HEARING, membership__state__in=("active", "lapsed"))


class Expulsion(models.Model):
    """A proposal to expel a member: ground, hearing with a deadline, the member's answer, decision.

    Of these details only the member's own association knows.
    """

    class State(models.TextChoices):
        HEARING = "hearing", _("the member is heard")
        EXPELLED = "expelled", _("expelled")
        DROPPED = "dropped", _("dropped")

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="expulsions", db_index=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.HEARING)
    ground = models.CharField(_("ground"), max_length=12, choices=Ground.choices)
    reasons = models.CharField(_("what has happened"), max_length=500)
    proposed_on = models.DateField(_("proposed on"))
    told_on = models.DateField(_("the member was told on"), null=True, blank=True)
    hear_by = models.DateField(_("may answer until"), null=True, blank=True)
    answered_on = models.DateField(_("answered on"), null=True, blank=True)
    answer = models.CharField(_("the member's answer"), max_length=2000, blank=True)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = ExpulsionQuerySet.as_manager()

    class Meta:
        triggers = tracked(**_OF_MEMBERSHIP)
        constraints = [
            models.UniqueConstraint(
                fields=["membership"], condition=Q(state="hearing"), name="expulsion_one_under_way"
            ),
            models.CheckConstraint(
                condition=Q(ground="unpaid") | Q(told_on__isnull=False, hear_by__isnull=False),
                name="expulsion_hears",
            ),
            models.CheckConstraint(
                condition=Q(hear_by__isnull=True) | Q(hear_by__gt=F("told_on")),
                name="expulsion_time_to_answer",
            ),
            models.CheckConstraint(
                condition=~Q(state="expelled") | Q(hear_by__isnull=True) | Q(decided_on__gt=F("hear_by")),
                name="expulsion_heard_first",
            ),
            models.CheckConstraint(
                condition=Q(state="hearing", decided_on__isnull=True)
                | (~Q(state="hearing") & Q(decided_on__isnull=False)),
                name="expulsion_decided",
            ),
        ]
        indexes = [models.Index(fields=["membership", "id"], name="expulsion_membership")]

    def may_be_decided(self, on: date) -> bool:
        """Not before the time to answer has run out (Associations Act, section 15)."""
        return self.hear_by is None or on > self.hear_by

    @property
    def is_minuted(self) -> bool:
        """A meeting decided it, and that meeting stands."""
        from members.models.meetings import MeetingItem

        items = MeetingItem.objects.filter(expulsion=self, meeting__undone_on__isnull=True)
        return items.exclude(outcome="postponed").exists()
