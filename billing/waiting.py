"""What waits for the treasurer: payments without an invoice, runs to approve; and what is coming (BIL-3, BIL-6, BIL-7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.models import DataProposal, Invoice, InvoiceRun, PayerAccount, PaymentRow
from billing.models.invoices import late_on
from billing.models.payments import RowState
from billing.models.runs import RunState
from billing.reading import YearSums, years
from billing.wording import title_text
from jasenpalvelu.common.dates import payable_on
from jasenpalvelu.common.money import ZERO, format_money
from jasenpalvelu.common.parts import QueueItem
from members.scope import Scope
from members.waiting import Asked, Source, address

VIEW = "billing.view"
# A reminder may cost something when 14 days have passed since the due date (Debt Collection Act 513/1999).
REMINDER_AFTER = timedelta(days=14)
SOON = timedelta(days=60)


# --- payments -------------------------------------------------------------------------------------------------------
def _payments(asked: Asked) -> QuerySet[PaymentRow]:
    return PaymentRow.objects.visible_to(asked.scope).filter(state=RowState.WAITING)


def _payment_item(asked: Asked, count: int) -> QueueItem:
    """Counted as ready: an invoice of the same sum is open for somebody who has paid from the same account before."""
    payer = PayerAccount.objects.filter(payer_iban=OuterRef(OuterRef("payer_iban")), party=OuterRef("payer"))
    likely = Invoice.objects.filter(
        Exists(payer), creditor=OuterRef("unit"), open_amount__gt=0, open_amount=OuterRef("amount")
    )
    known = ~Q(payer_iban="") & Q(Exists(likely))
    sums = _payments(asked).aggregate(total=Sum("amount"), ready=Count("pk", filter=known))
    ready = sums["ready"]
    why = [_("%(sum)s in all.") % {"sum": format_money(sums["total"] or ZERO)}]
    if ready:
        why.append(
            ngettext("%(n)s has a ready suggestion.", "%(n)s have a ready suggestion.", ready) % {"n": ready}
        )
    return QueueItem(
        count,
        ngettext("payment without an invoice", "payments without an invoice", count),
        " ".join(why),
        _("Match the payments"),
        address("office:payments"),
    )


# --- runs -----------------------------------------------------------------------------------------------------------
def _previews(asked: Asked) -> QuerySet[InvoiceRun]:
    return InvoiceRun.objects.visible_to(asked.scope, "billing.run").filter(state=RunState.PREVIEW)


def _preview_item(asked: Asked, count: int) -> QueueItem:
    return QueueItem(
        count,
        ngettext("invoice run to approve", "invoice runs to approve", count),
        _("Everything is calculated. Nothing has been sent yet."),
        _("See the preview"),
        address("office:runs"),
    )


PAYMENTS = Source("payments", "billing.payments", _payments, _payment_item, classes="D")
RUNS = Source("runs", "billing.run", _previews, _preview_item)


# --- what is coming -------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Coming:
    """A day with what happens on it."""

    day: date
    text: str
    detail: str = ""
    url: str = ""


def coming(scope: Scope, on: date) -> list[Coming]:
    """Due dates of issued runs, and the first day on which reminders for them may be sent."""
    if not scope.can(VIEW, classes="D"):
        return []
    runs = list(
        InvoiceRun.objects.filter(scope.unit_filter("creditor", VIEW, "D"))
        .filter(state=RunState.ISSUED, due_date__gte=on - SOON)
        .order_by("-due_date", "-pk")[:3]
    )
    events = [event for run in runs for event in _events(run) if on <= event[0] <= on + SOON]
    reminded = {run.pk for _day, run, reminds in events if reminds}
    unpaid = _open_of(reminded) if reminded else {}
    return [
        _told(day, run, unpaid.get(run.pk) if reminds else None, reminds=reminds)
        for day, run, reminds in events
    ]


def _events(run: InvoiceRun) -> Iterator[tuple[date, InvoiceRun, bool]]:
    for due in filter(None, (run.due_date, run.second_due_date)):
        yield payable_on(due), run, False
    last = run.second_due_date or run.due_date
    yield payable_on(last) + REMINDER_AFTER + timedelta(days=1), run, True


def _open_of(runs: set[int]) -> dict[int, tuple[int, Decimal]]:
    rows = Invoice.objects.filter(run_id__in=runs, open_amount__gt=0).values("run_id").order_by("run_id")
    return {
        row["run_id"]: (row["n"], row["total"])
        for row in rows.annotate(n=Count("pk"), total=Sum("open_amount"))
    }


def _told(day: date, run: InvoiceRun, unpaid: tuple[int, Decimal] | None, *, reminds: bool) -> Coming:
    if not reminds:
        return Coming(day, _("Due date: %(run)s") % {"run": title_text(run.title)})
    count, total = unpaid or (0, ZERO)
    detail = ngettext("%(n)s invoice, %(sum)s", "%(n)s invoices, %(sum)s", count)
    text = _("First day on which a payment reminder may be sent")
    return Coming(day, text, detail % {"n": count, "sum": format_money(total)})


# --- corrections by payers ------------------------------------------------------------------------------------------
def _proposals(asked: Asked) -> QuerySet[DataProposal]:
    return DataProposal.objects.visible_to(asked.scope).waiting()


def _proposal_item(asked: Asked, count: int) -> QueueItem:
    return QueueItem(
        count,
        ngettext("correction proposed by a payer", "corrections proposed by payers", count),
        _("Payers have looked at the data of their fee. What they correct changes when you accept it."),
        _("Decide on the corrections"),
        address("office:proposals"),
    )


PROPOSALS = Source("proposals", "members.edit", _proposals, _proposal_item, classes="BC")


# --- the year in figures --------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Year:
    """Sums of one's own invoices of the year and of the one before, and what is open whatever its year."""

    sums: YearSums
    before: YearSums
    open: Decimal
    late: int

    @property
    def change(self) -> Decimal | None:
        """Against the year before, as a share; None when nothing was invoiced then, or nothing yet this year."""
        if self.before.billed <= 0 or not self.sums.count:
            return None
        return (self.sums.billed - self.before.billed) / self.before.billed


def year(scope: Scope, on: date) -> Year:
    """The desk's figures for the front page."""
    invoices = Invoice.objects.filter(scope.unit_filter("creditor", VIEW, "D"))
    this, before = years(invoices=invoices, wanted=[on.year, on.year - 1])
    still = invoices.filter(open_amount__gt=0).aggregate(
        open=Sum("open_amount"), late=Count("pk", filter=late_on(on))
    )
    return Year(sums=this, before=before, open=still["open"] or ZERO, late=still["late"])
