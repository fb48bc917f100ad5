"""The treasurer's desk: what is billed, paid, open and late; one invoice, one payer, and their documents."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.db.models import Sum
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from billing import reading
from billing.documents.layout import file_name
from billing.documents.model import DocumentError
from billing.documents.render import pdf
from billing.formats.reference import printed
from billing.models import Invoice, InvoiceLine, InvoiceRun, LedgerEntry
from billing.models.invoices import InvoiceQuerySet
from billing.services import offsetting, volumes
from billing.services.documents import document_of, with_documents_data
from billing.tasks import DOCUMENTS_JOB
from jasenpalvelu.audit.services import log_download, log_view
from jasenpalvelu.common import clock, keyset
from jasenpalvelu.common.forms import FilterForm
from jasenpalvelu.common.money import format_number
from jasenpalvelu.jobs.services import enqueue
from members import merged
from members.models import Party
from members.requests import ScopedRequest

VIEW, BOOK = "billing.view", "billing.payments"
# Entries of a payer's account on a page, and the newest invoices beside them.
ENTRIES, NEWEST = 50, 10
MOST_DOCUMENTS = 20_000


class InvoiceFilter(FilterForm):
    q = forms.CharField(label=gettext_lazy("Payer, invoice number or reference"), max_length=100)
    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        choices=[
            ("", gettext_lazy("All")),
            ("open", gettext_lazy("Open")),
            ("overdue", gettext_lazy("Overdue")),
            ("paid", gettext_lazy("Paid")),
            ("credit", gettext_lazy("Credit notes")),
        ],
    )
    year = forms.IntegerField(label=gettext_lazy("Year"), min_value=2000, max_value=2100)
    ajo = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**62)


def _invoices(request: ScopedRequest) -> InvoiceQuerySet:
    if not request.scope.can(VIEW, classes="D"):
        raise Http404
    return Invoice.objects.visible_to(request.scope)


@require_safe
def desk(request: ScopedRequest) -> HttpResponse:
    """Sums of the year, the ageing of what is open, and the list with its search."""
    today = clock.today()
    invoices = _invoices(request)
    form = InvoiceFilter(request.GET)
    wanted = form.wanted
    of_run = InvoiceRun.objects.visible_to(request.scope).filter(pk=wanted.get("ajo", 0)).first()
    found = _narrowed(invoices, request.GET)
    # Keys are given in the order of making: the newest first, by an index every reader shares.
    page = keyset.from_query(found.with_states(), request.GET, order=["-pk"])
    year = wanted.get("year", today.year)
    own = Invoice.objects.filter(request.scope.unit_filter("creditor", VIEW, "D"))
    context = {
        "desk": reading.desk(invoices=own, year=year, on=today),
        "year": year,
        "form": form,
        "filtered": bool(wanted) or "age" in request.GET,
        "of_run": of_run,
        "page": page,
        "rows": [
            (invoice, invoice.state_on(today), (today - invoice.due_date).days) for invoice in page.rows
        ],
        "runs": InvoiceRun.objects.visible_to(request.scope).order_by("-created_at", "-pk")[:3],
        "query": request.GET.urlencode(),
        "may_run": request.scope.can("billing.run"),
        "may_check": request.scope.can("members.edit", classes="BC"),
        "may_book": request.scope.can("billing.payments"),
    }
    return render(request, "office/billing/desk.html", context)


@require_safe
def invoice(request: ScopedRequest, pk: int) -> HttpResponse:
    """One invoice: its lines, what has happened to it, its documents. Of a joint invoice others' lines are summed up."""
    found = get_object_or_404(_invoices(request).select_related("creditor", "payer", "run", "credits"), pk=pk)
    today = clock.today()
    whole = request.scope.can(VIEW, found.creditor_id, "D")
    lines = list(found.lines.select_related("beneficiary", "unit").order_by("position"))
    shown = lines if whole else [line for line in lines if _own(request, line)]
    entries = (
        LedgerEntry.objects.filter(invoice=found)
        .select_related("actor", "payment_row")
        .prefetch_related("reversed_by")
        .order_by("on", "pk")
    )
    credit = offsetting.usable(invoice=found) if request.scope.can(BOOK, found.creditor_id, "D") else None
    log_view(
        actor=request.user,
        party_id=found.payer_id,
        unit_id=found.creditor_id,
        classes="D",
        subject=str(found),
    )
    context = {
        "invoice": found,
        "state": found.state_on(today),
        "late": (today - found.due_date).days,
        "credited": found.credited,
        "lines": shown,
        "others": found.total - sum((line.amount for line in shown), start=type(found.total)(0)),
        "whole": whole,
        "reference": printed(found.reference) if found.reference else "",
        "dues": found.due_rows.order_by("position"),
        "entries": entries if whole else [],
        "credit_notes": found.credit_notes.order_by("pk"),
        "usable": credit,
        "may_book": credit is not None,
        "may_credit": request.scope.can("billing.run", found.creditor_id),
        "printed": whole and volumes.has_page(found),
        "crumbs": [(_("Invoicing"), reverse("office:billing"))],
    }
    return render(request, "office/billing/invoice.html", context)


def _own(request: ScopedRequest, line: InvoiceLine) -> bool:
    return any(request.scope.can(VIEW, unit, "D") for unit in (line.unit_id, line.beneficiary_id))


@require_safe
def invoice_pdf(request: ScopedRequest, pk: int) -> HttpResponse:
    """The document as the payer gets it. Only the creditor's people open the whole of a joint invoice."""
    mine = _invoices(request).filter(reading.printable(request.scope))
    found = get_object_or_404(with_documents_data(mine), pk=pk)
    log_download(actor=request.user, party_id=found.payer_id, unit_id=found.creditor_id, subject=str(found))
    return pdf_response(found)


def pdf_response(found: Invoice) -> HttpResponse:
    """The PDF of an invoice as an answer; a document that cannot be printed tells why instead of breaking."""
    document = document_of(found)
    try:
        content = pdf(document)
    except DocumentError as error:
        return HttpResponse(_("The invoice cannot be printed: %(why)s") % {"why": error}, status=409)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{file_name(document)}"'
    return response


@require_POST
def documents(request: ScopedRequest) -> HttpResponse:
    """The PDFs of the list as it is filtered, as one file or a ZIP: a job, whose page is shown next."""
    invoices = _invoices(request).filter(reading.printable(request.scope))
    form = "zip" if request.POST.get("form") == "zip" else "pdf"
    invoices = _narrowed(invoices, QueryDict(request.POST.get("query", "")))
    order = ("payer_sort_key", "-year", "-number", "pk")
    keys = list(invoices.order_by(*order).values_list("pk", flat=True)[: MOST_DOCUMENTS + 1])
    if not keys:
        raise Http404
    limited = _limited() if len(keys) > MOST_DOCUMENTS else ""
    keys = keys[:MOST_DOCUMENTS]
    job = enqueue(
        kind=DOCUMENTS_JOB,
        title=_("PDF invoices"),
        owner=request.user,
        params={"invoices": keys, "form": form, "name": f"laskut-{clock.today():%Y%m%d}"},
        needs="billing.view",
        units=Invoice.objects.filter(pk__in=keys).order_by().values_list("creditor_id", flat=True).distinct(),
        total=len(keys),
        detail=limited,
        dedupe_key=_dedupe_key(request.user.pk, form, request.POST.get("query", "")),
    )
    if limited:
        messages.warning(request, limited)
    log_download(actor=request.user, count=len(keys), subject=_("Invoices"))
    for found in Invoice.objects.filter(pk__in=keys, payer__non_disclosure=True).order_by("pk"):
        log_download(
            actor=request.user, party_id=found.payer_id, unit_id=found.creditor_id, subject=str(found)
        )
    return redirect("office:job", job.pk)


def _limited() -> str:
    number = format_number(MOST_DOCUMENTS, get_language() or "fi")
    return _("Only the first %(n)s invoices come into the file. Narrow the list to get the others.") % {
        "n": number
    }


def _dedupe_key(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _narrowed(invoices: InvoiceQuerySet, query: QueryDict) -> InvoiceQuerySet:
    """The invoices of the list as it is filtered in the address."""
    wanted = InvoiceFilter(query).wanted
    return reading.filtered(
        invoices=invoices,
        on=clock.today(),
        state=wanted.get("state", ""),
        text=wanted.get("q", ""),
        year=wanted.get("year"),
        age=query.get("age", ""),
        run=wanted.get("ajo"),
    )


@require_safe
def payer(request: ScopedRequest, pk: int) -> HttpResponse:
    """A payer's account: every entry of the creditors in reach, with the balance after each."""
    if not request.scope.can(VIEW, classes="D"):
        raise Http404
    party = get_object_or_404(Party, pk=merged.survivor_of(pk) or pk)
    entries = LedgerEntry.objects.visible_to(request.scope).filter(payer__in=merged.entries(party.pk))
    invoices = _invoices(request).of_payer(party.pk)
    if not invoices.exists() and not entries.exists():
        raise Http404
    if party.pk != pk:
        return redirect("office:payer", party.pk)
    page = keyset.from_query(
        entries.select_related("invoice", "creditor"), request.GET, order=["-on", "-pk"], size=ENTRIES
    )
    newest = list(invoices.with_states().order_by("-invoice_date", "-pk")[: NEWEST + 1])
    log_view(actor=request.user, party_id=pk, classes="D", subject=str(party))
    context = {
        "party": party,
        "rows": reading.account(entries=entries, shown=page.rows),
        "balance": entries.aggregate(total=Sum("amount"))["total"],
        "page": page,
        "invoices": _with_state(newest[:NEWEST]),
        "all_url": f"{reverse('office:billing')}?{urlencode({'q': party.number})}" if newest[NEWEST:] else "",
        "credits": reading.credits_of(entries=entries, payer_id=pk),
        "may_book": request.scope.can(BOOK),
        "member_url": _member_url(request, pk),
        "today": clock.today(),
        "crumbs": [(_("Invoicing"), reverse("office:billing"))],
    }
    return render(request, "office/billing/payer.html", context)


def _member_url(request: ScopedRequest, pk: int) -> str:
    seen = Party.objects.visible_to(request.scope).filter(pk=pk).exists()
    return reverse("office:member", args=[pk]) if seen else ""


def _with_state(invoices: Any, on: date | None = None) -> list[tuple[Invoice, str]]:
    today = on or clock.today()
    return [(item, item.state_on(today)) for item in invoices]
