"""Quick search: members, holdings and invoices on one page. A whole member number leads straight to the member."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from billing import quickfind as billing
from jasenpalvelu.common import clock
from members import quickfind as members
from members.requests import ScopedRequest
from members.searching import LONGEST_QUERY, terms

FINDERS = (members.members, members.holdings, billing.invoices)


@require_safe
def search(request: ScopedRequest) -> HttpResponse:
    if not request.scope.is_staff:
        raise Http404
    text = request.GET.get("q", "").replace("\0", "")[:LONGEST_QUERY].strip()
    typing = bool(request.htmx)
    if not typing and (member := members.exact(request.scope, text)):
        return redirect("office:member", member.pk)
    long_enough = sum(map(len, terms(text))) >= members.SHORTEST
    found = [finder(request.scope, text, clock.today()) for finder in FINDERS] if long_enough else []
    sections = [section for section in found if section is not None and section.hits]
    context = {"text": text, "sections": sections, "searched": long_enough}
    return render(request, f"office/search.html{'#results' if typing else ''}", context)
