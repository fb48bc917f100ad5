"""Applications that wait for their e-mail to be confirmed, and forms that may be sent only once.

Neither table is tracked: an unconfirmed application is nobody's register entry yet, and it is gone in 14 days.
"""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.models.memberships import Membership, MembershipType
from members.models.units import OrgUnit

KEPT = timedelta(days=14)


class JoinRequest(models.Model):
    """What somebody typed into a public join form. It becomes a party and a membership only when confirmed by e-mail.

    `data` holds the typed fields until then; afterwards it is emptied, because the register holds them.
    """

    token = models.UUIDField(
        unique=True, default=uuid.uuid4, editable=False, help_text="One sending of the form"
    )
    unit = models.ForeignKey(
        OrgUnit, models.CASCADE, related_name="join_requests", verbose_name=_("association")
    )
    type = models.ForeignKey(MembershipType, models.CASCADE, related_name="+", verbose_name=_("type"))
    language = models.CharField(_("language"), max_length=2)
    data = models.JSONField(default=dict)
    campaign = models.CharField(
        max_length=120, blank=True, help_text="What the link said of the campaign it came by"
    )
    created_at = models.DateTimeField(db_default=Now())
    confirmed_at = models.DateTimeField(null=True)
    membership = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="join_requests")

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="joinrequest_age")]


class FormToken(models.Model):
    """A form sent once, however often its button is pressed: the second sending finds the result of the first."""

    token = models.UUIDField(primary_key=True)
    result = models.BigIntegerField(help_text="Primary key of what the form made")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="formtoken_age")]
