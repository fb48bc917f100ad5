"""What does this person see? For those who give posts, without becoming that person (REG-12)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from jasenpalvelu.audit.services import log_view
from jasenpalvelu.common import clock
from jasenpalvelu.web import navigation
from members import rights_reading, sight
from members.models import Mandate
from members.models.mandates import Capability
from members.requests import ScopedRequest
from members.rights_reading import GRANT
from members.scope import Scope


@require_safe
def sees(request: ScopedRequest, pk: int) -> HttpResponse:
    """Units and field classes, pages of the navigation, and a member as the holder of the post would see it. Logged."""
    today = clock.today()
    rows = Mandate.objects.visible_to(request.scope, GRANT).not_over(today)
    mandate = get_object_or_404(rights_reading.with_facts(rows, today), pk=pk)
    seen = sight.sight_of(request.scope, mandate.party_id, on=today)
    sample = sight.sample(request.scope, seen.scope, on=today, language=get_language() or "fi")
    log_view(
        actor=request.user,
        party_id=mandate.party_id,
        unit_id=mandate.unit_id,
        classes="A",
        subject=_("What does this person see?"),
    )
    if sample is not None:
        subject = _("Example of what another person sees")
        log_view(actor=request.user, party_id=sample.party.pk, classes="AB", subject=subject)
    context = {
        "mandate": mandate,
        "seen": seen,
        "sample": sample,
        "places": _places(seen.scope),
        "capabilities": _capabilities(seen.scope),
        "missing": rights_reading.missing(mandate),
        "trail": [
            (_("Posts and roles"), reverse("office:rights")),
            (mandate.party.display_name, reverse("office:mandate", args=[pk])),
        ],
    }
    return render(request, "office/rights/sees.html", context)


def _places(scope: Scope) -> list[tuple[str, bool]]:
    """The pages of the office's navigation, and whether the person has each."""
    return [
        (
            str(place.label),
            scope.is_staff and (not place.needs or any(scope.can(need) for need in place.needs)),
        )
        for place in navigation.OFFICE
        if navigation.address(place.url_name)
    ]


def _capabilities(scope: Scope) -> list[tuple[str, int]]:
    """What the person may do, and in how many units."""
    found = [(capability, len(scope.unit_ids(capability))) for capability in Capability]
    return [(str(capability.label), count) for capability, count in found if count]
