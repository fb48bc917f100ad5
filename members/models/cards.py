"""Keys that membership cards are signed with; what is published of them stands in /kortti/avaimet/ (REG-15)."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.audit.triggers import tracked
from jasenpalvelu.common.clock import HELSINKI


class CardKeyQuerySet(models.QuerySet["CardKey"]):
    def published(self) -> CardKeyQuerySet:
        """Keys whose cards are accepted: the one that signs, and those before it that have not been revoked."""
        return self.filter(revoked_at__isnull=True)


class CardKey(models.Model):
    """One Ed25519 key (RFC 8032); its number goes into every token it signs. One key signs at a time.

    `private` is sealed with the service's secret key and emptied when the key retires: nothing more is ever signed with it.
    A retired key stays published until its last card has run out; a revoked one is published no more, which ends its cards.
    """

    public = models.CharField(_("public key"), max_length=64, unique=True)
    private = models.TextField(_("private key, sealed"), blank=True)
    signing = models.BooleanField(_("signs now"), default=True)
    created_at = models.DateTimeField(_("created"), db_default=Now())
    retired_at = models.DateTimeField(_("retired"), null=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    objects = CardKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("key of membership cards")
        verbose_name_plural = _("keys of membership cards")
        triggers = tracked(exclude=["private"])
        constraints = [
            models.UniqueConstraint(fields=["signing"], condition=Q(signing=True), name="cardkey_one_signs"),
            models.CheckConstraint(
                condition=Q(signing=True, retired_at=None, revoked_at=None) & ~Q(private="")
                | Q(signing=False, retired_at__isnull=False, private=""),
                name="cardkey_signs_or_retired",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def retired_on(self) -> date | None:
        return self.retired_at.astimezone(HELSINKI).date() if self.retired_at else None
