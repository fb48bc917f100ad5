"""Pairs of parties that may be one and the same, found where nobody could see both (REG-10).

Not tracked: a pair says nothing of the parties that their own rows do not, and it goes with either of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.models.parties import Party
from members.models.units import OrgUnit
from members.states import OPEN

if TYPE_CHECKING:
    from members.scope import Scope


class PairQuerySet(models.QuerySet["DuplicatePair"]):
    def visible_to(self, scope: Scope) -> PairQuerySet:
        """Only for whoever may edit both: the pair itself tells that the other one is a member somewhere."""
        from members.models.memberships import Membership

        rows = self
        for side in ("one_id", "other_id"):
            open_here = Membership.objects.filter(party_id=models.OuterRef(side), state__in=OPEN)
            rows = rows.filter(models.Exists(open_here.filter(scope.unit_filter("unit", "members.edit"))))
        return rows

    def waiting(self) -> PairQuerySet:
        return self.filter(decided_at__isnull=True)


class DuplicatePair(models.Model):
    """`one` has the smaller key. Decided when somebody has said that they are two; that is remembered."""

    one = models.ForeignKey(Party, models.CASCADE, related_name="+")
    other = models.ForeignKey(Party, models.CASCADE, related_name="+")
    unit = models.ForeignKey(OrgUnit, models.CASCADE, related_name="+", verbose_name=_("found by"))
    reasons = models.JSONField(default=list, help_text="codes of members.importing.wording.REASONS")
    found_on = models.DateField(_("found on"))
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = PairQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], name="duplicatepair_once"),
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="duplicatepair_order"),
        ]
        indexes = [
            models.Index(fields=["id"], name="duplicatepair_waiting", condition=Q(decided_at__isnull=True))
        ]
