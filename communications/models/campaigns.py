"""Campaigns: one goal, what is done for it, and what came of it (COM-10)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communications.models.announcements import Announcement
from communications.models.mailings import Mailing
from communications.models.materials import Material
from communications.models.surveys import Survey
from communications.permissions import CONTENT
from jasenpalvelu.audit.triggers import combined, tracked
from members.models import Membership, OrgUnit, Party, Segment
from members.models.triggers import refuses_merged

if TYPE_CHECKING:
    from members.scope import Scope

LONGEST_CODE = 24


class Goal(models.TextChoices):
    MEMBERS = "members", _("new members admitted")
    APPLICATIONS = "applications", pgettext_lazy("goal", "applications")
    ANSWERS = "answers", _("answers to surveys")
    CALLS = "calls", _("people reached by phone")
    DOWNLOADS = "downloads", _("materials downloaded")


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def visible_to(self, scope: Scope) -> CampaignQuerySet:
        return self.filter(scope.unit_filter("unit", CONTENT))

    def running(self, on: date) -> CampaignQuerySet:
        return self.filter(closed_at__isnull=True, starts_on__lte=on, ends_on__gte=on)


class Campaign(models.Model):
    """`code` is what a join link carries (`?kampanja=code`); `recruits`: members of the unit and below get links of their own."""

    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="campaigns", verbose_name=_("unit"))
    name = models.CharField(_("name"), max_length=120)
    code = models.SlugField(_("code in links"), max_length=LONGEST_CODE, unique=True)
    description = models.TextField(_("what it is about"), max_length=1000, blank=True)
    goal = models.CharField(_("goal"), max_length=12, choices=Goal.choices, default=Goal.MEMBERS)
    target = models.PositiveIntegerField(
        _("how many"), validators=[MinValueValidator(1), MaxValueValidator(1_000_000)]
    )
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    segment = models.ForeignKey(
        Segment, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("segment")
    )
    recruits = models.BooleanField(_("members get links of their own"), default=False)
    closed_at = models.DateTimeField(_("closed"), null=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        triggers = tracked(unit="unit_id")
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=models.F("starts_on")), name="campaign_period"),
            models.CheckConstraint(condition=Q(target__gte=1), name="campaign_target"),
        ]

    def __str__(self) -> str:
        return self.name


class CampaignStep(models.Model):
    """A letter, a survey, an announcement or a material that belongs to the campaign: one of the four."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="steps", verbose_name=_("campaign"))
    mailing = models.ForeignKey(
        Mailing, models.CASCADE, null=True, related_name="+", verbose_name=_("letter")
    )
    survey = models.ForeignKey(Survey, models.CASCADE, null=True, related_name="+", verbose_name=_("survey"))
    announcement = models.ForeignKey(
        Announcement, models.CASCADE, null=True, related_name="+", verbose_name=_("announcement")
    )
    material = models.ForeignKey(
        Material, models.CASCADE, null=True, related_name="+", verbose_name=_("material")
    )

    class Meta:
        triggers = tracked(
            unit="(SELECT c.unit_id FROM communications_campaign c WHERE c.id = r.campaign_id)"
        )
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "mailing", "survey", "announcement", "material"],
                nulls_distinct=False,
                name="campaignstep_once",
            )
        ]


class CallState(models.TextChoices):
    OPEN = "open", _("to call")
    REACHED = "reached", _("reached")
    LATER = "later", _("call again later")
    NO_ANSWER = "no_answer", _("no answer")
    REFUSED = "refused", _("does not want to be called")


class CampaignCallQuerySet(models.QuerySet["CampaignCall"]):
    def visible_to(self, scope: Scope) -> CampaignCallQuerySet:
        """In campaigns one edits, of people whose contact details one may see."""
        people = Membership.objects.filter(party_id=models.OuterRef("party_id"))
        seen = people.filter(scope.unit_filter("unit", "members.view", "B"))
        return self.filter(models.Exists(seen), scope.unit_filter("campaign__unit", CONTENT))


class CampaignCall(models.Model):
    """Somebody on the list of those to call. What was said goes to the contact log; here is only how it went."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="calls", verbose_name=_("campaign"))
    party = models.ForeignKey(Party, models.CASCADE, related_name="+", verbose_name=_("member"))
    unit = models.ForeignKey(OrgUnit, models.CASCADE, related_name="+", verbose_name=_("association"))
    state = models.CharField(
        _("how it went"), max_length=10, choices=CallState.choices, default=CallState.OPEN
    )
    called_at = models.DateTimeField(_("called"), null=True)
    called_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = CampaignCallQuerySet.as_manager()

    class Meta:
        triggers = combined(tracked(party="party_id"), refuses_merged("party_id"))
        constraints = [models.UniqueConstraint(fields=["campaign", "party"], name="campaigncall_once")]


class CampaignJoin(models.Model):
    """An application that came by a link of the campaign; `referrer` is the member whose own link it was. Not tracked: the
    membership has its history, and this is only how it was found."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="joins", verbose_name=_("campaign"))
    membership = models.OneToOneField(Membership, models.CASCADE, related_name="campaign_join")
    referrer = models.ForeignKey(
        Party, models.SET_NULL, null=True, related_name="+", verbose_name=_("invited by")
    )
    on = models.DateField(_("applied"))

    class Meta:
        indexes = [models.Index(fields=["campaign", "on"], name="campaignjoin_of_campaign")]
