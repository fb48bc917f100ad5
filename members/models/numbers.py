"""Member numbers of earlier registers."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.audit.triggers import combined, tracked
from members.models.parties import Party
from members.models.triggers import refuses_merged
from members.models.units import OrgUnit


class FormerNumber(models.Model):
    """The number by which an association knew its member in another register. Letters, bills and families still use it."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="former_numbers", db_index=False)
    unit = models.ForeignKey(
        OrgUnit, models.CASCADE, related_name="+", verbose_name=_("association"), db_index=False
    )
    number = models.CharField(_("old member number"), max_length=40)
    source = models.CharField(_("source"), max_length=200)

    class Meta:
        triggers = combined(tracked(party="party_id", unit="unit_id"), refuses_merged("party_id"))
        constraints = [
            models.UniqueConstraint(fields=["party", "unit", "number"], name="formernumber_once"),
            models.CheckConstraint(condition=~models.Q(number=""), name="formernumber_given"),
        ]
        indexes = [models.Index(fields=["number", "unit"], name="formernumber_number")]

    def __str__(self) -> str:
        return self.number
