"""A member's own look at the list of members: the right of the Associations Act 503/1989, section 11 (REG-6).

The Act says that a member must on request be given an opportunity to look at names and home municipalities, and leaves the
way to the association. Where its rules open the list on the member's own pages, it is there; elsewhere the page tells
whom to ask. Nothing is handed out as a file either way, and each look is written in the access log.
"""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from jasenpalvelu.audit.services import log_view
from jasenpalvelu.common import clock
from jasenpalvelu.common.dates import format_date
from members.models import Membership, OrgUnit, UnitRules
from members.models.units import Inspection
from members.requests import ScopedRequest
from members.roll import Roll, counted
from members.views.finding import language
from members.views.limits import too_often

# Looking through a list is one thing, gathering it page by page by a program another.
PAGES_AN_HOUR = 240


@require_safe
def roll(request: ScopedRequest, unit_pk: int) -> HttpResponse:
    """Today's list of an association one belongs to; of any other association there is none."""
    if request.scope.party_id is None:
        raise Http404
    today = clock.today()
    mine = Membership.objects.in_force(today).filter(party_id=request.scope.party_id)
    unit = get_object_or_404(OrgUnit, pk=unit_pk, pk__in=mine.values("unit_id"))
    rules = UnitRules.objects.for_unit(unit.pk, today)
    opened = rules is not None and rules.list_inspection == Inspection.PORTAL
    context = {"unit": unit, "opened": opened, "crumbs": [(_("My details"), reverse("portal:details"))]}
    if not opened:
        return render(request, "portal/roll.html", context)
    if too_often(
        request, "roll", key=str(request.user.pk), per_key=PAGES_AN_HOUR, per_address=4 * PAGES_AN_HOUR
    ):
        return render(request, "429.html", status=429)
    found = Roll(unit.pk, today, today, language())
    page = found.page(request.GET)
    log_view(
        actor=request.user,
        unit_id=unit.pk,
        classes="A",
        count=len(page.rows),
        subject=_("List of members as of %(day)s") % {"day": format_date(today)},
        reason=_("A member's own look (Associations Act, section 11)"),
    )
    return render(request, "portal/roll.html", context | {"page": page, "count": counted(found), "on": today})
