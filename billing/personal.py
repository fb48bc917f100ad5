"""Whose the rows of billing are (`members.personal.registry`): what belongs to a payer, and how long the books keep it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from billing import privacy
from billing.models import Invoice, InvoiceLine, LedgerEntry, RunItem
from billing.models.runs import ItemState, RunState
from members.personal.keeping import books_until, vouchers_until
from members.personal.reading import Person
from members.personal.registry import free, hindrance, knowing, maps, rows

_PAYER, _PARTY = "t.payer_id = ANY(%(parties)s)", "t.party_id = ANY(%(parties)s)"
_INVOICES = "(SELECT i.id FROM billing_invoice i WHERE i.payer_id = ANY(%(parties)s))"
_ENTRIES = "(SELECT e.id FROM billing_ledgerentry e WHERE e.payer_id = ANY(%(parties)s))"


# The day of a row and whose books it is in, for `members.personal.keeping`.
_OF_INVOICE = vouchers_until(
    "(SELECT i.invoice_date FROM billing_invoice i WHERE i.id = t.invoice_id)",
    "(SELECT i.creditor_id FROM billing_invoice i WHERE i.id = t.invoice_id)",
)
_OF_RUN = vouchers_until(
    "(SELECT r.invoice_date FROM billing_invoicerun r WHERE r.id = t.run_id)",
    "(SELECT r.creditor_id FROM billing_invoicerun r WHERE r.id = t.run_id)",
)
_OF_ENTRY = books_until(
    "(SELECT e.booked_on FROM billing_ledgerentry e WHERE e.id = t.entry_id)",
    "(SELECT e.creditor_id FROM billing_ledgerentry e WHERE e.id = t.entry_id)",
)
_OF_PAYMENT = vouchers_until("t.booked_on", "t.unit_id")
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
    _invoices()
    _payments()
    _runs()
    _checks()


def _invoices() -> None:
    rows(
        "billing_invoice", "money", _("Invoices"), _PAYER, hold="books", identifying=_PAYER_OF_INVOICE,
        until=vouchers_until("t.invoice_date", "t.creditor_id"), order=10,
    )  # fmt: skip
    of_theirs = f"t.invoice_id IN {_INVOICES}"
    rows("billing_invoiceline", "money", _("Lines of the invoices"), of_theirs, hold="books", until=_OF_INVOICE, order=20)  # fmt: skip
    rows("billing_duerow", "money", _("Parts to pay"), of_theirs, hold="books", until=_OF_INVOICE, order=30)
    rows(
        "billing_ledgerentry", "money", _("Entries of the books"), _PAYER, hold="ledger",
        until=books_until("t.booked_on", "t.creditor_id"), order=40,
    )  # fmt: skip
    rows(
        "billing_allocation", "money", _("What the payments paid"), f"t.entry_id IN {_ENTRIES}", hold="ledger",
        until=_OF_ENTRY, order=50,
    )  # fmt: skip


def _payments() -> None:
    rows(
        "billing_paymentrow", "money", _("Payments as the bank told them"),
        "t.id IN (SELECT e.payment_row_id FROM billing_ledgerentry e WHERE e.payer_id = ANY(%(parties)s)"
        " AND e.payment_row_id IS NOT NULL)",
        hold="books", until=_OF_PAYMENT, order=60, identifying=_PAYER_OF_PAYMENT,
    )  # fmt: skip
    rows("billing_payeraccount", "money", _("Accounts you have paid from"), _PARTY, order=70)
    # Nobody's by a key: `services.forgetting` forgets who paid when the time is over.
    free(
        "billing_paymentrow", "payer_name message", _("Payments as the bank told them"), hold="books",
        until=_OF_PAYMENT, only="t.unit_id = ANY(%(units)s) AND t.state NOT IN ('new', 'matched')",
    )  # fmt: skip


def _runs() -> None:
    rows(
        "billing_runitem", "money", _("Calculations of invoices"), _PAYER, hold="books", identifying=_PAYER_OF_ITEM,
        until=_OF_RUN, order=80,
    )  # fmt: skip
    rows(
        "billing_runexclusion", "money", _("Left out of a run"), _PAYER, hold="books", until=_OF_RUN, order=90
    )
    rows(
        "billing_runmembership", "money", _("Memberships in a calculation"), f"{_PAYER} OR {_PARTY}", hold="books",
        until=_OF_RUN, order=95,
    )  # fmt: skip
    free(
        "billing_invoicerun", "summary", _("Summaries of runs"), hold="books", only="t.creditor_id = ANY(%(units)s)"
    )  # fmt: skip


def _checks() -> None:
    rows(
        "billing_dataproposal", "money", _("Corrections you have proposed"),
        "t.check_of_id IN (SELECT c.id FROM billing_datacheck c WHERE c.payer_id = ANY(%(parties)s))", order=96,
    )  # fmt: skip
    rows("billing_datacheck", "money", _("Checks of your data before billing"), _PAYER, order=97)


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
