"""Who saw what: reads of sensitive data, unmaskings, exports and downloads (GDPR art. 30 and 32; SPEC REG-11, REG-13)."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.audit.triggers import append_only


class AccessLog(models.Model):
    """One reading. `classes` are the field classes seen (A–E, members.scope), `count` the number of data subjects."""

    class Action(models.TextChoices):
        VIEW = "view", _("viewed")
        UNMASK = "unmask", _("unmasked")
        EXPORT = "export", _("exported")
        DOWNLOAD = "download", _("downloaded")

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(_("time"), db_default=Now())
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    action = models.CharField(_("action"), max_length=10, choices=Action)
    party_id = models.BigIntegerField(_("party"), null=True)
    unit_id = models.BigIntegerField(_("unit"), null=True)
    classes = models.CharField(_("field classes"), max_length=10, blank=True)
    reason = models.CharField(_("reason"), max_length=400, blank=True)
    count = models.PositiveIntegerField(_("number of persons"), default=1)
    subject = models.CharField(_("subject"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("access log entry")
        verbose_name_plural = _("access log entries")
        indexes = [
            models.Index(
                fields=["party_id", "-id"], name="access_party", condition=models.Q(party_id__isnull=False)
            ),
            models.Index(
                fields=["unit_id", "-id"], name="access_unit", condition=models.Q(unit_id__isnull=False)
            ),
            models.Index(fields=["user", "-id"], name="access_user"),
            # Lines that may tell of somebody in words: what an erasure reads.
            models.Index(
                fields=["unit_id"],
                name="access_words",
                condition=(models.Q(action="unmask") | models.Q(party_id__isnull=True))
                & (~models.Q(reason="") | ~models.Q(subject="")),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(action="unmask") | ~models.Q(reason=""), name="access_unmask_has_reason"
            ),
        ]
        triggers = append_only(erasable=["reason", "subject"], over="OLD.at < now() - interval '2 years'")

    def __str__(self) -> str:
        return f"{self.action} {self.subject}".strip()
