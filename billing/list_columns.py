"""What billing adds to the member list: the open sum, the state of the payments, and a filter by it (REG-7). Class D."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from billing.models import Invoice
from billing.models.invoices import InvoiceKind, late_on
from jasenpalvelu.common.exports import Kind
from jasenpalvelu.common.forms import QuickSelect
from jasenpalvelu.common.money import ZERO
from members import filters, merged, tables
from members.choosing import Choices
from members.filters import Narrowing
from members.tables import Loading, Mark, MemberRow


@dataclass(frozen=True)
class Payments:
    """A payer's invoices at a glance. `oldest_due` is the first due date of what is open."""

    open: Decimal
    oldest_due: date | None
    partly: bool
    on: date


def load(loading: Loading) -> Mapping[int, Payments]:
    """Of the payers on the page: what is open, and whether this or last year's invoices have been paid."""
    since = date(loading.on.year - 1, 1, 1)
    invoices = (
        Invoice.objects.visible_to(loading.scope)
        .filter(Q(open_amount__gt=0) | Q(invoice_date__gte=since), kind=InvoiceKind.INVOICE)
        .order_by()
    )
    # Two short ways instead of one condition over both, which the planner answers by reading every invoice.
    own = invoices.filter(payer__in=loading.party_ids).annotate(member=F("payer_id"))
    of_joined = invoices.filter(payer__in=merged.joined_to(loading.party_ids)).annotate(
        member=F("payer__merged_into")
    )
    columns = ("member", "open_amount", "total", "due_date")
    rows = own.values_list(*columns).union(of_joined.values_list(*columns), all=True)
    found: dict[int, Payments] = {}
    for payer, still, total, due in rows:
        so_far = found.get(payer, Payments(ZERO, None, False, loading.on))
        if still > 0:
            first = min(so_far.oldest_due or due, due)
            partly = so_far.partly or still < total
            so_far = Payments(so_far.open + still, first, partly, loading.on)
        found[payer] = so_far
    return found


def state(payments: Payments | None) -> Mark:
    """As in the list of invoices: late by days, paid in part, open, paid; no invoice at all is said too."""
    if payments is None:
        return Mark("plain", _("No invoices"))
    if payments.oldest_due is None:
        return Mark("done", _("Paid"))
    late = (payments.on - payments.oldest_due).days
    if late > 0:
        return Mark("danger", ngettext("%(n)s day late", "%(n)s days late", late) % {"n": late})
    return Mark("warn", _("Partly paid")) if payments.partly else Mark("", _("Open"))


def _open(row: MemberRow, fact: Payments | None) -> Decimal | None:
    return fact.open if fact and fact.open else None


# --- the filter -----------------------------------------------------------------------------------------------------
STATES = [
    ("late", gettext_lazy("Late")),
    ("open", gettext_lazy("Something open")),
    ("paid", gettext_lazy("Nothing open")),
]


def _field(choices: Choices) -> forms.Field:
    return forms.ChoiceField(
        label=pgettext("of a member", "Payments"),
        choices=[("", _("All")), *STATES],
        widget=QuickSelect,
    )


def _narrow(found: Narrowing, wanted: str) -> None:
    unpaid = Invoice.objects.visible_to(found.scope).filter(payer=OuterRef("pk"), open_amount__gt=0)
    if wanted == "late":
        unpaid = unpaid.filter(late_on(found.on))
    joined = _by_joined(found, wanted)
    some = Q(Exists(unpaid)) | Q(pk__in=joined) if joined else Q(Exists(unpaid))
    found.parties &= ~some if wanted == "paid" else some


def _by_joined(found: Narrowing, wanted: str) -> list[int]:
    """Members whose invoices were made for an entry that has been joined to theirs since. There are few or none."""
    stub = Invoice.objects.filter(payer__merged_into__isnull=False, open_amount__gt=0)
    if wanted == "late":
        stub = stub.filter(late_on(found.on))
    rows = stub.visible_to(found.scope).order_by("payer_id").values_list("payer__merged_into", flat=True)
    return sorted({pk for pk in rows if pk is not None})


def _says(choices: Choices, wanted: str) -> str:
    texts = {"late": _("Payment late"), "open": _("Something open"), "paid": _("Nothing open")}
    return texts[wanted]


def register() -> None:
    """Called when the app is ready."""
    open_sum: Any = gettext_lazy("Open")
    tables.register(
        tables.MemberColumn(
            "open", open_sum, _open, load=load, classes="D", kind=Kind.AMOUNT, num=True, order=40
        )
    )
    tables.register(
        tables.MemberColumn(
            "payment",
            pgettext_lazy("of a member", "Payments"),
            lambda row, fact: state(fact),
            load=load,
            classes="D",
            order=45,
        )
    )
    filters.register(filters.Filter("payment", _field, _narrow, _says, classes="D", main=True, order=40))
