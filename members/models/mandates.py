"""Rights as data: role templates, mandates with a period, and which login belongs to which person (REG-12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.audit.triggers import tracked
from members.models.dated import Dated, DatedQuerySet, period_check
from members.models.memberships import Decision
from members.models.parties import Party
from members.models.units import OrgUnit, localised

if TYPE_CHECKING:
    from members.scope import Scope


class Capability(models.TextChoices):
    """What a role may do; the unit and the field classes are told beside it in the grant."""

    UNITS_VIEW = "units.view", _("see units")
    UNITS_EDIT = "units.edit", _("edit units")
    MEMBERS_VIEW = "members.view", _("see members")
    MEMBERS_EDIT = "members.edit", _("edit members")
    MEMBERS_ADMIT = "members.admit", _("decide on applications")
    MEMBERS_IMPORT = "members.import", _("import members")
    MEMBERS_EXPORT = "members.export", _("export members")
    MANDATES_GRANT = "mandates.grant", _("grant mandates")
    UNMASK = "nondisclosure.unmask", _("unmask non-disclosed data")
    AUDIT_VIEW = "audit.view", _("see history and access log")
    BILLING_VIEW = "billing.view", _("see invoices")
    BILLING_TABLES = "billing.tables", _("edit fee tables")
    BILLING_RUN = "billing.run", _("calculate and issue invoice runs")
    BILLING_PAYMENTS = "billing.payments", _("book payments")
    BILLING_SETTINGS = "billing.settings", _("edit billing settings")


class RoleTemplate(models.Model):
    code = models.SlugField(unique=True)
    name_fi = models.CharField(max_length=80)
    name_sv = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    requires_mfa = models.BooleanField(_("two-step login required"), default=True)
    requires_training = models.BooleanField(_("data protection training required"), default=False)

    class Meta:
        triggers = tracked()

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


class Mandate(Dated):
    """An office or staff post of a person in a unit; ends by itself on `valid_to`."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="mandates", verbose_name=_("person"))
    unit = models.ForeignKey(OrgUnit, models.CASCADE, related_name="mandates", verbose_name=_("unit"))
    template = models.ForeignKey(
        RoleTemplate, models.PROTECT, related_name="mandates", verbose_name=_("role")
    )
    listed_units = ArrayField(models.BigIntegerField(), default=list, blank=True)
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, blank=True)
    training_valid_to = models.DateField(_("training valid until"), null=True, blank=True)

    objects = MandateQuerySet.as_manager()

    class Meta:
        triggers = tracked(party="party_id", unit="unit_id")
        constraints = [period_check("mandate_period")]


class PartyLogin(models.Model):
    """Which login belongs to which person. Login, mandate and membership are three things."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="party_login"
    )
    party = models.ForeignKey(Party, models.CASCADE, related_name="logins")

    class Meta:
        triggers = tracked(party="party_id")
