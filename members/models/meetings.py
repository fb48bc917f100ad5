"""Meetings that decided on members: what was decided of whom, so that the extract of the minutes can be printed again (REG-5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.audit.triggers import tracked
from members.models.leaving import Expulsion, Resignation
from members.models.memberships import Decision, Membership
from members.models.units import OrgUnit

if TYPE_CHECKING:
    from members.scope import Scope


class MeetingQuerySet(models.QuerySet["BoardMeeting"]):
    def visible_to(self, scope: Scope, capability: str = "members.admit") -> MeetingQuerySet:
        return self.filter(scope.unit_filter("unit", capability))


class BoardMeeting(models.Model):
    """One sitting of the board, or of the association itself, as far as members were its business.

    Who was present is typed text: a chair for the day is nobody's post. `mutation_id` is the act that decided everything.
    """

    class Body(models.TextChoices):
        BOARD = "board", _("board")
        MEETING = "meeting", _("meeting of the association")

    unit = models.ForeignKey(OrgUnit, models.CASCADE, related_name="meetings", db_index=False)
    body = models.CharField(_("body"), max_length=8, choices=Body.choices, default=Body.BOARD)
    held_on = models.DateField(_("day of the meeting"))
    number = models.CharField(_("number of the meeting"), max_length=20, blank=True)
    place = models.CharField(_("place"), max_length=120, blank=True)
    chair = models.CharField(_("chair"), max_length=120)
    secretary = models.CharField(_("secretary"), max_length=120)
    present = models.CharField(_("others present"), max_length=400, blank=True)
    members_from = models.DateField(_("members from"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    recorded_at = models.DateTimeField(auto_now_add=True)
    mutation_id = models.UUIDField(editable=False, db_index=True)
    undone_on = models.DateField(_("undone on"), null=True, blank=True)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        triggers = tracked(unit="unit_id")
        constraints = [
            models.CheckConstraint(condition=Q(members_from__gte=F("held_on")), name="boardmeeting_members")
        ]
        indexes = [models.Index(fields=["unit", "-held_on", "-id"], name="boardmeeting_of_unit")]

    def __str__(self) -> str:
        return f"{self.get_body_display()} {self.held_on.isoformat()}"


class MatterKind(models.TextChoices):
    APPLICATION = "application", _("application")
    RESIGNATION = "resignation", _("resignation")
    DEEMED = "deemed", _("deemed resigned for an unpaid fee")
    EXPULSION = "expulsion", _("expulsion")


class Outcome(models.TextChoices):
    ADMITTED = "admitted", _("admitted")
    REJECTED = "rejected", _("rejected")
    NOTED = "noted", _("noted")
    CONFIRMED = "confirmed", _("deemed resigned")
    KEPT = "kept", _("stays a member")
    EXPELLED = "expelled", _("expelled")
    DROPPED = "dropped", _("dropped")
    POSTPONED = "postponed", _("postponed")


class MeetingItem(models.Model):
    """What the meeting did with one matter. `name` is the member's name as it was then: minutes do not follow marriages."""

    meeting = models.ForeignKey(BoardMeeting, models.CASCADE, related_name="items", db_index=False)
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(_("matter"), max_length=12, choices=MatterKind.choices)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    membership = models.ForeignKey(
        Membership, models.SET_NULL, null=True, blank=True, related_name="meeting_items"
    )
    resignation = models.ForeignKey(
        Resignation, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    expulsion = models.ForeignKey(
        Expulsion, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, blank=True, related_name="items")
    name = models.CharField(_("name"), max_length=200)
    effective_on = models.DateField(_("effective on"), null=True, blank=True)
    reason = models.CharField(_("reason or note"), max_length=200, blank=True)

    class Meta:
        triggers = tracked(
            party="(SELECT m.party_id FROM members_membership m WHERE m.id = r.membership_id)",
            unit="(SELECT b.unit_id FROM members_boardmeeting b WHERE b.id = r.meeting_id)",
        )
        constraints = [
            models.UniqueConstraint(fields=["meeting", "position"], name="meetingitem_position"),
            models.CheckConstraint(
                condition=Q(kind="application", outcome__in=["admitted", "rejected", "postponed"])
                | Q(kind="resignation", outcome__in=["noted", "postponed"])
                | Q(kind="deemed", outcome__in=["confirmed", "kept", "postponed"])
                | Q(kind="expulsion", outcome__in=["expelled", "dropped", "postponed"]),
                name="meetingitem_outcome",
            ),
        ]
