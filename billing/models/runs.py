"""Invoice runs: draft → preview → approved → issued; one item per payer with every line computed (BIL-3)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.triggers import books_over
from jasenpalvelu.audit.triggers import closed_with, combined, immutable_when, tracked
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


# What an approval approves: the terms by these columns, and every item. Neither changes while or after invoices are made.
TERMS = (
    "creditor_id", "number", "title", "year", "units", "basis_date", "invoice_date", "due_date", "second_due_date",
    "message_fi", "message_sv", "message_en",
)  # fmt: skip
_APPROVED = "state IN ('issuing', 'issued')"


class InvoiceRunQuerySet(models.QuerySet["InvoiceRun"]):
    def visible_to(self, scope: Scope, capability: str = "billing.view") -> InvoiceRunQuerySet:
        return self.filter(scope.unit_filter("creditor", capability))


class InvoiceRun(models.Model):
    """`units` are the associations whose memberships are billed; the creditor's account receives the money."""

    creditor = models.ForeignKey(
        OrgUnit, models.PROTECT, related_name="invoice_runs", verbose_name=_("creditor")
    )
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
    newcomers = models.BooleanField(_("made for those admitted after the year's run"), default=False)
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
    documents_job_id = models.UUIDField(null=True)

    objects = InvoiceRunQuerySet.as_manager()

    class Meta:
        triggers = combined(
            tracked(unit="creditor_id", exclude=["summary", "created_at"]),
            immutable_when(f"OLD.{_APPROVED}", columns=TERMS),
        )
        constraints = [
            models.UniqueConstraint(fields=["creditor", "number"], name="invoicerun_number"),
            models.CheckConstraint(condition=Q(due_date__gt=models.F("invoice_date")), name="invoicerun_due"),
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="invoicerun_state"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def previous_year(self) -> int:
        return self.year - 1


class ItemState(models.TextChoices):
    """What the calculation found. An item that became an invoice stays "ready"; the invoice refers to it."""

    READY = "ready", _("will be invoiced")
    ERROR = "error", _("cannot be invoiced")
    NOTHING = "nothing", _("nothing to charge")
    EXCLUDED = "excluded", _("left out")


class RunExclusionQuerySet(models.QuerySet["RunExclusion"]):
    def visible_to(self, scope: Scope, capability: str = "billing.view") -> RunExclusionQuerySet:
        """Who was left out and why, of runs of the creditors one sees with field class D."""
        return self.filter(scope.unit_filter("run__creditor", capability, "D"))


class RunExclusion(models.Model):
    """A payer left out of a run by a person, with the reason; stays through recalculation and is part of the preview."""

    run = models.ForeignKey(InvoiceRun, models.CASCADE, related_name="exclusions")
    payer = models.ForeignKey(Party, models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=200)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    objects = RunExclusionQuerySet.as_manager()

    class Meta:
        triggers = tracked(party="payer_id", exclude=["at"])
        constraints = [models.UniqueConstraint(fields=["run", "payer"], name="runexclusion_payer_once")]


class RunMembership(models.Model):
    """Which membership is paid by whom in the latest calculation of a run: working rows, written anew each time.

    Plain numbers instead of foreign keys, so that working rows of a draft never stand in the way of the register; the run
    is not looked up for each of 300 000 rows either.
    """

    run = models.ForeignKey(
        InvoiceRun, models.CASCADE, related_name="paid_memberships", db_index=False, db_constraint=False
    )
    payer_id = models.BigIntegerField()
    membership_id = models.BigIntegerField()
    party_id = models.BigIntegerField()
    holding_id = models.BigIntegerField(null=True)
    unit_id = models.BigIntegerField()
    covered = models.BooleanField(default=False, help_text="A family member covered by another's fee")

    class Meta:
        indexes = [models.Index(fields=["run", "payer_id"], name="runmembership_payer")]


class RunRange(models.Model):
    """A stretch of payers, the unit of calculation: `after` < payer ≤ `last`. Workers claim ranges side by side."""

    run = models.ForeignKey(InvoiceRun, models.CASCADE, related_name="ranges", db_index=False)
    after = models.BigIntegerField()
    last = models.BigIntegerField()
    payers = models.PositiveIntegerField()
    done = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "after"], name="runrange_once")]


class RunItemQuerySet(models.QuerySet["RunItem"]):
    def visible_to(self, scope: Scope, capability: str = "billing.view") -> RunItemQuerySet:
        """Items of runs of the creditors one sees with field class D: the sums of named people."""
        return self.filter(scope.unit_filter("run__creditor", capability, "D"))


class RunItem(models.Model):
    """One payer in a run. `lines` is the frozen calculation; the invoice is a copy of it, never computed again.

    `payer_data` is what the invoice will say of the payer (address lines, language, Y-tunnus, member number, parts to
    pay); `codes` repeats the codes of errors, warnings and a big rise, for filtering.
    """

    run = models.ForeignKey(InvoiceRun, models.CASCADE, related_name="items", db_index=False)
    payer = models.ForeignKey(Party, models.PROTECT, related_name="run_items", db_index=False)
    state = models.CharField(max_length=10, choices=ItemState.choices)
    name = models.CharField(max_length=200)
    sort_key = models.CharField(max_length=400)
    total = models.DecimalField(max_digits=12, decimal_places=2)
    previous_total = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    payer_data = models.JSONField(default=dict)
    lines = models.JSONField(default=list)
    errors = models.JSONField(default=list)
    warnings = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    codes = ArrayField(models.CharField(max_length=30), default=list)

    objects = RunItemQuerySet.as_manager()

    class Meta:
        # After the approval an item can only be refused, when another run has charged the same meanwhile.
        triggers = closed_with(
            owner="billing_invoicerun",
            column="run_id",
            closed=f"w.{_APPROVED}",
            allow=("state", "errors", "codes"),
            unless="w.state = 'issuing' AND o.state = 'ready' AND n.state = 'error'",
            erasable=("name", "sort_key", "payer_data"),
            over=books_over("w.invoice_date"),
        )
        constraints = [
            models.UniqueConstraint(fields=["run", "payer"], name="runitem_payer_once"),
            models.CheckConstraint(condition=Q(state__in=ItemState.values), name="runitem_state_known"),
        ]
        indexes = [
            models.Index(fields=["run", "state", "sort_key", "id"], name="runitem_state"),
            models.Index(fields=["run", "sort_key", "id"], name="runitem_by_name"),
            models.Index(fields=["run", "sort_key", "id"], name="runitem_remarks", condition=~Q(codes=[])),
        ]

    @property
    def change(self) -> Decimal | None:
        """How much more the payer pays than last year; None when there is nothing to compare with."""
        return None if self.previous_total is None else self.total - self.previous_total
