"""Inviting others to become members: each member's own links in the campaigns that go on (COM-10)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from communications import content_pages as pages
from communications.models import Campaign, CampaignJoin
from communications.services.campaigning import link_code
from jasenpalvelu.common import clock
from members.models import Membership
from members.requests import ScopedRequest


@require_safe
def invite(request: ScopedRequest) -> HttpResponse:
    """A link for each campaign and each association of one's own, and how many have applied by it: a number, no names."""
    reader = pages.reader_or_404(request)
    running = Campaign.objects.running(clock.today()).filter(recruits=True, unit__in=reader.above)
    memberships = Membership.objects.in_force(clock.today()).filter(party=reader.party_id)
    units = list({m.unit_id: m.unit for m in memberships.select_related("unit").order_by("pk")}.values())
    lines = []
    for campaign in running.select_related("unit").order_by("ends_on", "pk"):
        code = link_code(campaign, reader.party_id)
        joins = CampaignJoin.objects.filter(campaign=campaign, referrer=reader.party_id)
        links = [
            (unit, request.build_absolute_uri(f"{reverse('public:join', args=[unit.slug])}?kampanja={code}"))
            for unit in units
        ]
        lines.append({"campaign": campaign, "links": links, "count": joins.count()})
    return render(request, "portal/campaigns/invite.html", {"lines": lines})
