"""Money in: payment files, their rows, and the statement's control totals (BIL-6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.triggers import books_over, final_but
from jasenpalvelu.audit.triggers import combined, immutable_when, tracked
from jasenpalvelu.jobs.models import Job, State
from members.models import OrgUnit, Party

if TYPE_CHECKING:
    from members.scope import Scope


class PaymentFileQuerySet(models.QuerySet["PaymentFile"]):
    def visible_to(self, scope: Scope, capability: str = "billing.payments") -> PaymentFileQuerySet:
        """Files of the units whose payments one books with field class D: every row names a payer."""
        return self.filter(scope.unit_filter("unit", capability, "D"))


class PaymentFile(models.Model):
    """One file, kept as it came and booked whole or not at all; the same bytes a second time are known by their digest.

    What it holds is counted when it has been read; one that could not be read has a refusal and no rows.
    """

    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="payment_files")
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    format = models.CharField(max_length=12)
    content = models.FileField(upload_to="payments/%Y/%m/")
    account = models.CharField(max_length=34, blank=True)
    row_count = models.PositiveIntegerField(default=0)
    new_count = models.PositiveIntegerField(default=0)
    known_count = models.PositiveIntegerField(default=0)
    matched_count = models.PositiveIntegerField(default=0)
    waiting_count = models.PositiveIntegerField(default=0)
    total = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    imported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True)
    imported_at = models.DateTimeField()
    job_id = models.UUIDField(null=True)
    refusal = models.JSONField(
        default=dict, help_text="why nothing of it was booked: code, where, expected, found"
    )

    objects = PaymentFileQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "sha256"], name="paymentfile_once")]

    @property
    def job(self) -> Job | None:
        """The work that books the file; None for a file that was booked at once."""
        return Job.objects.filter(pk=self.job_id).first() if self.job_id else None

    @property
    def is_stopped(self) -> bool:
        """Whether rows of the file may be unbooked and nobody is at work."""
        job = self.job
        return job is not None and not job.is_active and job.state != State.DONE


class RowState(models.TextChoices):
    NEW = "new", _("being matched")
    WAITING = "waiting", _("waiting for an invoice")
    MATCHED = "matched", _("matched")
    LEFT = "left", _("left to wait")
    RETURN = "return", _("to be returned to the payer")
    RETURNED = "returned", _("returned to the payer")
    REVERSED = "reversed", _("taken back")
    SAME = "same", _("the same money as another row")


# Why a row waits that may be money the register has already; only a person can tell.
TWIN = "twin"


class PaymentRowQuerySet(models.QuerySet["PaymentRow"]):
    def visible_to(self, scope: Scope, capability: str = "billing.payments") -> PaymentRowQuerySet:
        return self.filter(scope.unit_filter("unit", capability, "D"))


class PaymentRow(models.Model):
    """One payment as the bank told it. The identity is the bank's own: the same money from two files is one row.

    The file says what it was at first and the ledger what it was booked on; its history begins when a person decides on it.
    `twin` is an earlier row with the same mark of the bank and the same sum but another day, payer or reference.
    """

    unit = models.ForeignKey(
        OrgUnit, models.PROTECT, related_name="payment_rows", verbose_name=_("account of")
    )
    file = models.ForeignKey(PaymentFile, models.PROTECT, null=True, related_name="rows")
    line = models.PositiveIntegerField(default=0)
    account = models.CharField(max_length=34)
    booked_on = models.DateField(_("booked on"))
    paid_on = models.DateField(_("paid on"))
    archive_id = models.CharField(max_length=40, blank=True)
    ordinal = models.PositiveSmallIntegerField(default=0)
    uetr = models.CharField(max_length=36, blank=True)
    reference_raw = models.CharField(_("reference as given"), max_length=40, blank=True)
    reference_key = models.CharField(
        max_length=40, blank=True, help_text="Part of the identity: alike in every format"
    )
    reference = models.CharField(max_length=20, blank=True)
    payer_name = models.CharField(_("payer"), max_length=140, blank=True)
    payer_iban = models.CharField(_("payer's account"), max_length=34, blank=True)
    message = models.CharField(_("message"), max_length=280, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    correction = models.BooleanField(_("correction"), default=False)
    state = models.CharField(max_length=10, choices=RowState.choices, default=RowState.WAITING)
    reason = models.CharField(_("why it waits"), max_length=20, blank=True)
    manual_key = models.UUIDField(null=True)
    twin = models.ForeignKey("self", models.PROTECT, null=True, related_name="twins")
    returned_on = models.DateField(_("returned on"), null=True)
    returned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PaymentRowQuerySet.as_manager()

    class Meta:
        triggers = combined(
            tracked(unit="unit_id", exclude=["created_at"], since="o.state <> 'new'"),
            immutable_when("true"),
            final_but(
                "state",
                "reason",
                "returned_on",
                "returned_by",
                erasable=("payer_name", "payer_iban", "message"),
                over=books_over("OLD.booked_on"),
            ),
        )
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "account", "archive_id", "amount", "reference_key", "booked_on", "ordinal"],
                condition=~models.Q(archive_id="") & models.Q(twin=None),
                name="paymentrow_once",
            ),
            models.UniqueConstraint(
                fields=["unit", "account", "uetr", "amount"],
                condition=~models.Q(uetr="") & models.Q(twin=None),
                name="paymentrow_uetr_once",
            ),
            models.UniqueConstraint(fields=["unit", "manual_key"], name="paymentrow_by_hand_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=RowState.values), name="paymentrow_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state="returned", returned_on__isnull=False)
                | ~models.Q(state="returned") & models.Q(returned_on=None),
                name="paymentrow_returned_on",
            ),
            models.CheckConstraint(
                condition=models.Q(file=None, manual_key__isnull=False)
                | models.Q(file__isnull=False, manual_key=None),
                name="paymentrow_origin",
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "state", "booked_on"], name="paymentrow_state"),
            models.Index(fields=["reference"], name="paymentrow_reference"),
            models.Index(fields=["payer_iban"], name="paymentrow_payer_iban"),
        ]


class ControlTotal(models.Model):
    """A statement's lump sum (705 reference payments) compared with the rows of that day; never booked itself."""

    file = models.ForeignKey(PaymentFile, models.CASCADE, related_name="control_totals")
    account = models.CharField(max_length=34)
    booked_on = models.DateField()
    code = models.CharField(max_length=4)
    count = models.PositiveIntegerField()
    amount = models.DecimalField(max_digits=14, decimal_places=2)


class PayerAccount(models.Model):
    """An account from which somebody's invoice has been paid before: a hint in matching."""

    payer_iban = models.CharField(max_length=34)
    party = models.ForeignKey(Party, models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["payer_iban", "party"], name="payeraccount_once")]
