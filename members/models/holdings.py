"""Economic units (tila) and their dated fee bases: "charged once per unit" is a key here, not a guess (REG-3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.audit.triggers import combined, tracked
from jasenpalvelu.common import clock
from members.models.dated import Dated, DatedQuerySet, period_check
from members.models.parties import Party
from members.models.triggers import refuses_merged
from members.models.units import OrgUnit, localised

if TYPE_CHECKING:
    from members.scope import Scope


class HoldingQuerySet(models.QuerySet["Holding"]):
    def visible_to(self, scope: Scope, capability: str = "members.view") -> HoldingQuerySet:
        """Holdings to which a membership in the scope's units is tied that is not over: class C does not outlast it."""
        from members.models.memberships import Membership

        tied = Membership.objects.filter(holding_id=models.OuterRef("pk")).in_hand(clock.today())
        return self.filter(models.Exists(tied.filter(scope.unit_filter("unit", capability, classes="C"))))


class Holding(models.Model):
    name = models.CharField(_("name"), max_length=120)
    y_tunnus = models.CharField(_("business ID"), max_length=9, blank=True)
    responsible = models.ForeignKey(
        Party, models.PROTECT, related_name="responsible_for", verbose_name=_("responsible member")
    )
    municipality = models.CharField(_("municipality"), max_length=3, blank=True)

    objects = HoldingQuerySet.as_manager()

    class Meta:
        triggers = combined(tracked(party="responsible_id", holding="id"), refuses_merged("responsible_id"))
        constraints = [
            models.UniqueConstraint(
                fields=["y_tunnus"], condition=~Q(y_tunnus=""), name="holding_y_tunnus_once"
            )
        ]
        indexes = [models.Index(fields=["responsible"], name="holding_responsible")]

    def __str__(self) -> str:
        return self.name


class HoldingMember(Dated):
    holding = models.ForeignKey(Holding, models.CASCADE, related_name="members")
    party = models.ForeignKey(Party, models.CASCADE, related_name="holding_links")
    role = models.CharField(
        _("role"),
        max_length=12,
        choices=[
            ("responsible", _("responsible member")),
            ("owner", _("owner")),
            ("family", _("family member")),
        ],
        default="owner",
    )

    objects = DatedQuerySet.as_manager()

    class Meta:
        triggers = combined(tracked(party="party_id", holding="holding_id"), refuses_merged("party_id"))
        constraints = [
            period_check("holdingmember_period"),
            models.UniqueConstraint(
                fields=["holding", "party"], condition=Q(valid_to__isnull=True), name="holdingmember_one_open"
            ),
        ]


class FeeBasisKind(models.Model):
    """What a fee may be based on: field hectares, forest hectares by zone, animal units, person-years."""

    code = models.SlugField(primary_key=True)
    name_fi = models.CharField(max_length=80)
    name_sv = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    unit_fi = models.CharField(max_length=20)
    unit_sv = models.CharField(max_length=20)
    unit_en = models.CharField(max_length=20)
    position = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return localised(self, "name")

    @property
    def unit(self) -> str:
        return localised(self, "unit")


class FeeBasisValue(Dated):
    """One confirmed value in force from a day on; `unit` set means the part that lies in that association's area."""

    holding = models.ForeignKey(Holding, models.CASCADE, related_name="fee_bases")
    kind = models.ForeignKey(FeeBasisKind, models.PROTECT, verbose_name=_("basis"))
    unit = models.ForeignKey(OrgUnit, models.PROTECT, null=True, blank=True, verbose_name=_("in the area of"))
    value = models.DecimalField(
        _("value"), max_digits=12, decimal_places=2, validators=[MinValueValidator(0)]
    )
    source = models.CharField(_("source"), max_length=80, blank=True)
    confirmed_by = models.CharField(_("confirmed by"), max_length=120, blank=True)
    confirmed_on = models.DateField(_("confirmed on"), null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        triggers = tracked(holding="holding_id")
        constraints = [
            period_check("feebasisvalue_period"),
            models.CheckConstraint(condition=Q(value__gte=0), name="feebasisvalue_not_negative"),
            models.UniqueConstraint(
                fields=["holding", "kind", "unit"],
                condition=Q(valid_to__isnull=True),
                nulls_distinct=False,
                name="feebasisvalue_one_in_force",
            ),
        ]
