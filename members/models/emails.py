"""A change of the e-mail address of somebody who holds a post: it waits before it takes effect (REG-12).

Whoever gets hold of the address gets the codes of the login. So the owner of the old address is told, and has time to stop it.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.audit.triggers import combined, tracked
from members.models.parties import Party
from members.models.triggers import refuses_merged


class EmailUse(models.TextChoices):
    LOGIN = "login", _("login")
    CONTACT = "contact", _("register")


class EmailChangeState(models.TextChoices):
    WAITING = "waiting", _("waits")
    DONE = "done", _("done")
    STOPPED = "stopped", _("stopped")


class EmailChangeQuerySet(models.QuerySet["EmailChange"]):
    def to_tell(self) -> EmailChangeQuerySet:
        """Those that wait, and those done that the person has not seen."""
        return self.filter(
            Q(state=EmailChangeState.WAITING) | Q(state=EmailChangeState.DONE, seen_at__isnull=True)
        )


class EmailChange(models.Model):
    """One change asked for. `user` is whose login address it is; empty for the contact address of the register."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="email_changes", verbose_name=_("person"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+", verbose_name=_("login")
    )
    use = models.CharField(_("use"), max_length=8, choices=EmailUse.choices)
    old = models.CharField(_("old address"), max_length=254, blank=True)
    new = models.CharField(_("new address"), max_length=254, blank=True)
    state = models.CharField(
        _("state"), max_length=8, choices=EmailChangeState.choices, default=EmailChangeState.WAITING
    )
    asked_at = models.DateTimeField(_("asked at"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("asked by")
    )
    effective_at = models.DateTimeField(_("takes effect at"))
    decided_at = models.DateTimeField(_("decided at"), null=True)
    seen_at = models.DateTimeField(_("seen by the person at"), null=True)

    objects = EmailChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of an e-mail address")
        verbose_name_plural = _("changes of e-mail addresses")
        triggers = combined(tracked(party="party_id"), refuses_merged("party_id"))
        indexes = [
            models.Index(fields=["effective_at"], name="emailchange_due", condition=Q(state="waiting")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["party", "use"], condition=Q(state="waiting"), name="emailchange_one_waits"
            ),
            models.CheckConstraint(
                condition=Q(use="login", user__isnull=False) | Q(use="contact", user__isnull=True),
                name="emailchange_whose",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at__isnull=True)
                | Q(~Q(state="waiting"), decided_at__isnull=False),
                name="emailchange_decided",
            ),
        ]
