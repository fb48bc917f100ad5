"""Who can see me, and who has looked: for the member's own eyes (REG-11, REG-12)."""

from __future__ import annotations

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from jasenpalvelu.audit.models import AccessLog
from jasenpalvelu.common import clock, keyset
from members import seers as reading
from members.models import Membership, Party
from members.requests import ScopedRequest

SHOWN = 30


@require_safe
def seers(request: ScopedRequest) -> HttpResponse:
    """Everybody whose post reaches one's data, by name and role; and who has looked at them when. Reasons are not told: they
    may be about somebody else."""
    party_id = request.scope.party_id
    if party_id is None:
        raise Http404
    party, on = Party.objects.get(pk=party_id), clock.today()
    rows = list(Membership.objects.filter(party=party).order_by("pk"))
    present = frozenset(m.unit_id for m in rows if m.is_in_hand(on))
    past = frozenset(m.unit_id for m in rows) - present
    looks = (
        AccessLog.objects.filter(party_id=party.pk).filter(~Q(user=request.user.pk)).select_related("user")
    )
    page = keyset.from_query(looks, request.GET, order=["-id"], size=SHOWN)
    context = {
        "party": party,
        "people": reading.people_who_see(present, past, on),
        "page": page,
        "looks": [(row, reading.access_text(row)) for row in page.rows],
        "crumbs": [(_("My details"), reverse("portal:details"))],
    }
    return render(request, "portal/seers.html", context)
