"""Invoice runs: draft → preview → approved → issued; one item per payer with every line computed (BIL-3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.audit.triggers import tracked
from members.models import OrgUnit, Party

if TYPE_CHECKING:
    from members.scope import Scope


class RunState(models.TextChoices):
    DRAFT = "draft", _("draft")
    CALCULATING = "calculating", _("being calculated")
    PREVIEW = "preview", _("preview")
    ISSUING = "issuing", _("invoices being numbered")
    ISSUED = "issued", _("issued")
    CANCELLED = "cancelled", _("cancelled")


class InvoiceRunQuerySet(models.QuerySet["InvoiceRun"]):
    def visible_to(self, scope: Scope, capability: str = "billing.view") -> InvoiceRunQuerySet:
        return self.filter(scope.unit_filter("creditor", capability))


class InvoiceRun(models.Model):
    """`units` are the associations whose memberships are billed; the creditor's account receives the money."""

    creditor = models.ForeignKey(OrgUnit, models.PROTECT, related_name="invoice_runs", verbose_name=_("creditor"))
    number = models.PositiveIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=120)
    year = models.PositiveSmallIntegerField(_("year"))
    units = ArrayField(models.BigIntegerField(), verbose_name=_("associations billed"))
    basis_date = models.DateField(_("bases as of"))
    invoice_date = models.DateField(_("invoice date"))
    due_date = models.DateField(_("due date"))
    second_due_date = models.DateField(_("due date of the second part"), null=True, blank=True)
    message_fi = models.TextField(_("message in Finnish"), max_length=400, blank=True)
    message_sv = models.TextField(_("message in Swedish"), max_length=400, blank=True)
    message_en = models.TextField(_("message in English"), max_length=400, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=RunState.choices, default=RunState.DRAFT)
    summary = models.JSONField(default=dict)
    preview_hash = models.CharField(max_length=64, blank=True)
    previewed_at = models.DateTimeField(null=True)
    approved_hash = models.CharField(max_length=64, blank=True)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    issued_at = models.DateTimeField(null=True)
    job_id = models.UUIDField(null=True)

    objects = InvoiceRunQuerySet.as_manager()

    class Meta:
        triggers = tracked(unit="creditor_id", exclude=["summary", "created_at"])
        constraints = [
            models.UniqueConstraint(fields=["creditor", "number"], name="invoicerun_number"),
            models.CheckConstraint(condition=Q(due_date__gt=models.F("invoice_date")), name="invoicerun_due"),
        ]

    def __str__(self) -> str:
        return self.title


class ItemState(models.TextChoices):
    READY = "ready", _("will be invoiced")
    ERROR = "error", _("cannot be invoiced")
    NOTHING = "nothing", _("nothing to charge")
    EXCLUDED = "excluded", _("left out")
    ISSUED = "issued", _("issued")


class RunItem(models.Model):
    """One payer in a run. `lines` is the frozen calculation; the invoice is a copy of it, never computed again."""

    run = models.ForeignKey(InvoiceRun, models.CASCADE, related_name="items")
    payer = models.ForeignKey(Party, models.PROTECT, related_name="run_items")
    state = models.CharField(max_length=10, choices=ItemState.choices)
    total = models.DecimalField(max_digits=12, decimal_places=2)
    previous_total = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    lines = models.JSONField(default=list)
    errors = models.JSONField(default=list)
    warnings = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    hash = models.CharField(max_length=32)
    excluded_reason = models.CharField(max_length=200, blank=True)
    excluded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "payer"], name="runitem_payer_once")]
        indexes = [models.Index(fields=["run", "state", "id"], name="runitem_state")]
