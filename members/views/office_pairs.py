"""Members whom two associations brought in without seeing each other's: for those who see both (REG-10)."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from jasenpalvelu.audit.services import log_view
from jasenpalvelu.common import clock, feedback, keyset
from members.importing.wording import REASONS
from members.models import DuplicatePair
from members.requests import ScopedRequest
from members.services import pairing


@require_safe
def pairs(request: ScopedRequest) -> HttpResponse:
    """The pairs nobody has decided yet, the oldest first."""
    if not request.scope.can("members.edit"):
        raise Http404
    rows = DuplicatePair.objects.visible_to(request.scope).waiting().select_related("one", "other", "unit")
    page = keyset.from_query(rows, request.GET, order=["pk"], size=20)
    if page.rows:
        log_view(
            actor=request.user,
            unit_id=None,
            classes="AB",
            count=len(page.rows),
            subject=_("Possibly the same member"),
        )
    found = [(pair, ", ".join(str(REASONS.get(code, code)) for code in pair.reasons)) for pair in page.rows]
    context = {"page": page, "pairs": found, "trail": [(_("Import"), reverse("office:imports"))]}
    return render(request, "office/import/pairs.html", context)


@require_POST
def different(request: ScopedRequest, pk: int) -> HttpResponse:
    rows = DuplicatePair.objects.visible_to(request.scope).select_related("one", "other")
    pair = get_object_or_404(rows, pk=pk)
    pairing.decide_different(actor=request.user, pair=pair, at=clock.now())
    feedback.done(request, _("Noted: they are two members."))
    return redirect("office:pairs")
