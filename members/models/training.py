"""Trainings that a post can require: a dated fact about a person, with who recorded it (REG-12)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.audit.triggers import combined, tracked
from members.models.dated import DatedQuerySet
from members.models.parties import Party
from members.models.triggers import refuses_merged


class Training(models.Model):
    """The person passed a data protection training, and until when it counts (the last day)."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="trainings", verbose_name=_("person"))
    valid_from = models.DateField(_("passed on"))
    valid_to = models.DateField(_("valid until"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("recorded by")
    )
    note = models.CharField(_("how it was shown"), max_length=200, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("training")
        verbose_name_plural = _("trainings")
        triggers = combined(tracked(party="party_id"), refuses_merged("party_id"))
        indexes = [models.Index(fields=["party", "valid_to"], name="training_of_person")]
        constraints = [
            models.CheckConstraint(condition=Q(valid_to__gte=F("valid_from")), name="training_period"),
        ]
