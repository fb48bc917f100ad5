"""What is wrong with the data: found by rules, kept per party, set aside by people with a reason (REG-16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.audit.triggers import tracked
from members.models.parties import Party
from members.models.units import OrgUnit
from members.states import OPEN

if TYPE_CHECKING:
    from members.scope import Scope


class Severity(models.IntegerChoices):
    ERROR = 3, _("keeps an invoice from being sent")
    WARNING = 2, _("to be put right")
    INFO = 1, _("worth a look")


class QualityIssueQuerySet(models.QuerySet["QualityIssue"]):
    def visible_to(self, scope: Scope, capability: str = "members.view") -> QualityIssueQuerySet:
        """Of the parties that are members within reach now, by the field class of what the issue tells; nothing of protected
        people that an order hides."""
        from members.models.memberships import Membership
        from members.quality.rules import RULES

        seen = Q(pk__in=[])
        for classes in sorted({rule.classes for rule in RULES}):
            codes = [rule.code for rule in RULES if rule.classes == classes]
            tied = Membership.objects.filter(
                scope.unit_filter("unit", capability, classes), party_id=OuterRef("party_id"), state__in=OPEN
            )
            seen |= Q(rule__in=codes) & Q(Exists(tied))
        hiding = [rule.code for rule in RULES if rule.hides_protected]
        protected = Party.objects.filter(pk=OuterRef("party_id"), non_disclosure=True)
        return self.filter(seen).exclude(Q(Exists(protected)) & Q(rule__in=hiding))

    def waiting(self) -> QualityIssueQuerySet:
        """Those that nobody has said to be right as they are."""
        same = QualityDismissal.objects.filter(
            party_id=OuterRef("party_id"),
            rule=OuterRef("rule"),
            subject=OuterRef("subject"),
            fact=OuterRef("fact"),
        )
        return self.filter(~Exists(same))


class QualityIssue(models.Model):
    """Made and unmade by the rules alone (members.quality). `subject` is the row that is wrong ("holding:12"), "" the party
    itself; `fact` stands for what was found, so that another finding is told from the same one. Not tracked: it says nothing
    that the party's own rows do not, and it is counted anew each night."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="quality_issues", db_index=False)
    rule = models.CharField(_("rule"), max_length=30)
    subject = models.CharField(max_length=40, blank=True)
    fact = models.CharField(max_length=32)
    severity = models.PositiveSmallIntegerField(_("severity"), choices=Severity.choices)
    found_on = models.DateField(_("found on"))

    objects = QualityIssueQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["party", "rule", "subject"], name="qualityissue_once")]
        indexes = [models.Index(fields=["rule", "party"], name="qualityissue_by_rule")]


class QualityDismissal(models.Model):
    """Somebody has said that it is right as it is, and why; holds until the fact changes."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="quality_dismissals", db_index=False)
    rule = models.CharField(_("rule"), max_length=30)
    subject = models.CharField(max_length=40, blank=True)
    fact = models.CharField(max_length=32)
    reason = models.CharField(_("reason"), max_length=200)
    dismissed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    dismissed_at = models.DateTimeField(_("said at"), auto_now_add=True)

    class Meta:
        triggers = tracked(party="party_id", exclude=["dismissed_at"])
        constraints = [
            models.UniqueConstraint(fields=["party", "rule", "subject", "fact"], name="qualitydismissal_once")
        ]


class QualityScore(models.Model):
    """How an association stands: its members, those of them without anything to put right, and how many each rule finds."""

    unit = models.OneToOneField(OrgUnit, models.CASCADE, primary_key=True, related_name="quality_score")
    members = models.PositiveIntegerField(_("members"))
    in_order = models.PositiveIntegerField(_("without issues"))
    found = models.JSONField(default=dict)
    counted_at = models.DateTimeField(_("counted at"))


class QualityWatermark(models.Model):
    """How far the changes of the register have been looked at; one row."""

    change_id = models.BigIntegerField(default=0)
