"""Members whom two associations brought in without seeing each other's: for those who see both (REG-10)."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from jasenpalvelu.audit.services import log_view
from jasenpalvelu.common import clock, feedback, keyset
from members import reading
from members.importing.wording import REASONS
from members.models import DuplicatePair, Membership, Party
from members.requests import ScopedRequest
from members.services import pairing
from members.states import OPEN
from members.views.finding import language
from members.views.wording import period_text


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
    context = {
        "page": page,
        "pairs": _told(request, page.rows),
        "trail": [(_("Import"), reverse("office:imports"))],
    }
    return render(request, "office/import/pairs.html", context)


@dataclass(frozen=True)
class Side:
    """One of the two, with what tells them apart: where a member and since when, and from which municipality."""

    party: Party
    place: str
    memberships: list[tuple[Membership, str]]


def _told(request: ScopedRequest, rows: list[DuplicatePair]) -> list[tuple[DuplicatePair, str, list[Side]]]:
    parties = [party for pair in rows for party in (pair.one, pair.other)]
    of_party: dict[int, list[tuple[Membership, str]]] = {}
    seen = Membership.objects.visible_to(request.scope).filter(party__in=parties, state__in=OPEN)
    for membership in seen.select_related("unit", "type").order_by("started_on", "pk"):
        of_party.setdefault(membership.party_id, []).append((membership, period_text(membership)))
    return [
        (
            pair,
            ", ".join(str(REASONS.get(code, code)) for code in pair.reasons),
            [_side(party, of_party.get(party.pk, [])) for party in (pair.one, pair.other)],
        )
        for pair in rows
    ]


def _side(party: Party, memberships: list[tuple[Membership, str]]) -> Side:
    """Nobody under a non-disclosure order is in a pair when it is found; one whose order came later tells no place."""
    return Side(
        party, "" if party.non_disclosure else reading.municipality_text(party, language()), memberships
    )


@require_POST
def different(request: ScopedRequest, pk: int) -> HttpResponse:
    rows = DuplicatePair.objects.visible_to(request.scope).select_related("one", "other")
    pair = get_object_or_404(rows, pk=pk)
    pairing.decide_different(actor=request.user, pair=pair, at=clock.now())
    feedback.done(request, _("Noted: they are two members."))
    return redirect("office:pairs")
