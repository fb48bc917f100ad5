"""What the treasurer's desk shows: sums by age, lists by filter, an account with its running balance. Nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Case, Count, F, Q, QuerySet, Sum, When

from billing.models import Invoice, LedgerEntry
from billing.models.invoices import InvoiceKind, InvoiceQuerySet, late_on
from jasenpalvelu.common.money import ZERO
from jasenpalvelu.common.sorting import sort_key
from members.models import OrgUnit
from members.scope import Scope


def printable(scope: Scope) -> Q:
    """Condition on an invoice: the reader may have its document.

    It carries the payer's address. That of a person with a non-disclosure order goes only to those who send the invoices
    (Act on the Population Information System 661/2009, section 36).
    """
    sent_by = scope.unit_filter("creditor", "billing.run", "D")
    return scope.unit_filter("creditor", "billing.view", "D") & (Q(payer__non_disclosure=False) | sent_by)


# Days overdue: the classes of the ageing of receivables.
AGES = ((1, 14), (15, 30), (31, 60), (61, None))


@dataclass(frozen=True)
class Sums:
    """A count of invoices and their sum in euros."""

    count: int
    amount: Decimal


@dataclass(frozen=True)
class YearSums:
    """What was invoiced in a year and what became of it. A credit note counts for the year of the invoice it credits."""

    count: int
    invoiced: Decimal
    credited: Decimal
    unpaid: Decimal

    @property
    def billed(self) -> Decimal:
        """What was to be paid: invoices less their credit notes."""
        return self.invoiced - self.credited

    @property
    def paid(self) -> Decimal:
        """The part of it that is no longer open. What was paid and then credited is the payer's credit, not here."""
        return self.billed - self.unpaid

    @property
    def paid_share(self) -> Decimal | None:
        return self.paid / self.billed if self.billed > 0 else None


def years(*, invoices: QuerySet[Invoice], wanted: Sequence[int]) -> list[YearSums]:
    """The sums of the years asked for, in their order: the one place where "invoiced" and "paid" are counted."""
    of_year = Case(When(kind=InvoiceKind.CREDIT_NOTE, then=F("credits__year")), default=F("year"))
    plain, note = Q(kind=InvoiceKind.INVOICE), Q(kind=InvoiceKind.CREDIT_NOTE)
    rows = (
        invoices.filter(plain & Q(year__in=wanted) | note & Q(credits__year__in=wanted))
        .annotate(of_year=of_year)
        .order_by()
        .values_list("of_year")
        .annotate(
            n=Count("pk", filter=plain),
            made=Sum("total", filter=plain, default=ZERO),
            noted=Sum("total", filter=note, default=ZERO),
            left=Sum("open_amount", filter=plain, default=ZERO),
        )
    )
    sums = {year: YearSums(count, total, -credited, left) for year, count, total, credited, left in rows}
    return [sums.get(year, YearSums(0, ZERO, ZERO, ZERO)) for year in wanted]


@dataclass(frozen=True)
class Desk:
    """The year at a glance, and what is open whatever its year."""

    year: YearSums
    open: Sums
    ages: list[tuple[int, int | None, Sums]]

    @property
    def overdue(self) -> Sums:
        return Sums(
            sum(sums.count for _low, _high, sums in self.ages),
            sum((sums.amount for _low, _high, sums in self.ages), ZERO),
        )


def desk(*, invoices: QuerySet[Invoice], year: int, on: date) -> Desk:
    """Sums of the invoices given: issued in the year, and everything open whatever its year."""
    late = late_on(on)
    parts = {
        "open": (Q(), "open_amount"),
        **{f"age{low}": (late & _age(on, low, high), "open_amount") for low, high in AGES},
    }
    # Open ones have an index of their own; those of all years together are many times as many.
    sums = _sums(invoices.filter(open_amount__gt=0), parts)
    (of_year,) = years(invoices=invoices, wanted=[year])
    return Desk(of_year, sums["open"], [(low, high, sums[f"age{low}"]) for low, high in AGES])


def _sums(invoices: QuerySet[Invoice], parts: dict[str, tuple[Q, str]]) -> dict[str, Sums]:
    wanted: dict[str, Count | Sum] = {}
    for name, (condition, field) in parts.items():
        wanted[f"{name}_n"] = Count("pk", filter=condition)
        wanted[f"{name}_sum"] = Sum(field, filter=condition)
    row = invoices.aggregate(**wanted)
    return {name: Sums(row[f"{name}_n"], row[f"{name}_sum"] or ZERO) for name in parts}


def _age(on: date, low: int, high: int | None) -> Q:
    condition = Q(due_date__lte=on - timedelta(days=low))
    return condition & Q(due_date__gte=on - timedelta(days=high)) if high else condition


def filtered(
    *,
    invoices: InvoiceQuerySet,
    on: date,
    state: str = "",
    text: str = "",
    year: int | None = None,
    age: str = "",
    run: int | None = None,
) -> InvoiceQuerySet:
    """The desk's list: by payment state, year, class of age, run, and what is typed."""
    conditions = {
        "open": Q(open_amount__gt=0),
        "overdue": late_on(on),
        "paid": Q(open_amount=0, kind=InvoiceKind.INVOICE),
        "credit": Q(kind=InvoiceKind.CREDIT_NOTE),
    }
    if state in conditions:
        invoices = invoices.filter(conditions[state])
    if year:
        invoices = invoices.filter(year=year)
    if run:
        invoices = invoices.filter(run=run)
    for low, high in AGES:
        if age == str(low):
            invoices = invoices.filter(_age(on, low, high), late_on(on))
    return invoices.filter(_typed(text)) if text.strip() else invoices


def _typed(text: str) -> Q:
    """Invoice number, reference, member number or the beginning of the payer's name."""
    typed = text.strip()
    condition = Q(payer_sort_key__startswith=sort_key(typed)) | Q(payer_number=typed)
    compact = typed.replace(" ", "")
    if compact.isascii() and compact.isdigit() and len(compact) <= 25:
        condition |= Q(reference=compact.lstrip("0"))
        if len(compact) <= 7:
            condition |= Q(number=int(compact))
    year, dash, number = compact.partition("-")
    if (
        dash
        and compact.isascii()
        and year.isdigit()
        and number.isdigit()
        and len(number) <= 7
        and len(year) == 4
    ):
        condition |= Q(year=int(year), number=int(number))
    return condition


@dataclass(frozen=True)
class AccountRow:
    """One line of an account statement with the balance after it: what the payer owes, negative when there is credit."""

    entry: LedgerEntry
    balance: Decimal


def account(*, entries: QuerySet[LedgerEntry], shown: Sequence[LedgerEntry]) -> list[AccountRow]:
    """Entries of a payer's statement, the newest first, each with the balance after it; `shown` is one page of `entries`."""
    if not shown:
        return []
    newest = shown[0]
    so_far = entries.filter(Q(on__lt=newest.on) | Q(on=newest.on, pk__lte=newest.pk))
    balance, rows = so_far.aggregate(total=Sum("amount"))["total"] or ZERO, []
    for entry in shown:
        rows.append(AccountRow(entry, balance))
        balance -= entry.amount
    return rows


@dataclass(frozen=True)
class Credit:
    """What a payer has with a creditor, and an open invoice it could pay."""

    creditor: str
    amount: Decimal
    invoice: Invoice | None


def credits_of(*, entries: QuerySet[LedgerEntry], payer_id: int) -> list[Credit]:
    """The payer's credit with each creditor; of open invoices the one that is due first."""
    sums = entries.filter(invoice=None).order_by().values_list("creditor_id").annotate(total=Sum("amount"))
    found = {creditor: -total for creditor, total in sums if total < 0}
    units = OrgUnit.objects.filter(pk__in=found).order_by("sort_key", "pk")
    open_ones = Invoice.objects.of_payer(payer_id).filter(open_amount__gt=0)
    first = {
        invoice.creditor_id: invoice
        for invoice in open_ones.filter(creditor_id__in=found).order_by("-due_date", "-pk")
    }
    return [Credit(str(unit), found[unit.pk], first.get(unit.pk)) for unit in units]
