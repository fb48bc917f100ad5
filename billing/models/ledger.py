"""The ledger: append-only entries and their allocation to invoice lines. A balance is always a sum (BIL-8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.invoices import Invoice, InvoiceLine
from billing.models.payments import PaymentRow
from billing.models.triggers import leads_open_amounts, shares_of_entries
from jasenpalvelu.audit.triggers import append_only, combined
from members.models import OrgUnit, Party

if TYPE_CHECKING:
    from members.scope import Scope


class EntryKind(models.TextChoices):
    INVOICE = "invoice", _("invoice")
    CREDIT = "credit", _("credit note")
    PAYMENT = "payment", _("payment")
    CORRECTION = "correction", _("payment taken back")
    UNMATCHED = "unmatched", _("matching undone")
    CREDIT_USED = "used", _("credit used")
    REFUND = "refund", _("refund")
    WRITE_OFF = "write_off", _("write-off")


class LedgerEntryQuerySet(models.QuerySet["LedgerEntry"]):
    def visible_to(self, scope: Scope, capability: str = "billing.view") -> LedgerEntryQuerySet:
        return self.filter(scope.unit_filter("creditor", capability, "D"))


class LedgerEntry(models.Model):
    """`amount` > 0 raises what the payer owes, < 0 lowers it. Without an invoice the entry is the payer's credit.

    `on` is the day the law looks at (the day of payment), `booked_on` the day of the books. `counter` is the other half of credit
    that moves to an invoice: the entry that takes it from the payer's credit.
    """

    creditor = models.ForeignKey(OrgUnit, models.PROTECT, related_name="ledger")
    payer = models.ForeignKey(Party, models.PROTECT, null=True, related_name="ledger", db_index=False)
    # Invoices and payments are never deleted; that they are there is asked by the table's trigger, set by set.
    invoice = models.ForeignKey(
        Invoice, models.PROTECT, null=True, related_name="ledger", db_index=False, db_constraint=False
    )
    kind = models.CharField(max_length=12, choices=EntryKind.choices)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    on = models.DateField()
    booked_on = models.DateField()
    payment_row = models.ForeignKey(
        PaymentRow, models.PROTECT, null=True, related_name="entries", db_index=False, db_constraint=False
    )
    reverses = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="reversed_by", db_index=False
    )
    counter = models.ForeignKey("self", models.PROTECT, null=True, related_name="countered", db_index=False)
    text = models.CharField(max_length=200, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False)
    mutation_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = LedgerEntryQuerySet.as_manager()

    class Meta:
        triggers = combined(append_only(), leads_open_amounts())
        constraints = [
            models.UniqueConstraint(
                fields=["reverses"],
                condition=models.Q(reverses__isnull=False),
                name="ledgerentry_reversed_once",
            ),
            models.UniqueConstraint(
                fields=["counter"], condition=models.Q(counter__isnull=False), name="ledgerentry_counter_once"
            ),
            models.CheckConstraint(condition=models.Q(kind__in=EntryKind.values), name="ledgerentry_kind"),
        ]
        indexes = [
            models.Index(fields=["invoice"], name="ledgerentry_invoice"),
            models.Index(
                fields=["payment_row"],
                condition=models.Q(payment_row__isnull=False),
                name="ledgerentry_payment_row",
            ),
            models.Index(fields=["payer", "creditor", "on"], name="ledgerentry_payer"),
        ]


class Allocation(models.Model):
    """How an entry that lowers an invoice falls on its lines, and so on their beneficiaries. Neither is ever deleted."""

    entry = models.ForeignKey(
        LedgerEntry, models.PROTECT, related_name="allocations", db_index=False, db_constraint=False
    )
    line = models.ForeignKey(InvoiceLine, models.PROTECT, related_name="allocations", db_constraint=False)
    amount = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        triggers = combined(append_only(), shares_of_entries())
        constraints = [models.UniqueConstraint(fields=["entry", "line"], name="allocation_line_once")]
