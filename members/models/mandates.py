"""Rights as data: role templates, mandates with a period, and which login belongs to which person (REG-12)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.audit.triggers import combined, tracked
from members.models.dated import Dated, DatedQuerySet, period_check
from members.models.memberships import Decision
from members.models.parties import Party
from members.models.training import Training
from members.models.triggers import refuses_merged
from members.models.units import OrgUnit, localised

if TYPE_CHECKING:
    from members.scope import Scope


# So long before its last day a mandate is in the work queue of its holder and of those who may give it on.
WARNED_DAYS = 30


class Capability(models.TextChoices):
    """What a role may do; the unit and the field classes are told beside it in the grant."""

    UNITS_VIEW = "units.view", _("see units")
    UNITS_EDIT = "units.edit", _("edit units")
    UNITS_CHANGE = "units.change", _("merge, divide and move units")
    MEMBERS_VIEW = "members.view", _("see members")
    MEMBERS_EDIT = "members.edit", _("edit members")
    MEMBERS_ADMIT = "members.admit", _("decide on applications")
    MEMBERS_IMPORT = "members.import", _("import members")
    MEMBERS_EXPORT = "members.export", _("export members")
    MANDATES_GRANT = "mandates.grant", _("grant mandates")
    UNMASK = "nondisclosure.unmask", _("unmask non-disclosed data")
    PRIVACY_HANDLE = "privacy.handle", _("handle requests about one's data")
    PRIVACY_RELEASE = "privacy.release", _("approve erasures whose number jumped")
    STATISTICS_VIEW = "statistics.view", _("see statistics")
    AUDIT_VIEW = "audit.view", _("see history and access log")
    MESSAGES_VIEW = "messages.view", _("see letters and the contact log")
    MESSAGES_SEND = "messages.send", _("write and send letters")
    MESSAGES_APPROVE = "messages.approve", _("approve letters to many")
    MESSAGES_SETTINGS = "messages.settings", _("edit topics, senders and the look of letters")
    TALKS_ANSWER = "talks.answer", _("answer members' questions")
    SURVEYS_EDIT = "surveys.edit", _("make surveys and see their results")
    CONTENT_EDIT = "content.edit", _("edit announcements, materials, benefits and campaigns")
    BILLING_VIEW = "billing.view", _("see invoices")
    BILLING_TABLES = "billing.tables", _("edit fee tables")
    BILLING_RUN = "billing.run", _("calculate and issue invoice runs")
    BILLING_PAYMENTS = "billing.payments", _("book payments")
    BILLING_SETTINGS = "billing.settings", _("edit billing settings")


class RoleTemplateQuerySet(models.QuerySet["RoleTemplate"]):
    def for_unit(self, unit_id: int) -> RoleTemplateQuerySet:
        """The roles that can be given in the unit: the federation's and its own."""
        return self.filter(Q(unit__isnull=True) | Q(unit_id=unit_id), active=True)


class RoleTemplate(models.Model):
    """A role as data: what it may do (`grants`), on which conditions, and for how long at most it is given at a time.

    `unit` is empty for the federation's own roles; a unit's own role can be given in that unit only.
    """

    code = models.SlugField(unique=True)
    unit = models.ForeignKey(
        OrgUnit, models.CASCADE, null=True, blank=True, related_name="roles", verbose_name=_("unit")
    )
    name_fi = models.CharField(_("name in Finnish"), max_length=80)
    name_sv = models.CharField(_("name in Swedish"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=80)
    requires_mfa = models.BooleanField(_("two-step login required"), default=True)
    requires_training = models.BooleanField(_("data protection training required"), default=False)
    longest_months = models.PositiveSmallIntegerField(_("longest period, months"), null=True, blank=True)
    active = models.BooleanField(_("can be given"), default=True)

    objects = RoleTemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        triggers = tracked(unit="unit_id")
        constraints = [
            models.CheckConstraint(condition=~Q(longest_months=0), name="roletemplate_longest"),
        ]

    def __str__(self) -> str:
        return localised(self, "name")


class Reach(models.TextChoices):
    OWN = "own", _("own unit")
    BELOW = "below", _("own unit and those below")
    LISTED = "listed", _("listed units")


class RoleGrant(models.Model):
    """Capability × reach × field classes (A name and municipality, B contact, C household, age, fee bases, D finance, E special)."""

    template = models.ForeignKey(RoleTemplate, models.CASCADE, related_name="grants")
    capability = models.CharField(max_length=30, choices=Capability.choices)
    reach = models.CharField(max_length=8, choices=Reach.choices, default=Reach.OWN)
    classes = models.CharField(_("field classes"), max_length=5, default="A")

    class Meta:
        triggers = tracked()
        constraints = [
            models.UniqueConstraint(fields=["template", "capability", "reach"], name="rolegrant_once")
        ]


class MandateQuerySet(DatedQuerySet):
    def visible_to(self, scope: Scope, capability: str = "units.view") -> MandateQuerySet:
        return self.filter(scope.unit_filter("unit", capability))

    def with_training(self, on: date) -> MandateQuerySet:
        """Each with `is_trained`: whether its person has a training in force on the day."""
        return self.annotate(is_trained=_trained(on))

    def in_force(self, on: date) -> MandateQuerySet:
        """Those that give rights on the day: the period goes on and the training the role asks for is valid.

        The second factor is asked for by the session, before anything of a mandate opens.
        """
        return self.on(on).filter(Q(template__requires_training=False) | Q(_trained(on)))

    def not_over(self, on: date) -> MandateQuerySet:
        """Those in their period and those to come."""
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on))

    def ending(self, on: date) -> MandateQuerySet:
        """Those whose last day is near and whose person has not been given the same post onwards."""
        further = Mandate.objects.filter(
            party_id=OuterRef("party_id"),
            unit_id=OuterRef("unit_id"),
            template_id=OuterRef("template_id"),
            valid_from__gt=OuterRef("valid_from"),
        ).filter(Q(valid_to__isnull=True) | Q(valid_to__gt=OuterRef("valid_to")))
        last = on + timedelta(days=WARNED_DAYS)
        return self.filter(valid_to__gte=on, valid_to__lte=last).exclude(Exists(further))


def _trained(on: date) -> Exists:
    return Exists(Training.objects.on(on).filter(party_id=OuterRef("party_id")))


class Mandate(Dated):
    """An office or staff post of a person in a unit; ends by itself on `valid_to`."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="mandates", verbose_name=_("person"))
    unit = models.ForeignKey(OrgUnit, models.CASCADE, related_name="mandates", verbose_name=_("unit"))
    template = models.ForeignKey(
        RoleTemplate, models.PROTECT, related_name="mandates", verbose_name=_("role")
    )
    listed_units = ArrayField(models.BigIntegerField(), default=list, blank=True)
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, blank=True, verbose_name=_("decision"))
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("given by"),
    )
    end_reason = models.CharField(_("why it ended early"), max_length=200, blank=True)

    objects = MandateQuerySet.as_manager()

    class Meta:
        verbose_name = _("mandate")
        verbose_name_plural = _("mandates")
        triggers = combined(tracked(party="party_id", unit="unit_id"), refuses_merged("party_id"))
        constraints = [period_check("mandate_period")]


class PartyLogin(models.Model):
    """Which login belongs to which person. Login, mandate and membership are three things."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="party_login"
    )
    party = models.ForeignKey(Party, models.CASCADE, related_name="logins")

    class Meta:
        triggers = combined(tracked(party="party_id"), refuses_merged("party_id"))
