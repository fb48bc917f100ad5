"""Documents of an issued run for printing: volumes to download, made again when asked; one invoice cut out of its volume."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from billing import permissions, reading
from billing.documents.layout import file_name
from billing.models import Invoice, InvoiceRun
from billing.models.runs import RunState
from billing.printing import documents_of_run
from billing.services import volumes
from billing.services.documents import document_of, with_documents_data
from billing.services.preparing import RunError
from billing.views.office_desk import pdf_response
from billing.views.office_runs import error_text, find, trail
from billing.wording import title_text
from jasenpalvelu.audit.services import log_download
from jasenpalvelu.common.joining import safe_name
from members.requests import ScopedRequest


@require_safe
def run_documents(request: ScopedRequest, pk: int) -> HttpResponse:
    """The volumes of a run, how far making them is, and which invoices cannot be printed."""
    run = _issued(request, pk)
    refused = volumes.refused(run)
    context = {
        "run": run,
        "documents": documents_of_run(run),
        "refused": Invoice.objects.visible_to(request.scope).filter(pk__in=refused).order_by("number")[:50],
        "refused_count": len(refused),
        "kept_days": volumes.KEPT.days,
        "trail": trail(run=run),
    }
    return render(request, "office/billing/runs/documents.html", context)


@require_POST
def make_run_documents(request: ScopedRequest, pk: int) -> HttpResponse:
    """Make what is missing, or all of them anew."""
    run = _issued(request, pk)
    try:
        job = volumes.order(run=run, actor=request.user, again=request.POST.get("what") == "all")
    except RunError as error:
        messages.error(request, error_text(error))
        return redirect("office:run", run.pk)
    return redirect("office:job", job.pk)


@require_safe
def run_volume(request: ScopedRequest, pk: int, number: int) -> HttpResponseBase:
    """One volume as a file. It holds addresses of people with a non-disclosure order: only for those who send the invoices."""
    run = _issued(request, pk)
    volume = get_object_or_404(run.volumes.exclude(made_at=None), number=number)
    try:
        file = volume.content.open()
    except (FileNotFoundError, ValueError):
        raise Http404 from None
    name = safe_name(f"{title_text(run.title)} {volume.number}.pdf")
    _log(request, volume.invoices, f"{run.title} {volume.number}")
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/pdf")


@require_safe
def invoice_sheet(request: ScopedRequest, pk: int) -> HttpResponse:
    """The invoice as it was printed, cut out of its volume; without one, as the payer gets it."""
    seen = Invoice.objects.visible_to(request.scope).filter(reading.printable(request.scope))
    found = get_object_or_404(with_documents_data(seen), pk=pk)
    log_download(actor=request.user, party_id=found.payer_id, unit_id=found.creditor_id, subject=str(found))
    content = volumes.page_of(found)
    if content is None:
        return pdf_response(found)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{file_name(document_of(found))}"'
    return response


def _issued(request: ScopedRequest, pk: int) -> InvoiceRun:
    run = find(request, pk, permissions.RUN)
    if run.state != RunState.ISSUED:
        raise Http404
    return run


def _log(request: ScopedRequest, keys: Iterable[int], subject: str) -> None:
    keys = list(keys)
    log_download(actor=request.user, count=len(keys), subject=subject)
    for found in Invoice.objects.filter(pk__in=keys, payer__non_disclosure=True).order_by("pk"):
        log_download(
            actor=request.user, party_id=found.payer_id, unit_id=found.creditor_id, subject=str(found)
        )
