"""The areas of two holdings of a couple, joined at their request: the fee is counted from both together (REG-3)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.audit.triggers import combined, tracked
from members.models.dated import Dated, DatedQuerySet, period_check
from members.models.holdings import Holding
from members.models.parties import Party
from members.models.triggers import refuses_merged


class JoinedAreas(Dated):
    """As long as it is in force `other` is counted into `holding`, once, and `payer` gets the invoice for both."""

    holding = models.ForeignKey(
        Holding, models.CASCADE, related_name="areas_taken_in", verbose_name=_("holding")
    )
    other = models.ForeignKey(
        Holding, models.CASCADE, related_name="areas_given", verbose_name=_("the spouse's holding")
    )
    payer = models.ForeignKey(
        Party, models.PROTECT, related_name="pays_joined_areas", verbose_name=_("payer")
    )
    asked_on = models.DateField(_("asked on"))

    objects = DatedQuerySet.as_manager()

    class Meta:
        # Told on the pages of the one by the holding, of the other by the one who answers for theirs.
        triggers = combined(
            tracked(
                party="(SELECT h.responsible_id FROM members_holding h WHERE h.id = r.other_id)",
                holding="holding_id",
            ),
            refuses_merged("payer_id"),
        )
        constraints = [
            period_check("joinedareas_period"),
            models.CheckConstraint(condition=~Q(holding=F("other")), name="joinedareas_not_itself"),
            models.UniqueConstraint(
                fields=["holding"], condition=Q(valid_to__isnull=True), name="joinedareas_one_taken_in"
            ),
            models.UniqueConstraint(
                fields=["other"], condition=Q(valid_to__isnull=True), name="joinedareas_one_given"
            ),
        ]
