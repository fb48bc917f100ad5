"""Data protection in the office: the register of requests with its deadlines, answers, receipts of erasures (REG-14)."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jasenpalvelu.common import clock, feedback, keyset
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.parts import Tab
from members.forms.data_requests import AnswerForm, ExtendForm
from members.models import DataRequest, Erasure
from members.models.data_requests import EXTENDED_TO, RequestKind
from members.models.marks import MarkKind
from members.personal.rights import CLASSES, HANDLE
from members.requests import ScopedRequest
from members.services import data_requests
from members.services.data_requests import RequestError
from members.views import request_wording as wording

DUE_LAST = ["due_on", "pk"]


def _trail() -> list[tuple[str, str]]:
    return [(_("Data protection"), reverse("office:privacy"))]


@require_safe
def index(request: ScopedRequest) -> HttpResponse:
    """What waits for an answer, the first due first; or everything, the newest first."""
    if not request.scope.can(HANDLE):
        raise Http404
    everything = request.GET.get("nayta") == "kaikki"
    rows = DataRequest.objects.visible_to(request.scope).select_related("party", "unit", "handled_by")
    if everything:
        page = keyset.from_query(rows, request.GET, order=["-pk"])
    else:
        page = keyset.from_query(rows.waiting(), request.GET, order=DUE_LAST)
    here, on, unit = reverse("office:privacy"), clock.today(), request.scope.unit
    keeps = unit is not None and request.scope.can(HANDLE, unit.pk, CLASSES)
    context = {
        "page": page,
        "rows": [(row, wording.state_chip(row, on), wording.due_text(row, on)) for row in page.rows],
        "everything": everything,
        "keeps": keeps,
        "has_texts": keeps and unit is not None and (unit.kind.has_members or unit.kind.level == 0),
        "tabs": [
            Tab(_("Waiting"), here, current=not everything),
            Tab(_("All requests"), f"{here}?nayta=kaikki", current=everything),
        ],
        "tabs_label": _("Requests about one's data"),
    }
    return render(request, "office/privacy/requests.html", context)


def request_or_404(request: ScopedRequest, pk: int) -> DataRequest:
    rows = DataRequest.objects.visible_to(request.scope).select_related("party", "unit", "handled_by")
    return get_object_or_404(rows, pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: ScopedRequest, pk: int) -> HttpResponse:
    """One request: what is asked, until when, and the answer."""
    row = request_or_404(request, pk)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            row = data_requests.answer(
                actor=request.user,
                request=row,
                state=form.cleaned_data["state"],
                text=form.cleaned_data["answer"],
                on=clock.today(),
            )
        except RequestError:
            feedback.done(request, _("It has been answered already."))
        else:
            undo = reverse("office:privacy_reopen", args=[pk])
            feedback.done(request, _saved(row), undo=undo)
        return redirect("office:privacy_request", pk)
    on = clock.today()
    context = {
        "row": row,
        "chip": wording.state_chip(row, on),
        "due": wording.due_text(row, on),
        "form": form,
        "may_extend": data_requests.may_extend(row, on),
        "is_erasure": row.kind == RequestKind.ERASURE,
        "is_mark": row.kind in MarkKind.values,
        "is_access": row.kind == RequestKind.ACCESS,
        "erasures": list(row.erasures.order_by("pk")),
        "to_tell": data_requests.is_to_tell(row)
        and not row.told_on
        and not data_requests.reads_own_pages(row),
        "may_untell": row.told_on and row.told_how != DataRequest.Told.PORTAL,
        "trail": _trail(),
    }
    return render(request, "office/privacy/request.html", context)


def _saved(row: DataRequest) -> str:
    if row.told_how == DataRequest.Told.PORTAL:
        return _("The answer was saved. The person sees it on their own pages.")
    return _("The answer was saved. Tell it to the person by letter or by e-mail.")


@require_http_methods(["GET", "HEAD", "POST"])
def extend(request: ScopedRequest, pk: int) -> HttpResponse:
    """Two months more, once, with the reason that the person is told."""
    row = request_or_404(request, pk)
    if not data_requests.may_extend(row, clock.today()):
        return redirect("office:privacy_request", pk)
    form = ExtendForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            row = data_requests.extend(
                actor=request.user, request=row, reason=form.cleaned_data["reason"], on=clock.today()
            )
        except RequestError:
            feedback.done(request, _("It has been answered already."))
        else:
            feedback.done(request, _extended(row))
        return redirect("office:privacy_request", pk)
    context = {
        "row": row,
        "form": form,
        "until": format_date(row.received_on + EXTENDED_TO),
        "trail": [*_trail(), (str(row.party), reverse("office:privacy_request", args=[pk]))],
    }
    return render(request, "office/privacy/extend.html", context)


def _extended(row: DataRequest) -> str:
    if row.told_how == DataRequest.Told.PORTAL:
        return _("There is more time now. The person sees the reason.")
    return _("There is more time now. Tell the reason to the person by letter or by e-mail.")


@require_POST
def reopen(request: ScopedRequest, pk: int) -> HttpResponse:
    """The answer is taken back, and the request waits again."""
    row = request_or_404(request, pk)
    try:
        if row.erasures.exists():
            raise RequestError("closed")
        data_requests.reopen(actor=request.user, request=row)
    except RequestError:
        feedback.done(request, _("The answer cannot be taken back."))
    else:
        feedback.done(request, _("The request waits for an answer again."))
    return redirect("office:privacy_request", pk)


@require_safe
def erasure(request: ScopedRequest, pk: int) -> HttpResponse:
    """The receipt of an erasure: what went, what stayed and why."""
    rows = Erasure.objects.visible_to(request.scope).select_related("party", "actor", "request")
    row = get_object_or_404(rows, pk=pk)
    went, kept = wording.receipt(row)
    context = {
        "row": row,
        "gone": went,
        "stays": kept,
        "elsewhere": wording.elsewhere(),
        "trail": _trail(),
    }
    return render(request, "office/privacy/erasure.html", context)
