"""The treasurer's payments: bank files in, payments by hand, and the work list of money without an invoice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from billing.forms.payments import ManualPaymentForm, MatchForm, PaymentFileForm
from billing.models import Invoice, PaymentFile, PaymentRow
from billing.models.payments import RowState
from billing.services import matching
from billing.services.booking_files import FileRefused, go_on, receive
from billing.services.booking_payments import book_manually
from jasenpalvelu.common import clock, feedback, keyset
from jasenpalvelu.common.identifiers import format_iban
from jasenpalvelu.common.keys import key_of
from jasenpalvelu.common.money import ZERO, format_money
from members.models import OrgUnit
from members.requests import ScopedRequest

PAYMENTS = "billing.payments"
# Payments a person has put aside are a list of their own beside those that wait.
ASIDE = "syrjassa"
ASIDE_STATES = (RowState.LEFT, RowState.RETURN)
REASONS = {
    "no_reference": gettext_lazy("No reference"),
    "unknown_reference": gettext_lazy("Wrong reference"),
    "paid_already": gettext_lazy("Paid twice"),
    "too_much": gettext_lazy("More than the invoice"),
    "correction": gettext_lazy("Taken back by the bank"),
    "undone": gettext_lazy("Matching undone"),
}


def _units(request: ScopedRequest) -> QuerySet[OrgUnit]:
    """Units whose payments the person books; 404 for whoever books none."""
    if not request.scope.can(PAYMENTS):
        raise Http404
    return OrgUnit.objects.filter(request.scope.unit_filter("pk", PAYMENTS, "D")).order_by("sort_key", "pk")


def waiting_rows(request: ScopedRequest) -> QuerySet[PaymentRow]:
    return PaymentRow.objects.visible_to(request.scope).filter(state=RowState.WAITING)


@require_http_methods(["GET", "HEAD", "POST"])
def payments(request: ScopedRequest) -> HttpResponse:
    """Files brought in so far, and a new one: read and checked before the answer, booked by a worker right after it."""
    units = _units(request)
    form = PaymentFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = _receive(request, form, units)
        if file is not None:
            return redirect("office:payment_file", file.pk)
    files = PaymentFile.objects.visible_to(request.scope).select_related("unit")
    rows = PaymentRow.objects.visible_to(request.scope)
    aside = Q(state__in=ASIDE_STATES)
    context = {
        "form": form,
        "page": keyset.from_query(files, request.GET, order=["-imported_at", "-pk"], size=20),
        "waiting": waiting_rows(request).aggregate(n=Count("pk"), total=Sum("amount")),
        "aside": rows.filter(aside).aggregate(n=Count("pk"), total=Sum("amount")),
        "aside_url": f"{reverse('office:matching')}?lista={ASIDE}",
        "several_units": len(units) > 1,
        "crumbs": _crumbs(),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "office/billing/payments/list.html", context, status=status)


def _receive(request: ScopedRequest, form: PaymentFileForm, units: QuerySet[OrgUnit]) -> PaymentFile | None:
    """Take the file in for the unit whose account it is. A second click finds the first one's file; a refusal becomes
    the field's error."""
    account = form.read.accounts[0] if form.read.accounts else ""
    unit = units.filter(iban=account).first() if account else None
    try:
        if unit is None:
            raise FileRefused("foreign_account", account)
        return receive(
            unit=unit,
            file_name=form.cleaned_data["file"].name,
            data=form.content,
            read=form.read,
            actor=request.user,
            at=clock.now(),
        )
    except FileRefused as refusal:
        if refusal.file is not None and _unfinished(refusal.file):
            return go_on(file=refusal.file, actor=request.user)
        form.add_error("file", _refusal(refusal))
    return None


def _unfinished(file: PaymentFile) -> bool:
    job = file.job
    return job is not None and (job.is_active or file.is_stopped)


def _refusal(refusal: FileRefused) -> str:
    if refusal.code == "known":
        return _("This same file has been booked before. Nothing was booked again.")
    return _(
        "The file is about the account %(account)s, which is not an account of your association. Nothing was booked."
    ) % {"account": format_iban(refusal.detail) or "–"}


@require_http_methods(["GET", "HEAD", "POST"])
def payment_file(request: ScopedRequest, pk: int) -> HttpResponse:
    """One file: its rows, where each went, and the statement's lump sums compared with the rows of the day.

    While a worker books it, the page shows how far it is; a booking that has stopped goes on with a POST.
    """
    _units(request)
    file = get_object_or_404(PaymentFile.objects.visible_to(request.scope).select_related("unit"), pk=pk)
    if request.method == "POST":
        go_on(file=file, actor=request.user)
        return redirect("office:payment_file", file.pk)
    job = file.job
    rows = file.rows.order_by("line", "pk")
    wanted = request.GET.get("tila", "")
    if wanted in RowState.values:
        rows = rows.filter(state=wanted)
    busy = job is not None and job.is_active
    context = {
        "file": file,
        "job": job,
        "busy": busy,
        "stopped": file.is_stopped,
        "waiting": 0 if busy else file.rows.filter(state=RowState.WAITING).count(),
        "page": keyset.from_query(rows, request.GET, order=["line", "pk"], size=100),
        "totals": []
        if busy
        else [_compared(total) for total in file.control_totals.order_by("booked_on", "pk")],
        "crumbs": [*_crumbs(), (_("Payments"), reverse("office:payments"))],
        "wanted": wanted,
        "reasons": REASONS,
    }
    return render(request, "office/billing/payments/file.html", context)


def _compared(total: Any) -> dict[str, Any]:
    """A lump sum of the statement beside the reference payments the register has of that account and day."""
    rows = PaymentRow.objects.filter(account=total.account, booked_on=total.booked_on, file__isnull=False)
    found = rows.exclude(reference_key="").aggregate(n=Count("pk"), total=Sum("amount"))
    have = found["total"] or ZERO
    return {"total": total, "count": found["n"], "amount": have, "difference": have - total.amount}


@require_http_methods(["GET", "HEAD", "POST"])
def manual(request: ScopedRequest) -> HttpResponse:
    """A payment that is in no file, booked by hand; a reference given is matched at once."""
    units = _units(request)
    form = ManualPaymentForm(request.POST or None, units=units, initial={"paid_on": clock.today()})
    if request.method == "POST" and form.is_valid():
        row = book_manually(actor=request.user, **{**form.cleaned_data, "key": str(form.cleaned_data["key"])})
        if row.state == RowState.WAITING:
            return redirect(f"{reverse('office:matching')}?suoritus={row.pk}")
        text = _("%(payer)s, %(sum)s booked.") % {"payer": row.payer_name, "sum": format_money(row.amount)}
        feedback.done(request, text, undo=reverse("office:unmatch", args=[row.pk]))
        return redirect("office:payments")
    context = {"form": form, "crumbs": [*_crumbs(), (_("Payments"), reverse("office:payments"))]}
    status = 422 if request.method == "POST" else 200
    return render(request, "office/billing/payments/manual.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def match(request: ScopedRequest) -> HttpResponse:
    """The work list with one payment open: what is known of it, and where it may belong."""
    _units(request)
    if request.method == "POST":
        return _decide(request)
    return _match_page(request, _chosen(request, request.GET.get("suoritus", "")), None)


def _chosen(request: ScopedRequest, typed: str) -> PaymentRow | None:
    rows = PaymentRow.objects.visible_to(request.scope).select_related("file")
    if typed:
        return get_object_or_404(rows, pk=key_of(typed))
    return _listed(request).select_related("file").order_by("-booked_on", "-pk").first()


def _listed(request: ScopedRequest) -> QuerySet[PaymentRow]:
    """The work list, or what has been put aside."""
    if request.GET.get("lista") == ASIDE:
        return PaymentRow.objects.visible_to(request.scope).filter(state__in=ASIDE_STATES)
    return waiting_rows(request)


def _decide(request: ScopedRequest) -> HttpResponse:
    rows = PaymentRow.objects.visible_to(request.scope).select_related("file")
    typed = request.POST.get("row", "")
    row = get_object_or_404(rows, pk=key_of(typed))
    deed = request.POST.get("deed", "match")
    form = MatchForm(request.POST, row=row)
    try:
        if deed in (RowState.LEFT, RowState.RETURN):
            matching.set_aside(row=row, state=deed, actor=request.user)
        elif not form.is_valid():
            return _match_page(request, row, form, status=422)
        else:
            _assign(request, row, form)
    except matching.MatchError as error:
        form.add_error(None, _match_error(error))
        return _match_page(request, row, form, status=409)
    feedback.done(request, _done_text(row, deed, form), undo=reverse("office:unmatch", args=[row.pk]))
    return redirect("office:matching")


def _assign(request: ScopedRequest, row: PaymentRow, form: MatchForm) -> None:
    payer = form.parts[0][0].payer
    matching.assign(
        row=row, parts=[part for part in form.parts if part[1] > 0], credit_to=payer, actor=request.user
    )


def _done_text(row: PaymentRow, deed: str, form: MatchForm) -> str:
    texts = {
        RowState.LEFT: _("%(payer)s, %(sum)s left to wait."),
        RowState.RETURN: _("%(payer)s, %(sum)s will be returned."),
    }
    text = texts.get(deed, _("%(payer)s, %(sum)s matched: %(invoices)s."))  # type: ignore[call-overload]
    return text % {
        "payer": row.payer_name or _("Unknown payer"),
        "sum": format_money(row.amount),
        "invoices": ", ".join(f"{invoice} {invoice.payer_name}" for invoice, _amount in form.parts),
    }


def _match_error(error: matching.MatchError) -> str:
    return {
        "state": _("Somebody else has handled this payment meanwhile."),
        "over": _("The invoice has less open than that. Somebody may have booked on it meanwhile."),
        "sum": _("The parts do not make up the payment."),
    }.get(error.code, _("The invoice belongs to another association."))


def _match_page(
    request: ScopedRequest, row: PaymentRow | None, form: MatchForm | None, status: int = 200
) -> HttpResponse:
    listed = _listed(request)
    sums = listed.aggregate(n=Count("pk"), total=Sum("amount"))
    page = keyset.from_query(listed, request.GET, order=["-booked_on", "-pk"])
    suggestions = matching.suggest(row=row) if row and row.amount > 0 else []
    context = {
        "page": page,
        "rows": [
            (item, _address(request, item), REASONS.get(item.reason, item.get_state_display()))
            for item in page.rows
        ],
        "aside": request.GET.get("lista") == ASIDE,
        "found_more": form is not None and len(form.found) == matching.FOUND,
        "row": row,
        "form": form,
        "suggestions": [(s, *_outcome(row, s.invoice)) for s in suggestions if row],
        "found": [(invoice, *_outcome(row, invoice)) for invoice in (form.found if form else []) if row],
        "several": _several(row, suggestions),
        "target": request.POST.get("target") or (str(suggestions[0].invoice.pk) if suggestions else "other"),
        "search": request.POST.get("search", ""),
        "count": sums["n"],
        "total": sums["total"] or ZERO,
        "opened": bool(request.GET.get("suoritus")) or request.method == "POST",
        "crumbs": [*_crumbs(), (_("Payments"), reverse("office:payments"))],
    }
    return render(request, "office/billing/payments/match.html", context, status=status)


def _address(request: ScopedRequest, row: PaymentRow) -> str:
    """The row opened in the list as it stands, on the same page of it."""
    query = request.GET.copy()
    query["suoritus"] = str(row.pk)
    return f"?{query.urlencode()}"


def _outcome(row: PaymentRow, invoice: Invoice) -> tuple[Decimal, Decimal]:
    """What stays open of the invoice and what becomes the payer's credit if the payment is booked on it."""
    return max(invoice.open_amount - row.amount, ZERO), max(row.amount - invoice.open_amount, ZERO)


def _several(row: PaymentRow | None, suggestions: list[matching.Suggestion]) -> list[Invoice]:
    """Open invoices of the likely payers, for a payment that covers many."""
    if row is None:
        return []
    payers = {s.invoice.payer_id for s in suggestions}
    open_ones = Invoice.objects.filter(
        creditor_id=row.unit_id, payer_id__in=payers, open_amount__gt=0, kind="invoice"
    )
    return list(open_ones.order_by("due_date", "pk")[:20])


@require_POST
def unmatch(request: ScopedRequest, pk: int) -> HttpResponse:
    """Undo: the payment waits again and the invoice is as open as before."""
    row = get_object_or_404(PaymentRow.objects.visible_to(request.scope), pk=pk)
    try:
        matching.undo(row=row, actor=request.user)
    except matching.MatchError:
        feedback.done(request, _("There was nothing to undo any more."))
    return redirect(f"{reverse('office:matching')}?suoritus={row.pk}")


def _crumbs() -> list[tuple[str, str]]:
    return [(_("Invoicing"), reverse("office:billing"))]
