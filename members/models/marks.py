"""Marks on the use of a person's data: restricted, objected to, or to be kept for a dispute (GDPR articles 18, 21 and 17(3)(e); REG-14)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.audit.triggers import combined, tracked
from members.models.data_requests import DataRequest
from members.models.parties import Party
from members.models.triggers import refuses_merged
from members.models.units import OrgUnit

if TYPE_CHECKING:
    from members.scope import Scope


class MarkKind(models.TextChoices):
    RESTRICTION = "restriction", _("the use is restricted")
    OBJECTION = "objection", _("objects to the use")
    HOLD = "hold", _("is kept for a dispute")


class DataMarkQuerySet(models.QuerySet["DataMark"]):
    def visible_to(self, scope: Scope, capability: str = "privacy.handle") -> DataMarkQuerySet:
        return self.filter(scope.unit_filter("unit", capability))

    def on(self, on: date) -> DataMarkQuerySet:
        """In force on the day."""
        begun = self.filter(set_on__lte=on).filter(Q(until=None) | Q(until__gte=on))
        return begun.filter(Q(ended_on=None) | Q(ended_on__gt=on))


class DataMark(models.Model):
    """One mark of one association on one person. `until` is its last day when one is known; `ended_on` the first day without it.

    While it is in force nothing of the person is erased; a restricted person is sent nothing that the membership does not demand, and
    one who objects nothing that stands on an interest of the association (`members.consents.allows`).
    """

    party = models.ForeignKey(
        Party, models.CASCADE, related_name="marks", verbose_name=_("whose data"), db_index=False
    )
    unit = models.ForeignKey(
        OrgUnit, models.PROTECT, related_name="+", verbose_name=_("association"), db_index=False
    )
    kind = models.CharField(_("mark"), max_length=12, choices=MarkKind.choices)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    set_on = models.DateField(_("from"))
    until = models.DateField(_("until"), null=True, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    end_reason = models.CharField(_("why it ended"), max_length=300, blank=True)
    request = models.ForeignKey(
        DataRequest, models.SET_NULL, null=True, related_name="marks", verbose_name=_("request")
    )
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("set by")
    )

    objects = DataMarkQuerySet.as_manager()

    class Meta:
        verbose_name = _("mark on the use of data")
        verbose_name_plural = _("marks on the use of data")
        triggers = combined(tracked(party="party_id", unit="unit_id"), refuses_merged("party_id"))
        indexes = [models.Index(fields=["party", "unit", "kind"], name="datamark_party")]
        constraints = [
            models.UniqueConstraint(
                fields=["party", "unit", "kind"], condition=Q(ended_on=None), name="datamark_one"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("set_on")), name="datamark_period"
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("set_on")), name="datamark_ended"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.set_on.isoformat()}"
