"""What of billing goes with a payer when two entries of the same member are joined (`members.moving`).

What has been issued is final: invoices and ledger entries keep the entry they were made for, and are read through
`members.merged` as the survivor's. What is still to come follows.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from billing.models import Invoice, LedgerEntry, RunItem
from billing.models.ledger import EntryKind
from billing.models.runs import ItemState, RunState
from members import moving
from members.models import Membership, Merge, Party

_NOT_APPROVED = (
    "t.run_id IN (SELECT r.id FROM billing_invoicerun r WHERE r.state NOT IN ('issuing', 'issued'))"
)


def register() -> None:
    """Called when the app is ready."""
    moving.stays(
        "billing_invoice",
        "payer_id",
        noun=ngettext_lazy(
            "%(n)s issued invoice keeps its payer's old number; it is shown on the joined member's account",
            "%(n)s issued invoices keep their payer's old number; they are shown on the joined member's account",
            "n",
        ),
        classes="D",
    )
    moving.stays(
        "billing_ledgerentry",
        "payer_id",
        noun=ngettext_lazy(
            "%(n)s entry of the books stays as it was booked and counts for the joined member",
            "%(n)s entries of the books stay as they were booked and count for the joined member",
            "n",
        ),
        classes="D",
    )
    # Items of a preview are calculated anew, because the register changed; those of an approved run are final.
    moving.stays("billing_runitem", "payer_id")
    moving.follows(
        "billing_runexclusion",
        "payer_id",
        noun=ngettext_lazy("%(n)s exclusion from a run", "%(n)s exclusions from runs", "n"),
        classes="D",
        only=_NOT_APPROVED,
        vanishes=moving.twin("billing_runexclusion", "payer_id", "run_id"),
        rank=8,
    )
    moving.follows(
        "billing_payeraccount",
        "party_id",
        noun=ngettext_lazy("%(n)s known bank account", "%(n)s known bank accounts", "n"),
        classes="D",
        vanishes=moving.twin("billing_payeraccount", "party_id", "payer_iban"),
    )
    moving.follows(
        "billing_datacheck",
        "payer_id",
        noun=ngettext_lazy("%(n)s check of the data", "%(n)s checks of the data", "n"),
        classes="B",
        only=f"NOT {moving.twin('billing_datacheck', 'payer_id', 'round_id')}",
    )
    moving.objection(being_invoiced)
    moving.dependence(invoiced_since)


def being_invoiced(survivor: Party, merged: Party) -> Iterator[str]:
    """While an approved run gets its numbers, its payers stay who they are."""
    items = RunItem.objects.filter(
        payer__in=[survivor, merged], run__state=RunState.ISSUING, state=ItemState.READY
    )
    if items.exists():
        yield _("Invoices are being made just now. Try again when they are ready.")


def invoiced_since(merge: Merge) -> Iterator[str]:
    """An invoice made for the joined member may charge what the other one brought; credit may have paid the other's invoice."""
    group = [merge.survivor_id, merge.merged_id]
    moved = {
        pk
        for table, _column, _key, ids in merge.record["moved"]
        if table == "members_membership"
        for pk in ids
    }
    units = Membership.objects.filter(pk__in=moved).values("unit_id")
    found = Invoice.objects.filter(payer__in=group, created_at__gt=merge.merged_at, lines__unit__in=units)
    newest = found.order_by("-pk").first()
    if newest is not None:
        yield _("Invoice %(number)s has been made since. Credit it first.") % {"number": newest}
    used = LedgerEntry.objects.filter(
        payer__in=group,
        created_at__gt=merge.merged_at,
        kind=EntryKind.CREDIT_USED,
        reversed_by=None,
        counter__isnull=False,
    )
    if used.exists():
        yield _("Credit has been used on an invoice since. Take that back first.")
