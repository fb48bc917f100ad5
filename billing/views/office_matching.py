"""The work list of money without an invoice: one payment open at a time, what may be done with it, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from billing.forms.matching import MatchForm, ReturnedForm
from billing.models import Invoice, PaymentRow
from billing.models.invoices import InvoiceKind
from billing.models.payments import TWIN, RowState
from billing.services import matching, suggesting
from billing.views.office_payments import ASIDE, ASIDE_STATES, RETURNED, crumbs, units_of, waiting_rows
from jasenpalvelu.common import feedback, keyset
from jasenpalvelu.common.keys import key_of
from jasenpalvelu.common.money import ZERO, format_money
from members.requests import ScopedRequest

REASONS = {
    "no_reference": gettext_lazy("No reference"),
    "unknown_reference": gettext_lazy("Wrong reference"),
    "paid_already": gettext_lazy("Paid twice"),
    "too_much": gettext_lazy("More than the invoice"),
    "correction": gettext_lazy("Taken back by the bank"),
    "undone": gettext_lazy("Matching undone"),
    TWIN: gettext_lazy("Perhaps booked already"),
}
# Why a payment waits that has the reference of an invoice.
NAMED = ("paid_already", "too_much")
# Invoices a payment can be shared over at once; a search brings others among them.
SEVERAL = 20
LISTS = {ASIDE: ASIDE_STATES, RETURNED: (RowState.RETURNED,)}


@require_http_methods(["GET", "HEAD", "POST"])
def match(request: ScopedRequest) -> HttpResponse:
    """The work list with one payment open: what is known of it, and where it may belong."""
    units_of(request)
    if request.method == "POST":
        return _decide(request)
    return _match_page(request, _chosen(request, request.GET.get("suoritus", "")), None)


def _rows(request: ScopedRequest) -> QuerySet[PaymentRow]:
    return PaymentRow.objects.visible_to(request.scope).select_related("file", "twin__file", "returned_by")


def _chosen(request: ScopedRequest, typed: str) -> PaymentRow | None:
    if typed:
        return get_object_or_404(_rows(request), pk=key_of(typed))
    listed = _listed(request).select_related("file", "twin__file", "returned_by")
    return listed.order_by("-booked_on", "-pk").first()


def _listed(request: ScopedRequest) -> QuerySet[PaymentRow]:
    """The work list, or what has been put aside or given back."""
    states = LISTS.get(request.GET.get("lista", ""))
    return (
        PaymentRow.objects.visible_to(request.scope).filter(state__in=states)
        if states
        else waiting_rows(request)
    )


def _decide(request: ScopedRequest) -> HttpResponse:
    row = get_object_or_404(_rows(request), pk=key_of(request.POST.get("row", "")))
    deed = request.POST.get("deed", "match")
    form: MatchForm | ReturnedForm = MatchForm(request.POST, row=row)
    if deed == RowState.RETURNED:
        form = ReturnedForm(request.POST, row=row)
    if deed == "search" or (deed in (RowState.RETURNED, "match") and not form.is_valid()):
        return _match_page(request, row, form, status=200 if deed == "search" else 422)
    try:
        _carry_out(request, row, deed, form)
    except matching.MatchError as error:
        form.add_error(None, _match_error(error))
        return _match_page(request, row, form, status=409)
    feedback.done(request, _done_text(row, deed, form), undo=reverse("office:unmatch", args=[row.pk]))
    return redirect("office:matching")


def _carry_out(request: ScopedRequest, row: PaymentRow, deed: str, form: MatchForm | ReturnedForm) -> None:
    actor = request.user
    if deed in (RowState.LEFT, RowState.RETURN):
        matching.set_aside(row=row, state=deed, actor=actor)
    elif deed == "same":
        matching.same_money(row=row, actor=actor)
    elif deed == "another":
        matching.another_payment(row=row, actor=actor)
    elif isinstance(form, ReturnedForm):
        matching.returned(row=row, on=form.cleaned_data["returned_on"], actor=actor)
    else:
        if not form.parts:
            raise matching.MatchError("sum")
        payer = form.parts[0][0].payer
        parts = [part for part in form.parts if part[1] > 0]
        matching.assign(row=row, parts=parts, credit_to=payer, actor=actor)


def _done_text(row: PaymentRow, deed: str, form: MatchForm | ReturnedForm) -> str:
    texts = {
        RowState.LEFT.value: _("%(payer)s, %(sum)s left to wait."),
        RowState.RETURN.value: _("%(payer)s, %(sum)s will be returned."),
        RowState.RETURNED.value: _("%(payer)s, %(sum)s returned."),
        "same": _("%(payer)s, %(sum)s: the same money as before. Nothing was booked."),
        "another": _("%(payer)s, %(sum)s: a payment of its own."),
    }
    text = texts.get(deed, _("%(payer)s, %(sum)s matched: %(invoices)s."))
    parts = form.parts if isinstance(form, MatchForm) else []
    return text % {
        "payer": row.payer_name or _("Unknown payer"),
        "sum": format_money(row.amount),
        "invoices": ", ".join(f"{invoice} {invoice.payer_name}" for invoice, _amount in parts),
    }


def _match_error(error: matching.MatchError) -> str:
    return {
        "state": _("Somebody else has handled this payment meanwhile."),
        "over": _("The invoice has less open than that. Somebody may have booked on it meanwhile."),
        "sum": _("The parts do not make up the payment."),
        "twin": _("Say first whether this is the same money as the other payment."),
    }.get(error.code, _("The invoice belongs to another association."))


def _match_page(
    request: ScopedRequest, row: PaymentRow | None, form: MatchForm | ReturnedForm | None, status: int = 200
) -> HttpResponse:
    listed = _listed(request)
    sums = listed.aggregate(n=Count("pk"), total=Sum("amount"))
    page = keyset.from_query(listed, request.GET, order=["-booked_on", "-pk"])
    context = {
        "page": page,
        "rows": [(item, _address(request, item), reason) for item, reason in _with_reasons(page.rows)],
        "listed": request.GET.get("lista", ""),
        "row": row,
        "form": form,
        "count": sums["n"],
        "total": sums["total"] or ZERO,
        "opened": bool(request.GET.get("suoritus")) or request.method == "POST",
        "crumbs": [*crumbs(), (_("Payments"), reverse("office:payments"))],
        **(_of_row(request, row, form) if row else {}),
    }
    return render(request, "office/billing/payments/match.html", context, status=status)


def _of_row(request: ScopedRequest, row: PaymentRow, form: MatchForm | ReturnedForm | None) -> dict[str, Any]:
    """What the page tells of the payment that is open, and what it asks."""
    waits = row.state in (RowState.WAITING, *ASIDE_STATES)
    asks_twin = row.state == RowState.WAITING and row.reason == TWIN
    named = _invoices_named([row]).get((row.unit_id, row.reference)) if row.reason in NAMED else None
    told: dict[str, Any] = {"waits": waits, "asks_twin": asks_twin, "named": named if waits else None}
    if row.state == RowState.RETURN:
        told["returned_form"] = form if isinstance(form, ReturnedForm) else ReturnedForm(row=row)
    if not waits or asks_twin:
        return told
    matched = form if isinstance(form, MatchForm) else None
    suggestions = suggesting.suggest(row=row) if row.amount > 0 else []
    several, more = _several(row, suggestions, matched, request.POST.get("search_several", ""))
    typed = matched.typed if matched else {}
    return told | {
        "found_more": matched is not None and len(matched.found) == suggesting.FOUND,
        "suggestions": [(s, *_outcome(row, s.invoice)) for s in suggestions],
        "found": [(invoice, *_outcome(row, invoice)) for invoice in (matched.found if matched else [])],
        "several": [(invoice, typed.get(invoice.pk, "")) for invoice in several],
        "several_more": more,
        "target": request.POST.get("target") or (str(suggestions[0].invoice.pk) if suggestions else "other"),
        "search": request.POST.get("search", ""),
        "search_several": request.POST.get("search_several", ""),
    }


def _with_reasons(rows: Sequence[PaymentRow]) -> list[tuple[PaymentRow, str]]:
    """Each payment with why it waits; the invoice is named where it is known."""
    named = _invoices_named([row for row in rows if row.reason in NAMED])
    told = []
    for row in rows:
        reason = str(REASONS.get(row.reason, row.get_state_display()))
        if row.state == RowState.RETURNED:
            reason = row.get_state_display()
        elif row.reason in NAMED and (invoice := named.get((row.unit_id, row.reference))):
            reason = f"{reason}: {invoice}"
        told.append((row, reason))
    return told


def _invoices_named(rows: Sequence[PaymentRow]) -> dict[tuple[int, str], Invoice]:
    """The invoices whose references the payments bear, by creditor and reference."""
    references = {row.reference for row in rows if row.reference}
    if not references:
        return {}
    found = Invoice.objects.filter(
        reference__in=references, kind=InvoiceKind.INVOICE, creditor_id__in={row.unit_id for row in rows}
    )
    found = found.prefetch_related("credit_notes").order_by("pk")
    return {(invoice.creditor_id, invoice.reference): invoice for invoice in found}


def _address(request: ScopedRequest, row: PaymentRow) -> str:
    """The row opened in the list as it stands, on the same page of it."""
    query = request.GET.copy()
    query["suoritus"] = str(row.pk)
    return f"?{query.urlencode()}"


def _outcome(row: PaymentRow, invoice: Invoice) -> tuple[Decimal, Decimal]:
    """What stays open of the invoice and what becomes the payer's credit if the payment is booked on it."""
    return max(invoice.open_amount - row.amount, ZERO), max(row.amount - invoice.open_amount, ZERO)


def _several(
    row: PaymentRow, suggestions: list[suggesting.Suggestion], form: MatchForm | None, text: str
) -> tuple[list[Invoice], bool]:
    """Open invoices to share the payment over: those with a sum typed, those searched for, and the likely payers'.

    And whether there are more than are shown.
    """
    if row.amount <= 0:
        return [], False
    open_ones = Invoice.objects.filter(creditor_id=row.unit_id, open_amount__gt=0, kind=InvoiceKind.INVOICE)
    typed = open_ones.filter(pk__in=form.typed if form else []).order_by("due_date", "pk")
    if text.strip():
        wanted = suggesting.find_invoices(row=row, text=text, limit=SEVERAL + 1)
    else:
        payers = {s.invoice.payer_id for s in suggestions}
        wanted = list(open_ones.filter(payer_id__in=payers).order_by("due_date", "pk")[: SEVERAL + 1])
    shown = {invoice.pk: invoice for invoice in [*typed, *wanted[:SEVERAL]]}
    return list(shown.values()), len(wanted) > SEVERAL


@require_POST
def unmatch(request: ScopedRequest, pk: int) -> HttpResponse:
    """Undo: the payment waits again and the invoice is as open as before."""
    row = get_object_or_404(PaymentRow.objects.visible_to(request.scope), pk=pk)
    try:
        matching.undo(row=row, actor=request.user)
    except matching.MatchError:
        feedback.done(request, _("There was nothing to undo any more."))
    return redirect(f"{reverse('office:matching')}?suoritus={row.pk}")
