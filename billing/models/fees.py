"""Fee tables as versioned data: what each meeting decided, component by component (BIL-1)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.audit.triggers import combined, immutable_when, tracked
from members.models import OrgUnit
from members.models.units import localised

if TYPE_CHECKING:
    from members.scope import Scope


class FeeTableState(models.TextChoices):
    DRAFT = "draft", _("draft")
    APPROVED = "approved", _("decided")
    LOCKED = "locked", _("in use, locked")


class FeeTableQuerySet(models.QuerySet["FeeTable"]):
    def visible_to(self, scope: Scope, capability: str = "billing.view") -> FeeTableQuerySet:
        return self.filter(scope.unit_filter("unit", capability))

    def in_force(self, year: int) -> FeeTableQuerySet:
        """The latest decided version of each unit for the year."""
        newest = (
            FeeTable.objects.filter(unit=models.OuterRef("unit"), year=year)
            .exclude(state=FeeTableState.DRAFT)
            .order_by("-version")
        )
        return self.filter(year=year, pk=models.Subquery(newest.values("pk")[:1]))


class FeeTable(models.Model):
    """One version of a unit's fees for a period; locked at first use, a change is a new version."""

    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="fee_tables", verbose_name=_("unit"))
    year = models.PositiveSmallIntegerField(_("year"))
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    state = models.CharField(
        _("state"), max_length=10, choices=FeeTableState.choices, default=FeeTableState.DRAFT
    )
    decided_by = models.CharField(_("decided by"), max_length=120, blank=True)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    section = models.CharField(_("section of the minutes"), max_length=20, blank=True)
    cap = models.DecimalField(
        _("most the unit charges one payer, €"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    instalment_threshold = models.DecimalField(
        _("paid in two parts above, €"), max_digits=12, decimal_places=2, null=True, blank=True
    )

    objects = FeeTableQuerySet.as_manager()

    class Meta:
        triggers = combined(tracked(unit="unit_id"), immutable_when("OLD.state = 'locked'"))
        constraints = [
            models.UniqueConstraint(fields=["unit", "year", "version"], name="feetable_version"),
            models.UniqueConstraint(
                fields=["unit", "year"], condition=Q(state="draft"), name="feetable_one_draft"
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(decided_on__isnull=False), name="feetable_decided"
            ),
            models.CheckConstraint(condition=Q(state__in=FeeTableState.values), name="feetable_state"),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.year}/{self.version}"

    @property
    def period_start(self) -> date:
        return date(self.year, 1, 1)

    @property
    def period_end(self) -> date:
        return date(self.year, 12, 31)


class RuleKind(models.TextChoices):
    FLAT = "flat", _("fixed sum")
    PER_UNIT = "per_unit", _("price per unit")
    BRACKET = "bracket", _("sum by class")
    TIERED = "tiered", _("price per unit in tiers")
    PERCENT_DISCOUNT = "percent_discount", _("discount, per cent")
    AMOUNT_DISCOUNT = "amount_discount", _("discount, sum")


class OncePer(models.TextChoices):
    MEMBERSHIP = "membership", _("membership")
    PERSON = "person", _("person")
    HOLDING = "holding", _("holding")
    PAYER = "payer", _("payer")


def _frozen_with_table(table: str) -> pgtrigger.Trigger:
    """Refuse a change under a locked fee table; `table` is SQL giving its key from `r`, the row concerned."""
    return pgtrigger.Trigger(
        name="table_locked",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("r", "record")],
        func=f"""
            IF TG_OP = 'DELETE' THEN r := OLD; ELSE r := NEW; END IF;
            IF EXISTS (SELECT 1 FROM billing_feetable t WHERE t.id = {table} AND t.state = 'locked') THEN
              RAISE EXCEPTION 'The fee table is in use and locked: make a new version'
                USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN r;
        """,  # noqa: S608 -- only this module's own SQL
    )


class FeeRule(models.Model):
    """One component of a fee table. Every invoice line comes from one rule and has one beneficiary."""

    table = models.ForeignKey(FeeTable, models.CASCADE, related_name="rules")
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    code = models.SlugField(_("code"), max_length=40)
    name_fi = models.CharField(_("name in Finnish"), max_length=80)
    name_sv = models.CharField(_("name in Swedish"), max_length=80, blank=True)
    name_en = models.CharField(_("name in English"), max_length=80, blank=True)
    kind = models.CharField(_("how it is calculated"), max_length=20, choices=RuleKind.choices)
    once_per = models.CharField(
        _("charged once per"), max_length=12, choices=OncePer.choices, default=OncePer.MEMBERSHIP
    )
    bases = ArrayField(models.CharField(max_length=50), verbose_name=_("fee bases"), default=list, blank=True)
    basis_area = models.CharField(
        _("which part of the basis"),
        max_length=8,
        choices=[("total", _("the whole holding")), ("unit", _("the part in the association's area"))],
        default="total",
    )
    types = ArrayField(
        models.CharField(max_length=20), verbose_name=_("only for types"), default=list, blank=True
    )
    excluded_types = ArrayField(
        models.CharField(max_length=20), verbose_name=_("not for types"), default=list, blank=True
    )
    amount = models.DecimalField(_("sum, €"), max_digits=12, decimal_places=2, null=True, blank=True)
    unit_price = models.DecimalField(
        _("price per unit, €"), max_digits=12, decimal_places=4, null=True, blank=True
    )
    percent = models.DecimalField(_("per cent"), max_digits=5, decimal_places=2, null=True, blank=True)
    minimum = models.DecimalField(_("at least, €"), max_digits=12, decimal_places=2, null=True, blank=True)
    maximum = models.DecimalField(_("at most, €"), max_digits=12, decimal_places=2, null=True, blank=True)
    required = models.BooleanField(
        _("the basis must be known"),
        default=False,
        help_text=_("A payer without the basis is an error, not zero"),
    )
    condition = models.CharField(
        _("condition"),
        max_length=20,
        blank=True,
        choices=[("family", _("another member of the household pays"))],
    )
    proration = models.CharField(
        _("joined during the year"),
        max_length=10,
        choices=[("none", _("full fee")), ("monthly", _("by months")), ("half_year", _("half from July"))],
        default="none",
    )
    join_cutoff = models.CharField(_("not charged when joined after, MM-DD"), max_length=5, blank=True)
    beneficiary = models.ForeignKey(
        OrgUnit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("beneficiary")
    )
    account = models.CharField(_("account"), max_length=10, blank=True)
    vat_code = models.CharField(_("VAT code"), max_length=2, default="O")
    vat_rate = models.DecimalField(_("VAT rate, %"), max_digits=5, decimal_places=2, default=0)

    class Meta:
        triggers = [*tracked(), _frozen_with_table("r.table_id")]
        constraints = [
            models.UniqueConstraint(fields=["table", "code"], name="feerule_code"),
            models.CheckConstraint(condition=Q(kind__in=RuleKind.values), name="feerule_kind"),
            models.CheckConstraint(condition=Q(once_per__in=OncePer.values), name="feerule_once_per"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return localised(self, "name")


class FeeBracket(models.Model):
    """A half-open class [lower, upper) of a basis with its sum (bracket) or its price per unit (tiered)."""

    rule = models.ForeignKey(FeeRule, models.CASCADE, related_name="brackets")
    lower = models.DecimalField(_("from"), max_digits=12, decimal_places=2)
    upper = models.DecimalField(_("below"), max_digits=12, decimal_places=2, null=True, blank=True)
    amount = models.DecimalField(_("sum, €"), max_digits=12, decimal_places=4)

    class Meta:
        triggers = [
            *tracked(),
            _frozen_with_table("(SELECT f.table_id FROM billing_feerule f WHERE f.id = r.rule_id)"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["rule", "lower"], name="feebracket_lower"),
            models.CheckConstraint(
                condition=Q(upper__isnull=True) | Q(upper__gt=F("lower")), name="feebracket_not_empty"
            ),
        ]
