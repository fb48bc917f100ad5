"""Two entries of the same member joined to one, and what it takes to part them again (REG-10)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.audit.triggers import tracked
from members.models.parties import Party


class Merge(models.Model):
    """`merged` goes on as `survivor`. The row stands as long as they are joined; parting them takes it away.

    `record` is what parting needs (`members.services.merge_rows`): which rows moved, what was changed from what, and the
    rows that were left out because the survivor had the same already.
    """

    survivor = models.ForeignKey(Party, models.PROTECT, related_name="merges", verbose_name=_("goes on"))
    merged = models.OneToOneField(Party, models.PROTECT, related_name="merge", verbose_name=_("was joined"))
    mutation_id = models.UUIDField(editable=False)
    merged_at = models.DateTimeField(_("joined on"))
    record = models.JSONField(default=dict)

    class Meta:
        triggers = tracked(party="survivor_id", exclude=["record"])
        constraints = [
            models.CheckConstraint(condition=~Q(survivor=F("merged")), name="merge_of_two"),
        ]
