"""Whose the rows of billing are (`members.personal.registry`): what belongs to a payer, and how long the books keep it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from billing import privacy
from billing.models import Invoice, InvoiceLine, LedgerEntry, RunItem
from billing.models.runs import ItemState, RunState
from members.personal.reading import Person
from members.personal.registry import free, hindrance, knowing, maps, rows

_PAYER = "t.payer_id = ANY(%(parties)s)"
_INVOICES = "(SELECT i.id FROM billing_invoice i WHERE i.payer_id = ANY(%(parties)s))"
_ENTRIES = "(SELECT e.id FROM billing_ledgerentry e WHERE e.payer_id = ANY(%(parties)s))"


def _until(day: str) -> str:
    """The last day of the sixth year after the year of the day; financial years are calendar years."""
    return f"make_date(extract(year FROM {day})::int + 6, 12, 31)"


# What tells whose an invoice, a calculation or a payment was: emptied when the books need not be kept any more.
_PAYER_OF_INVOICE = {
    "payer_name": "'–'", "payer_sort_key": "''", "payer_address": "'{}'", "payer_number": "''", "payer_y_tunnus": "''",
    "message": "''",
}  # fmt: skip
_PAYER_OF_ITEM = {"name": "'–'", "sort_key": "''", "payer_data": "'{}'"}
_PAYER_OF_PAYMENT = {"payer_name": "'–'", "payer_iban": "''", "message": "''"}


def register() -> None:
    """Called when the app is ready."""
    maps(privacy.TABLES)
    rows(
        "billing_invoice",
        "money",
        _("Invoices"),
        _PAYER,
        hold="books",
        until=_until("t.invoice_date"),
        order=10,
        identifying=_PAYER_OF_INVOICE,
    )
    rows(
        "billing_invoiceline", "money", _("Lines of the invoices"), f"t.invoice_id IN {_INVOICES}", hold="books",
        until=_until("(SELECT i.invoice_date FROM billing_invoice i WHERE i.id = t.invoice_id)"), order=20,
    )  # fmt: skip
    rows(
        "billing_duerow", "money", _("Parts to pay"), f"t.invoice_id IN {_INVOICES}", hold="books",
        until=_until("(SELECT i.invoice_date FROM billing_invoice i WHERE i.id = t.invoice_id)"), order=30,
    )  # fmt: skip
    rows("billing_ledgerentry", "money", _("Entries of the books"), _PAYER, hold="books", until=_until("t.booked_on"), order=40)  # fmt: skip
    rows(
        "billing_allocation", "money", _("What the payments paid"), f"t.entry_id IN {_ENTRIES}", hold="books",
        until=_until("(SELECT e.booked_on FROM billing_ledgerentry e WHERE e.id = t.entry_id)"), order=50,
    )  # fmt: skip
    rows(
        "billing_paymentrow", "money", _("Payments as the bank told them"),
        "t.id IN (SELECT e.payment_row_id FROM billing_ledgerentry e WHERE e.payer_id = ANY(%(parties)s)"
        " AND e.payment_row_id IS NOT NULL)",
        hold="books", until=_until("t.booked_on"), order=60, identifying=_PAYER_OF_PAYMENT,
    )  # fmt: skip
    rows(
        "billing_payeraccount",
        "money",
        _("Accounts you have paid from"),
        "t.party_id = ANY(%(parties)s)",
        order=70,
    )
    rows(
        "billing_runitem", "money", _("Calculations of invoices"), _PAYER, hold="books", identifying=_PAYER_OF_ITEM,
        until=_until("(SELECT r.invoice_date FROM billing_invoicerun r WHERE r.id = t.run_id)"), order=80,
    )  # fmt: skip
    rows(
        "billing_runexclusion", "money", _("Left out of a run"), _PAYER, hold="books",
        until=_until("(SELECT r.invoice_date FROM billing_invoicerun r WHERE r.id = t.run_id)"), order=90,
    )  # fmt: skip
    rows(
        "billing_runmembership", "money", _("Memberships in a calculation"), f"{_PAYER} OR t.party_id = ANY(%(parties)s)",
        hold="books", until=_until("(SELECT r.invoice_date FROM billing_invoicerun r WHERE r.id = t.run_id)"), order=95,
    )  # fmt: skip
    rows(
        "billing_dataproposal", "money", _("Corrections you have proposed"),
        "t.check_of_id IN (SELECT c.id FROM billing_datacheck c WHERE c.payer_id = ANY(%(parties)s))", order=96,
    )  # fmt: skip
    rows("billing_datacheck", "money", _("Checks of your data before billing"), _PAYER, order=97)
    # Nobody's by a key: `services.forgetting` forgets who paid when the time is over.
    free(
        "billing_paymentrow", "payer_name message", _("Payments as the bank told them"), hold="books",
        until=_until("t.booked_on"),
    )  # fmt: skip
    free("billing_invoicerun", "summary", _("Summaries of runs"), hold="books")


@knowing
def creditors(found: Person) -> set[int]:
    """Who has invoiced the person, or got a part of it."""
    invoices = Invoice.objects.filter(payer__in=found.parties)
    lines = InvoiceLine.objects.filter(invoice__in=invoices.order_by().values("pk"))
    units = [invoices.values_list("creditor_id", flat=True), lines.values_list("unit_id", flat=True)]
    return {unit for rows in units for unit in rows.order_by() if unit is not None}


@hindrance
def still_owing(found: Person, on: date) -> Iterator[str]:
    """What is owed is collected, or credited, first: neither can be done without knowing whom it concerns."""
    rows = Invoice.objects.filter(payer__in=found.parties, open_amount__gt=0)
    if rows.exists():
        yield str(_("An invoice is open. It must be paid or credited first."))


@hindrance
def owed_to(found: Person, on: date) -> Iterator[str]:
    """Credit with an association is the person's money: paid back, or used, while it is known whose it is."""
    entries = LedgerEntry.objects.filter(payer__in=found.parties, invoice=None).order_by()
    if any(
        total < 0
        for (total,) in entries.values("creditor_id").annotate(total=Sum("amount")).values_list("total")
    ):
        yield str(_("The association owes the person money. It must be paid back or used first."))


@hindrance
def being_invoiced(found: Person, on: date) -> Iterator[str]:
    items = RunItem.objects.filter(
        payer__in=found.parties, run__state=RunState.ISSUING, state=ItemState.READY
    )
    if items.exists():
        yield str(_("Invoices are being made just now. Try again when they are ready."))
