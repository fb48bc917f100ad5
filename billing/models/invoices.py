"""Issued documents: a frozen copy of everything printed, immutable by trigger; corrections are credit notes (BIL-4)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.runs import InvoiceRun, RunItem
from billing.models.triggers import (
    THIS_TRANSACTION,
    added_while_made,
    books_over,
    final_but,
    open_amount_follows,
)
from jasenpalvelu.audit.triggers import append_only, combined, immutable_when
from members.merged import entries
from members.models import OrgUnit, Party

if TYPE_CHECKING:
    from members.scope import Scope


class NumberSeries(models.Model):
    """The last number given in a creditor's year: a locked row in the same transaction, so there are no gaps.

    VAT Act 1501/1993, section 209 e, and Accounting Act 1336/1997, chapter 2, section 5: a running identifier.
    """

    creditor = models.ForeignKey(OrgUnit, models.PROTECT)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["creditor", "year"], name="numberseries_once")]


class Issuer(models.Model):
    """The creditor as it stood when a run was issued: names, addresses, account; shared by the run's invoices."""

    creditor = models.ForeignKey(OrgUnit, models.PROTECT, related_name="issuers")
    data = models.JSONField(
        help_text="names by language, business ID, address, contact, IBAN, BIC, account holder"
    )
    sha256 = models.CharField(max_length=64)
    logo = models.FileField(upload_to="issuers/", blank=True)

    class Meta:
        triggers = append_only()
        constraints = [models.UniqueConstraint(fields=["creditor", "sha256"], name="issuer_once")]


def late_on(on: date) -> Q:
    """Condition for invoices of which something due before `on` is unpaid; a later part that is all that is open is not late."""
    later = DueRow.objects.filter(
        invoice=models.OuterRef("pk"), due_date__gte=on, amount__gte=models.OuterRef("open_amount")
    )
    return Q(open_amount__gt=0, due_date__lt=on) & ~Q(models.Exists(later))


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    def visible_to(self, scope: Scope, capability: str = "billing.view") -> InvoiceQuerySet:
        """Invoices whose creditor, or a line's unit or beneficiary, the scope reaches with field class D."""
        lines = InvoiceLine.objects.filter(invoice=models.OuterRef("pk"))
        reached = scope.unit_filter("unit", capability, "D") | scope.unit_filter(
            "beneficiary", capability, "D"
        )
        return self.filter(
            scope.unit_filter("creditor", capability, "D") | models.Exists(lines.filter(reached))
        )

    def with_states(self) -> InvoiceQuerySet:
        """With what `state_on` looks at, for a list."""
        return self.prefetch_related("due_rows", "credit_notes")

    def of_payer(self, party_id: int) -> InvoiceQuerySet:
        """Of the member, also under an entry that has been joined to the member's since."""
        return self.filter(payer__in=entries(party_id))

    def overdue(self, on: date) -> InvoiceQuerySet:
        """Open invoices whose due date has passed on the day `on`."""
        return self.filter(late_on(on))


# What tells whose the invoice was.
ERASABLE = ("payer_name", "payer_sort_key", "payer_address", "payer_number", "payer_y_tunnus", "message")


class InvoiceKind(models.TextChoices):
    INVOICE = "invoice", _("invoice")
    CREDIT_NOTE = "credit_note", _("credit note")


class _ThisTransaction(models.Func):
    template = f"({THIS_TRANSACTION})"
    output_field = models.BigIntegerField()


class Invoice(models.Model):
    """Only `open_amount` ever changes, with the ledger: the ledger's own trigger writes it, and nothing else may.

    `made_in` is the transaction that made the invoice; lines and due rows are added in no other.

    A foreign key with which another index of its table begins has none of its own, here and below: a run of the whole
    federation writes each index three hundred thousand times or more.
    """

    creditor = models.ForeignKey(OrgUnit, models.PROTECT, related_name="invoices", db_index=False)
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=InvoiceKind.choices, default=InvoiceKind.INVOICE)
    run = models.ForeignKey(InvoiceRun, models.PROTECT, null=True, related_name="invoices", db_index=False)
    # Items of an approved run stay (their own trigger), so this needs no check of each.
    run_item = models.OneToOneField(
        RunItem, models.PROTECT, null=True, related_name="invoice", db_constraint=False
    )
    credits = models.ForeignKey("self", models.PROTECT, null=True, related_name="credit_notes")
    issuer = models.ForeignKey(Issuer, models.PROTECT, db_index=False)
    payer = models.ForeignKey(Party, models.PROTECT, related_name="invoices", db_index=False)
    payer_name = models.CharField(max_length=200)
    payer_sort_key = models.CharField(max_length=400)
    payer_address = ArrayField(models.CharField(max_length=120), default=list)
    payer_number = models.CharField(max_length=12)
    payer_y_tunnus = models.CharField(max_length=9, blank=True)
    language = models.CharField(max_length=2, default="fi")
    title = models.CharField(max_length=120)
    message = models.TextField(blank=True)
    invoice_date = models.DateField()
    due_date = models.DateField()
    reference = models.CharField(max_length=20)
    total = models.DecimalField(max_digits=12, decimal_places=2)
    open_amount = models.DecimalField(max_digits=12, decimal_places=2)
    created_at = models.DateTimeField(auto_now_add=True)
    made_in = models.BigIntegerField(db_default=_ThisTransaction(), editable=False)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        triggers = combined(
            immutable_when("true"),
            final_but("open_amount", erasable=ERASABLE, over=books_over("OLD.invoice_date")),
            open_amount_follows(),
        )
        constraints = [
            models.UniqueConstraint(fields=["creditor", "year", "number"], name="invoice_number_once"),
            models.UniqueConstraint(
                fields=["reference"], condition=Q(kind="invoice"), name="invoice_reference_once"
            ),
            models.CheckConstraint(
                condition=Q(kind="invoice", total__gte=0) | Q(kind="credit_note", total__lte=0),
                name="invoice_total_sign",
            ),
            models.CheckConstraint(condition=Q(open_amount__gte=0), name="invoice_open_not_negative"),
            models.CheckConstraint(
                condition=Q(kind="invoice", credits=None) | Q(kind="credit_note", credits__isnull=False),
                name="invoice_credit_note_credits",
            ),
        ]
        indexes = [
            models.Index(
                fields=["creditor", "due_date"], name="invoice_open", condition=Q(open_amount__gt=0)
            ),
            models.Index(fields=["payer", "invoice_date"], name="invoice_payer"),
            models.Index(fields=["creditor", "payer_sort_key", "id"], name="invoice_by_name"),
            models.Index(fields=["run", "number"], name="invoice_run"),
        ]

    def __str__(self) -> str:
        return self.number_text

    @property
    def number_text(self) -> str:
        """As printed: year and six digits, 2026-000412."""
        return f"{self.year}-{self.number:06d}"

    def is_late(self, on: date) -> bool:
        """Whether something due before `on` is unpaid; parts due later may stay open."""
        if self.open_amount <= 0 or self.due_date >= on:
            return False
        return not any(row.due_date >= on and row.amount >= self.open_amount for row in self.due_rows.all())

    @property
    def credited(self) -> Decimal:
        """What credit notes have taken back, euros."""
        return sum((-note.total for note in self.credit_notes.all()), Decimal(0))

    def state_on(self, on: date) -> str:
        """credit_note, credited (wholly), paid, overdue, partly or open; payment state, never the membership's."""
        if self.kind == InvoiceKind.CREDIT_NOTE:
            return "credit_note"
        if self.open_amount <= 0:
            return "credited" if self.credited >= self.total > 0 else "paid"
        if self.is_late(on):
            return "overdue"
        return "partly" if self.open_amount < self.total else "open"


class InvoiceLine(models.Model):
    """One printed line. `charge_key` with the beneficiary is the lock against charging twice, across all runs.

    The unit is that of a decided fee table, which holds it in place, or the creditor.

    A credit note sets `released`, which frees the charge for a new invoice.
    """

    invoice = models.ForeignKey(
        Invoice, models.PROTECT, related_name="lines", db_index=False, db_constraint=False
    )
    position = models.PositiveSmallIntegerField()
    unit = models.ForeignKey(
        OrgUnit,
        models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
        help_text="whose fee table the line is from",
    )
    beneficiary = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    component = models.CharField(max_length=40)
    charge_key = models.CharField(max_length=120, blank=True)
    released = models.BooleanField(default=False)
    text = models.CharField(max_length=160)
    basis_text = models.CharField(max_length=160, blank=True)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    account = models.CharField(max_length=10, blank=True)
    vat_code = models.CharField(max_length=2, default="O")
    vat_rate = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(0))
    data = models.JSONField(default=dict)

    class Meta:
        triggers = combined(immutable_when("true", allow=["released"]), added_while_made())
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="invoiceline_position"),
            models.UniqueConstraint(
                fields=["charge_key", "beneficiary"],
                condition=Q(released=False) & ~Q(charge_key=""),
                name="charge_once",
            ),
        ]

    @property
    def beneficiary_name(self) -> str:
        """Who gets the money, as it was named when the invoice was made; lines of before names were kept tell the present one."""
        return self.data.get("beneficiary_name") or self.beneficiary.name_in(self.invoice.language)


class DueRow(models.Model):
    """One part of an invoice with its own due date; an invoice paid at once has one."""

    invoice = models.ForeignKey(
        Invoice, models.PROTECT, related_name="due_rows", db_index=False, db_constraint=False
    )
    position = models.PositiveSmallIntegerField()
    due_date = models.DateField()
    amount = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        triggers = combined(append_only(), added_while_made())
        constraints = [models.UniqueConstraint(fields=["invoice", "position"], name="duerow_position")]
