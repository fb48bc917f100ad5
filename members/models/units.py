"""Organisation units: central union, regional unions, associations; their typed, dated tree and their rules."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.dates import MONTHS
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.audit.triggers import tracked
from members.models.dated import Dated, DatedQuerySet, period_check

if TYPE_CHECKING:
    from members.scope import Scope


def localised(instance: models.Model, field: str, language: str | None = None) -> str:
    """The text in the asked language, else in Finnish, else whatever there is."""
    language = language or get_language() or "fi"
    for code in (language[:2], "fi", "sv", "en"):
        if text := getattr(instance, f"{field}_{code}", ""):
            return str(text)
    return ""


class UnitKind(models.Model):
    """Level and kind of a unit; data, so that a federation may name its own levels."""

    code = models.SlugField(primary_key=True)
    level = models.PositiveSmallIntegerField(_("level"))
    name_fi = models.CharField(_("name in Finnish"), max_length=80)
    name_sv = models.CharField(_("name in Swedish"), max_length=80, blank=True)
    name_en = models.CharField(_("name in English"), max_length=80, blank=True)
    has_members = models.BooleanField(_("has members of its own"), default=True)

    def __str__(self) -> str:
        return localised(self, "name")


class OrgUnitQuerySet(DatedQuerySet):
    def visible_to(self, scope: Scope, capability: str = "units.view") -> OrgUnitQuerySet:
        """Units the scope reaches with the capability."""
        return self.filter(scope.unit_filter("pk", capability))

    def below(self, unit_id: int, relation: str = "administrative") -> OrgUnitQuerySet:
        """The unit itself and everything below it in today's tree."""
        return self.filter(
            pk__in=UnitClosure.objects.filter(ancestor_id=unit_id, relation=relation).values("descendant_id")
        )


class OrgUnit(Dated):
    number = models.PositiveIntegerField(
        _("unit number"), unique=True, help_text=_("Part of reference numbers")
    )
    slug = models.SlugField(_("address in links"), unique=True)
    kind = models.ForeignKey(UnitKind, models.PROTECT, related_name="units", verbose_name=_("kind"))
    name_fi = models.CharField(_("name in Finnish"), max_length=120)
    name_sv = models.CharField(_("name in Swedish"), max_length=120, blank=True)
    name_en = models.CharField(_("name in English"), max_length=120, blank=True)
    sort_key = models.CharField(max_length=240, db_index=True, editable=False)
    register_number = models.CharField(_("register number"), max_length=20, blank=True)
    y_tunnus = models.CharField(_("business ID"), max_length=9, blank=True)
    home_municipality = models.CharField(_("home municipality"), max_length=3, blank=True)
    municipalities = ArrayField(
        models.CharField(max_length=3), verbose_name=_("area, municipalities"), default=list, blank=True
    )
    street = models.CharField(_("street address"), max_length=120, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=10, blank=True)
    city = models.CharField(_("post office"), max_length=60, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    website = models.URLField(_("website"), blank=True)
    iban = models.CharField(_("account number (IBAN)"), max_length=34, blank=True)
    bic = models.CharField(_("bank (BIC)"), max_length=11, blank=True)
    einvoice_address = models.CharField(_("e-invoice address"), max_length=35, blank=True)
    einvoice_operator = models.CharField(_("e-invoice operator"), max_length=35, blank=True)
    logo = models.FileField(_("logo"), upload_to="units/logo/", blank=True)
    colour = models.CharField(_("colour"), max_length=7, blank=True)
    languages = ArrayField(
        models.CharField(max_length=2), verbose_name=_("languages"), default=list, blank=True
    )
    next_meeting = models.DateField(_("next board meeting"), null=True, blank=True)

    objects = OrgUnitQuerySet.as_manager()

    class Meta:
        triggers = tracked(unit="id", exclude=["sort_key"])
        constraints = [period_check("orgunit_period")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return localised(self, "name")

    def name_in(self, language: str) -> str:
        return localised(self, "name", language)


class Relation(models.TextChoices):
    ADMINISTRATIVE = "administrative", _("administrative")
    FEE = "fee", _("fee")


class UnitParent(Dated):
    """One dated parent link; a forest association may hang under one region for its rights and another for its fees."""

    unit = models.ForeignKey(OrgUnit, models.CASCADE, related_name="parent_links")
    parent = models.ForeignKey(
        OrgUnit, models.PROTECT, related_name="child_links", verbose_name=_("belongs to")
    )
    relation = models.CharField(
        _("belongs for"), max_length=20, choices=Relation.choices, default=Relation.ADMINISTRATIVE
    )

    objects = DatedQuerySet.as_manager()

    class Meta:
        triggers = tracked(unit="unit_id")
        constraints = [
            period_check("unitparent_period"),
            models.CheckConstraint(condition=~Q(unit=models.F("parent")), name="unitparent_not_itself"),
            models.UniqueConstraint(
                fields=["unit", "parent", "relation"],
                condition=Q(valid_to__isnull=True),
                name="unitparent_one_open",
            ),
        ]


class UnitClosure(models.Model):
    """Every ancestor of every unit in today's tree, itself included; rebuilt by `services.units` on each move."""

    ancestor = models.ForeignKey(OrgUnit, models.CASCADE, related_name="descendant_links")
    descendant = models.ForeignKey(OrgUnit, models.CASCADE, related_name="ancestor_links")
    relation = models.CharField(max_length=20, choices=Relation.choices)
    depth = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["descendant", "relation", "ancestor"], name="unitclosure_pair")
        ]
        indexes = [models.Index(fields=["ancestor", "relation", "descendant"], name="unitclosure_down")]


class Admission(models.TextChoices):
    BOARD = "board", _("The board decides on each application")
    AUTOMATIC = "automatic", _("Automatic when the conditions are met")


class Inspection(models.TextChoices):
    ASKED = "asked", _("On request, from the board or the office")
    PORTAL = "portal", _("On request, and at any time on the member's own pages")


# How long an application waits where the association has decided nothing else, in days.
REMIND_AFTER, LAPSE_AFTER = 30, 180


class UnitRulesQuerySet(DatedQuerySet):
    def for_unit(self, unit_id: int, on: date) -> UnitRules | None:
        return self.on(on).filter(unit_id=unit_id).order_by("-valid_from", "-pk").first()


class UnitRules(Dated):
    """An association's own rules in one version (Associations Act 503/1989, sections 12–15): law as data."""

    unit = models.ForeignKey(OrgUnit, models.CASCADE, related_name="rules")
    admission = models.CharField(
        _("admission"), max_length=20, choices=Admission.choices, default=Admission.BOARD
    )
    resignation_delay_days = models.PositiveSmallIntegerField(
        _("resignation takes effect after, days"),
        default=0,
        validators=[MaxValueValidator(365)],
        help_text=_("Associations Act, section 13: at most one year"),
    )
    deemed_resigned_months = models.PositiveSmallIntegerField(
        _("deemed resigned after unpaid fee, months"), null=True, blank=True
    )
    voting_age = models.PositiveSmallIntegerField(
        _("voting age"), default=15, validators=[MinValueValidator(0), MaxValueValidator(30)]
    )
    central_billing = models.BooleanField(_("the union bills the association's part"), default=False)
    list_inspection = models.CharField(
        _("members look at the list of members"),
        max_length=10,
        choices=Inspection.choices,
        default=Inspection.ASKED,
        help_text=_("Associations Act, section 11: a member may look at it on request"),
    )
    card_needs_fee = models.BooleanField(
        _("the membership card is valid only when the fee is paid"), default=False
    )
    year_ends = models.PositiveSmallIntegerField(
        _("last month of the financial year"),
        default=12,
        choices=list(MONTHS.items()),
        help_text=_(
            "Accounting Act, chapter 2, section 10: how long the books are kept is counted from its end"
        ),
    )
    application_reminder_days = models.PositiveSmallIntegerField(
        _("reminded of an application after, days"), default=REMIND_AFTER
    )
    application_lapse_days = models.PositiveSmallIntegerField(
        _("an application lapses after, days"), default=LAPSE_AFTER
    )

    objects = UnitRulesQuerySet.as_manager()

    class Meta:
        triggers = tracked(unit="unit_id")
        constraints = [
            period_check("unitrules_period"),
            models.CheckConstraint(
                condition=Q(resignation_delay_days__lte=365), name="unitrules_resignation_year"
            ),
            models.CheckConstraint(condition=Q(year_ends__range=(1, 12)), name="unitrules_year_ends"),
            models.CheckConstraint(
                condition=Q(application_lapse_days__gt=models.F("application_reminder_days")),
                name="unitrules_reminded_before_lapse",
                violation_error_message=_(
                    "An application lapses only after the board has been reminded of it."
                ),
            ),
        ]
