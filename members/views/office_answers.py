"""Telling a person without a login of the answer to a request: the letter, and how and when it was told (REG-14)."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from jasenpalvelu.audit.services import log_download
from jasenpalvelu.common import clock, feedback
from members.documents import request_letters
from members.models import DataRequest
from members.personal.rights import HANDLE
from members.requests import ScopedRequest
from members.services import data_requests
from members.services.data_requests import RequestError
from members.views.office_cards import pdf_answer
from members.views.office_privacy import request_or_404

HOW = {DataRequest.Told.LETTER, DataRequest.Told.EMAIL}


@require_safe
def letter(request: ScopedRequest, pk: int) -> HttpResponse:
    """The answer, or the reason of a longer time, as a letter; of somebody erased nobody knows any more whom it would be for."""
    row = request_or_404(request, pk)
    if not data_requests.is_to_tell(row) or row.erasures.exists():
        raise Http404
    addressed = request.scope.can(HANDLE, row.unit_id, "B")
    made = request_letters.pdf(row, row.answered_on or row.extended_on or clock.today(), addressed=addressed)
    log_download(
        actor=request.user,
        subject=_("Letter that answers a request"),
        party_id=row.party_id,
        unit_id=row.unit_id,
        classes="AB" if addressed else "A",
    )
    return pdf_answer(made, f"vastaus-{row.pk}")


@require_POST
def tell(request: ScopedRequest, pk: int, how: str) -> HttpResponse:
    """The letter was posted, or sent by e-mail."""
    row = request_or_404(request, pk)
    if how not in HOW:
        raise Http404
    try:
        data_requests.tell(actor=request.user, request=row, how=how, on=clock.today())
    except RequestError:
        feedback.done(request, _("It has been told already, or there is nothing to tell yet."))
    else:
        feedback.done(request, _("It was written down that the person has been told."))
    return redirect("office:privacy_request", pk)


@require_POST
def untell(request: ScopedRequest, pk: int) -> HttpResponse:
    """It was written down by mistake."""
    row = request_or_404(request, pk)
    try:
        data_requests.untell(actor=request.user, request=row)
    except RequestError:
        feedback.done(request, _("There is nothing to take back."))
    else:
        feedback.done(request, _("The person is still to be told."))
    return redirect("office:privacy_request", pk)
