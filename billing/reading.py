"""What the treasurer's desk shows: sums by age, lists by filter, an account with its running balance. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Case, CharField, Count, F, Q, QuerySet, Sum, Value, When

from billing.models import Invoice, LedgerEntry
from billing.models.invoices import InvoiceKind
from jasenpalvelu.common.money import ZERO
from jasenpalvelu.common.sorting import sort_key

# Days overdue: the classes of the ageing of receivables.
AGES = ((1, 14), (15, 30), (31, 60), (61, None))


@dataclass(frozen=True)
class Sums:
    """A count of invoices and their sum in euros."""

    count: int
    amount: Decimal

    @classmethod
    def of(cls, invoices: QuerySet[Invoice], field: str) -> Sums:
        row = invoices.aggregate(n=Count("pk"), total=Sum(field))
        return cls(row["n"], row["total"] or ZERO)


@dataclass(frozen=True)
class Desk:
    """The year at a glance."""

    billed: Sums
    paid: Decimal
    credited: Decimal
    open: Sums
    overdue: Sums
    ages: list[tuple[int, int | None, Sums]]

    @property
    def paid_share(self) -> Decimal | None:
        net = self.billed.amount + self.credited
        return self.paid / net if net > 0 else None


def desk(*, invoices: QuerySet[Invoice], year: int, on: date) -> Desk:
    """Sums of the invoices given: issued in the year, and everything open whatever its year."""
    issued = invoices.filter(year=year)
    plain = issued.filter(kind=InvoiceKind.INVOICE)
    credited = Sums.of(issued.filter(kind=InvoiceKind.CREDIT_NOTE), "total").amount
    unpaid = invoices.filter(open_amount__gt=0)
    still_open = plain.aggregate(total=Sum("open_amount"))["total"] or ZERO
    billed = Sums.of(plain, "total")
    return Desk(
        billed=billed,
        paid=billed.amount + credited - still_open,
        credited=credited,
        open=Sums.of(unpaid, "open_amount"),
        overdue=Sums.of(invoices.overdue(on), "open_amount"),  # type: ignore[attr-defined]
        ages=[(low, high, Sums.of(_aged(unpaid, on, low, high), "open_amount")) for low, high in AGES],
    )


def _aged(invoices: QuerySet[Invoice], on: date, low: int, high: int | None) -> QuerySet[Invoice]:
    aged = invoices.filter(due_date__lte=on - timedelta(days=low))
    return aged.filter(due_date__gte=on - timedelta(days=high)) if high else aged


def filtered(
    *, invoices: QuerySet[Invoice], on: date, state: str = "", text: str = "", year: int | None = None, age: str = ""
) -> QuerySet[Invoice]:
    """The desk's list: by payment state, year, class of age, and what is typed."""
    conditions = {
        "open": Q(open_amount__gt=0),
        "overdue": Q(open_amount__gt=0, due_date__lt=on),
        "paid": Q(open_amount=0, kind=InvoiceKind.INVOICE),
        "credit": Q(kind=InvoiceKind.CREDIT_NOTE),
    }
    if state in conditions:
        invoices = invoices.filter(conditions[state])
    if year:
        invoices = invoices.filter(year=year)
    for low, high in AGES:
        if age == str(low):
            invoices = _aged(invoices.filter(open_amount__gt=0), on, low, high)
    return invoices.filter(_typed(text)) if text.strip() else invoices


def _typed(text: str) -> Q:
    """Invoice number, reference, member number or the beginning of the payer's name."""
    typed = text.strip()
    condition = Q(payer_sort_key__startswith=sort_key(typed)) | Q(payer_number=typed)
    compact = typed.replace(" ", "")
    if compact.isdigit():
        condition |= Q(reference=compact.lstrip("0"))
        if len(compact) <= 7:
            condition |= Q(number=int(compact))
    year, dash, number = compact.partition("-")
    if dash and year.isdigit() and number.isdigit() and len(number) <= 7 and len(year) == 4:
        condition |= Q(year=int(year), number=int(number))
    return condition


@dataclass(frozen=True)
class AccountRow:
    """One line of an account statement with the balance after it: what the payer owes, negative when there is credit."""

    entry: LedgerEntry
    balance: Decimal


def account(*, entries: QuerySet[LedgerEntry]) -> list[AccountRow]:
    """A payer's statement in the order of days, oldest first; the balance is the sum so far."""
    rows, balance = [], ZERO
    first_invoices = Case(When(kind="invoice", then=Value("0")), default=Value("1"), output_field=CharField())
    for entry in entries.select_related("invoice", "creditor").order_by(F("on"), first_invoices, "pk"):
        balance += entry.amount
        rows.append(AccountRow(entry, balance))
    return rows
