"""Memberships, folded from append-only events; payment is a separate axis and never the state (REG-4)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.audit.triggers import Erasable, combined, tracked
from members.models.holdings import Holding
from members.models.parties import Party, PartyKind
from members.models.triggers import listed_as_party, refuses_merged
from members.models.units import OrgUnit, localised
from members.states import OPEN

if TYPE_CHECKING:
    from members.scope import Scope

FEDERATION_TYPES = [
    ("farmer", _("farmer")),
    ("forest_owner", _("forest owner")),
    ("rural_entrepreneur", _("rural entrepreneur")),
    ("joint_forest", _("jointly owned forest")),
    ("personal", _("personal member")),
    ("student", _("student")),
    ("supporting", _("supporting member")),
    ("honorary", _("honorary member")),
    ("community", _("community member")),
    ("family_member", _("family member")),
]


class MembershipType(models.Model):
    """An association's own type, mapped to a federation code so that statistics add up; NULL unit = offered to all."""

    unit = models.ForeignKey(OrgUnit, models.CASCADE, null=True, blank=True, related_name="membership_types")
    federation_code = models.CharField(_("federation code"), max_length=20, choices=FEDERATION_TYPES)
    name_fi = models.CharField(_("name in Finnish"), max_length=80)
    name_sv = models.CharField(_("name in Swedish"), max_length=80, blank=True)
    name_en = models.CharField(_("name in English"), max_length=80, blank=True)
    description_fi = models.CharField(_("description in Finnish"), max_length=200, blank=True)
    description_sv = models.CharField(_("description in Swedish"), max_length=200, blank=True)
    description_en = models.CharField(_("description in English"), max_length=200, blank=True)
    voting = models.BooleanField(_("has a vote"), default=True)
    min_age = models.PositiveSmallIntegerField(_("minimum age"), null=True, blank=True)
    needs_holding = models.BooleanField(_("needs a holding"), default=False)
    covers_family = models.BooleanField(_("covers the family"), default=False)
    fee_bearing = models.BooleanField(_("pays a fee"), default=True)
    for_kinds = ArrayField(
        models.CharField(max_length=12, choices=PartyKind.choices),
        verbose_name=_("for whom"),
        default=list,
        blank=True,
        help_text="person, organisation; empty = both",
    )
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(_("offered to new members"), default=True)

    class Meta:
        triggers = tracked(unit="unit_id")
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name_fi"], nulls_distinct=False, name="membershiptype_name"
            )
        ]

    def __str__(self) -> str:
        return localised(self, "name")

    @property
    def description(self) -> str:
        return localised(self, "description")


class State(models.TextChoices):
    APPLIED = "applied", _("applied")
    ACTIVE = "active", _("in force")
    LAPSED = "lapsed", _("passive")
    ENDED = "ended", _("ended")
    REJECTED = "rejected", _("rejected")


# So long after a membership the association still reaches the person: the last fee, its reminders, a mistake put right.
SETTLING = timedelta(days=365)


class MembershipQuerySet(models.QuerySet["Membership"]):
    def visible_to(self, scope: Scope, capability: str = "members.view") -> MembershipQuerySet:
        return self.filter(scope.unit_filter("unit", capability))

    def in_force(self, on: date) -> MembershipQuerySet:
        """Memberships that are in force on the day `on`, by their period (not by payment)."""
        return self.filter(started_on__lte=on).filter(Q(ended_on__isnull=True) | Q(ended_on__gt=on))

    def in_hand(self, on: date) -> MembershipQuerySet:
        """Memberships the association still deals with, see `Membership.is_in_hand`."""
        return self.filter(in_hand(on))


def in_hand(on: date) -> Q:
    """Condition on a membership, see `Membership.is_in_hand`."""
    return Q(state__in=OPEN) | Q(ended_on__gt=on - SETTLING)


def last_day_before(ended_on: date | None, started_on: date | None = None) -> date | None:
    """The last day that belongs to a period whose `ended_on` no longer does; never before its first day."""
    if ended_on is None:
        return None
    return max(ended_on - timedelta(days=1), started_on or date.min)


class Membership(models.Model):
    """`started_on` is the first day, `ended_on` the first day no longer a member; both folded from the events."""

    # Indexes of their own for party, unit and holding would only repeat the beginnings of those below.
    party = models.ForeignKey(Party, models.CASCADE, related_name="memberships", db_index=False)
    unit = models.ForeignKey(
        OrgUnit, models.PROTECT, related_name="memberships", verbose_name=_("association"), db_index=False
    )
    type = models.ForeignKey(
        MembershipType, models.PROTECT, related_name="memberships", verbose_name=_("type")
    )
    holding = models.ForeignKey(
        Holding,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name=_("holding"),
        db_index=False,
    )
    payer = models.ForeignKey(
        Party, models.PROTECT, null=True, blank=True, related_name="pays_for", verbose_name=_("payer")
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    started_on = models.DateField(_("member since"), null=True, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    fee_exempt_until = models.DateField(_("free of fee until"), null=True, blank=True)
    fee_exempt_reason = models.CharField(_("why free of fee"), max_length=120, blank=True)
    # The party's, kept by triggers: with it an association's list is read in order from one index.
    sort_key = models.CharField(max_length=400, editable=False, db_default="")

    objects = MembershipQuerySet.as_manager()

    class Meta:
        triggers = combined(
            tracked(party="party_id", unit="unit_id", exclude=["sort_key"]),
            listed_as_party(),
            refuses_merged("party_id"),
        )
        constraints = [
            models.UniqueConstraint(
                fields=["party", "unit", "type"],
                condition=Q(state__in=list(OPEN)),
                name="membership_one_open",
            ),
            models.CheckConstraint(
                condition=Q(started_on__isnull=True)
                | Q(ended_on__isnull=True)
                | Q(ended_on__gte=F("started_on")),
                name="membership_period",
            ),
            models.CheckConstraint(
                condition=~Q(state="active") | Q(started_on__isnull=False), name="membership_active_has_start"
            ),
        ]
        indexes = [
            models.Index(fields=["party", "unit"], name="membership_party_unit"),
            models.Index(fields=["unit", "state", "party"], name="membership_unit_state"),
            models.Index(fields=["unit", "sort_key", "party"], name="membership_by_name"),
            models.Index(fields=["holding"], name="membership_holding", condition=Q(holding__isnull=False)),
        ]

    @property
    def last_day(self) -> date | None:
        """The last day of the membership, as people speak of its end; None while no end is known."""
        return last_day_before(self.ended_on, self.started_on)

    @property
    def entered_by_mistake(self) -> bool:
        """Closed as of its first day, so it has been in force on no day: one that had been entered twice, or whose member had
        died by then."""
        return self.state == State.ENDED and self.started_on is not None and self.started_on == self.ended_on

    @property
    def lacks_holding(self) -> bool:
        """The type's fee is counted from a holding and none is known."""
        return self.type.needs_holding and self.holding_id is None

    def goes_on(self, on: date) -> bool:
        """An application in handling, or a membership whose end has not come."""
        return self.state in OPEN or (self.ended_on is not None and self.ended_on > on)

    def is_in_hand(self, on: date) -> bool:
        """A membership that goes on, or ended so lately that its last fee may be open. After that the association keeps
        the name and what its accounts need, and no contacts and no household (GDPR article 5(1)(c) and (e))."""
        return self.state in OPEN or (self.ended_on is not None and self.ended_on > on - SETTLING)


class Decision(models.Model):
    """A decision of a body of the unit: who decided, when, which section of which minutes."""

    unit = models.ForeignKey(OrgUnit, models.CASCADE, related_name="decisions")
    body = models.CharField(
        _("body"),
        max_length=20,
        choices=[
            ("board", _("board")),
            ("meeting", _("meeting of the association")),
            ("automatic", _("stored decision")),
        ],
        default="board",
    )
    decided_on = models.DateField(_("decided on"))
    section = models.CharField(_("section of the minutes"), max_length=20, blank=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)

    class Meta:
        triggers = tracked(unit="unit_id")

    def __str__(self) -> str:
        section = f", § {self.section}" if self.section else ""
        return f"{self.get_body_display()} {self.decided_on.isoformat()}{section}"


class EventKind(models.TextChoices):
    APPLIED = "applied", _("applied")
    WITHDRAWN = "withdrawn", _("application withdrawn")
    EXPIRED = "expired", _("application lapsed")
    ADMITTED = "admitted", _("admitted")
    REJECTED = "rejected", _("rejected")
    ACTIVATED = "activated", _("membership began")
    TYPE_CHANGED = "type_changed", _("type changed")
    TRANSFERRED = "transferred", _("transferred")
    FEE_EXEMPTED = "fee_exempted", _("freed of fee")
    LAPSED = "lapsed", _("made passive")
    RESIGNED = "resigned", _("resigned")
    DEEMED_RESIGNED = "deemed_resigned", _("deemed resigned")
    EXPELLED = "expelled", _("expelled")
    DIED = "died", _("died")
    REINSTATED = "reinstated", _("reinstated")
    CORRECTED = "corrected", _("corrected")


# The events that end a membership of somebody who has been a member.
ENDINGS = frozenset(
    {
        EventKind.RESIGNED,
        EventKind.DEEMED_RESIGNED,
        EventKind.EXPELLED,
        EventKind.DIED,
        EventKind.TRANSFERRED,
    }
)


# Never changed. Deleted only by the import, the change of the organisation, the joining of two entries or, of the estate it
# opened, the mark of a death that wrote it, when that is taken back, and the deletion is in the history.
_ONLY_TAKEN_BACK = """
IF NOT EXISTS (SELECT 1 FROM members_importbatch b WHERE b.mutation_id = OLD.mutation_id AND b.state = 'rolling_back'
    AND b.options->>'rollback' = current_setting('jasenpalvelu.mutation', true))
  AND NOT EXISTS (SELECT 1 FROM members_orgchange c WHERE c.act = OLD.mutation_id AND c.state = 'undoing'
    AND c.undo_act::text = current_setting('jasenpalvelu.mutation', true))
  AND NOT EXISTS (SELECT 1 FROM members_merge g JOIN audit_mutation u
      ON u.id::text = current_setting('jasenpalvelu.mutation', true) AND u.kind = 'party.unmerge'
    WHERE g.mutation_id = OLD.mutation_id)
  AND NOT EXISTS (SELECT 1 FROM audit_mutation d JOIN audit_mutation u
      ON u.id::text = current_setting('jasenpalvelu.mutation', true) AND u.kind = 'membership.undo'
    JOIN members_membership m ON m.id = OLD.membership_id JOIN members_organisation o ON o.party_id = m.party_id
    WHERE d.id = OLD.mutation_id AND d.kind = 'party.death' AND o.legal_form = 'estate') THEN
  RAISE EXCEPTION 'An event of a membership stays: it goes only when the act that wrote it is taken back'
    USING ERRCODE = 'insufficient_privilege';
END IF;
RETURN OLD;
"""
EVENT_TRIGGERS = [
    Erasable(name="no_update", columns=["reason", "data"]),
    pgtrigger.Trigger(
        name="only_taken_back", operation=pgtrigger.Delete, when=pgtrigger.Before, func=_ONLY_TAKEN_BACK
    ),
    *(
        trigger
        for trigger in tracked(
            party="(SELECT m.party_id FROM members_membership m WHERE m.id = r.membership_id)"
        )
        if trigger.name in ("track_delete", "no_truncate")
    ),
]


class MembershipEvent(models.Model):
    """One thing that happened to a membership; rows are only added. The state is their fold (`services.lifecycle`)."""

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="events")
    kind = models.CharField(_("event"), max_length=16, choices=EventKind.choices)
    applied_on = models.DateField(_("applied on"), null=True, blank=True)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    effective_on = models.DateField(_("effective on"))
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    data = models.JSONField(default=dict, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    mutation_id = models.UUIDField(null=True, editable=False)
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        triggers = EVENT_TRIGGERS
        indexes = [
            models.Index(fields=["membership", "id"], name="membershipevent_order"),
            models.Index(fields=["mutation_id"], name="membershipevent_act"),  # an act that is taken back
        ]
