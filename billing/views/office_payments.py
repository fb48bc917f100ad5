"""The treasurer's payments: bank files in, and payments by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from billing.forms.payments import ManualPaymentForm, PaymentFileForm
from billing.models import PaymentFile, PaymentRow
from billing.models.payments import RowState
from billing.refusals import explain
from billing.services.booking_files import FileKnown, go_on, receive
from billing.services.booking_payments import book_manually
from jasenpalvelu.common import clock, feedback, keyset
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.money import ZERO, format_money
from members.models import OrgUnit
from members.requests import ScopedRequest

PAYMENTS = "billing.payments"
# Payments a person has put aside, and those given back, are lists of their own beside those that wait.
ASIDE, RETURNED = "syrjassa", "palautetut"
ASIDE_STATES = (RowState.LEFT, RowState.RETURN)
# Every state of a payment for which something is still to be told, but the plain one.
NOT_MATCHED = [state for state in RowState.values if state != RowState.MATCHED]


def units_of(request: ScopedRequest) -> QuerySet[OrgUnit]:
    """Units whose payments the person books; 404 for whoever books none."""
    if not request.scope.can(PAYMENTS):
        raise Http404
    return OrgUnit.objects.filter(request.scope.unit_filter("pk", PAYMENTS, "D")).order_by("sort_key", "pk")


def waiting_rows(request: ScopedRequest) -> QuerySet[PaymentRow]:
    return PaymentRow.objects.visible_to(request.scope).filter(state=RowState.WAITING)


@require_http_methods(["GET", "HEAD", "POST"])
def payments(request: ScopedRequest) -> HttpResponse:
    """Files brought in so far, and a new one: its beginning is looked at before the answer, a worker reads and books it."""
    units = units_of(request)
    form = PaymentFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = _receive(request, form, units)
        if file is not None:
            return redirect("office:payment_file", file.pk)
    files = PaymentFile.objects.visible_to(request.scope).select_related("unit")
    rows = PaymentRow.objects.visible_to(request.scope)
    aside = Q(state__in=ASIDE_STATES)
    page = keyset.from_query(files, request.GET, order=["-imported_at", "-pk"], size=20)
    waits = _waiting_of(page.rows)
    context = {
        "form": form,
        "page": page,
        "files": [(file, waits.get(file.pk, 0)) for file in page.rows],
        "waiting": waiting_rows(request).aggregate(n=Count("pk"), total=Sum("amount")),
        "aside": rows.filter(aside).aggregate(n=Count("pk"), total=Sum("amount")),
        "aside_url": f"{reverse('office:matching')}?lista={ASIDE}",
        "returned": rows.filter(state=RowState.RETURNED).exists(),
        "returned_url": f"{reverse('office:matching')}?lista={RETURNED}",
        "several_units": len(units) > 1,
        "crumbs": crumbs(),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "office/billing/payments/list.html", context, status=status)


def _waiting_of(files: Sequence[PaymentFile]) -> dict[int, int]:
    """How many payments of each file wait now."""
    rows = PaymentRow.objects.filter(
        unit__in={file.unit_id for file in files}, file__in=files, state=RowState.WAITING
    )
    return dict(rows.order_by("file_id").values_list("file_id").annotate(Count("pk")))


def _receive(request: ScopedRequest, form: PaymentFileForm, units: QuerySet[OrgUnit]) -> PaymentFile | None:
    """Take the file in for the unit whose account it is. The same file again leads to the first one; another's account
    becomes the field's error."""
    unit = units.filter(iban=form.account).first() if form.account else None
    if unit is None:
        form.add_error("file", explain({"code": "foreign_account", "found": form.account}))
        return None
    content = form.cleaned_data["file"]
    try:
        return receive(unit=unit, file_name=content.name, content=content, actor=request.user, at=clock.now())
    except FileKnown as known:
        return _known(request, known.file)


def _known(request: ScopedRequest, file: PaymentFile) -> PaymentFile:
    """A file that was brought in before: its work goes on if it had stopped, else nothing changes."""
    job = file.job
    if job is not None and (job.is_active or file.is_stopped):
        return go_on(file=file, actor=request.user)
    text = _("This same file was brought in before, %(day)s, as %(name)s. Nothing was changed.")
    messages.info(
        request,
        text
        % {"day": format_date(file.imported_at.astimezone(clock.HELSINKI).date()), "name": file.file_name},
    )
    return file


@require_http_methods(["GET", "HEAD", "POST"])
def payment_file(request: ScopedRequest, pk: int) -> HttpResponse:
    """One file: its rows, where each went, and the statement's lump sums compared with the rows of the day.

    While a worker books it, the page shows how far it is; a booking that has stopped goes on with a POST.
    """
    units_of(request)
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
    left = PaymentRow.objects.filter(unit=file.unit_id, file=file, state__in=NOT_MATCHED)
    others = dict(left.order_by("state").values_list("state").annotate(Count("pk")))
    context = {
        "file": file,
        "job": job,
        "busy": busy,
        "stopped": file.is_stopped,
        "refusal": explain(file.refusal) if file.refusal else "",
        "waiting": 0 if busy else others.get(RowState.WAITING, 0),
        "matched": file.new_count - sum(others.values()),
        "same": others.get(RowState.SAME, 0),
        "page": keyset.from_query(rows, request.GET, order=["line", "pk"], size=100),
        "totals": []
        if busy
        else [_compared(total) for total in file.control_totals.order_by("booked_on", "pk")],
        "crumbs": [*crumbs(), (_("Payments"), reverse("office:payments"))],
        "wanted": wanted,
    }
    return render(request, "office/billing/payments/file.html", context)


def _compared(total: Any) -> dict[str, Any]:
    """A lump sum of the statement beside the reference payments the register has of that account and day."""
    rows = PaymentRow.objects.filter(account=total.account, booked_on=total.booked_on, file__isnull=False)
    rows = rows.exclude(state=RowState.SAME)
    found = rows.exclude(reference_key="").aggregate(n=Count("pk"), total=Sum("amount"))
    have = found["total"] or ZERO
    return {"total": total, "count": found["n"], "amount": have, "difference": have - total.amount}


@require_http_methods(["GET", "HEAD", "POST"])
def manual(request: ScopedRequest) -> HttpResponse:
    """A payment that is in no file, booked by hand; a reference given is matched at once."""
    units = units_of(request)
    form = ManualPaymentForm(request.POST or None, units=units, initial={"paid_on": clock.today()})
    if request.method == "POST" and form.is_valid():
        row = book_manually(actor=request.user, **{**form.cleaned_data, "key": str(form.cleaned_data["key"])})
        if row.state == RowState.WAITING:
            return redirect(f"{reverse('office:matching')}?suoritus={row.pk}")
        text = _("%(payer)s, %(sum)s booked.") % {"payer": row.payer_name, "sum": format_money(row.amount)}
        feedback.done(request, text, undo=reverse("office:unmatch", args=[row.pk]))
        return redirect("office:payments")
    context = {"form": form, "crumbs": [*crumbs(), (_("Payments"), reverse("office:payments"))]}
    status = 422 if request.method == "POST" else 200
    return render(request, "office/billing/payments/manual.html", context, status=status)


def crumbs() -> list[tuple[str, str]]:
    return [(_("Invoicing"), reverse("office:billing"))]
