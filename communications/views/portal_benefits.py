"""Benefits on the member's own pages: near first, how each is used, a code for the till (COM-9)."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from communications import content_pages as pages
from communications.benefit_reading import is_near, nearest_first
from communications.models import Benefit, BenefitCode, Redemption
from communications.models.benefits import CODE_LIVES
from communications.services import redeeming
from jasenpalvelu.common import clock
from jasenpalvelu.common.reference import municipality_name
from members.requests import ScopedRequest

LISTED = 500


@require_safe
def index(request: ScopedRequest) -> HttpResponse:
    """Those near the member, or all of them."""
    reader = pages.reader_or_404(request)
    rows = Benefit.objects.for_reader(reader).select_related("partner")
    found = nearest_first(rows.order_by("pk")[:LISTED], reader)
    everywhere = request.GET.get("alue") == "kaikki"
    near = [benefit for benefit in found if is_near(benefit, reader)]
    context = {
        "benefits": found if everywhere else near,
        "everywhere": everywhere,
        "others": len(found) - len(near),
        "place": municipality_name(reader.municipality, get_language() or "fi")
        if reader.municipality
        else "",
    }
    return render(request, "portal/benefits/index.html", context)


@never_cache
@require_safe
def benefit(request: ScopedRequest, pk: int) -> HttpResponse:
    reader = pages.reader_or_404(request)
    found = get_object_or_404(Benefit.objects.for_reader(reader).select_related("partner"), pk=pk)
    code = None
    if found.use == "card":
        fresh = BenefitCode.objects.filter(party=reader.party_id, made_at__gt=clock.now() - CODE_LIVES)
        code = fresh.order_by("-made_at").first()
    context = {
        "it": found,
        "places": [municipality_name(place, get_language() or "fi") for place in found.municipalities],
        "code": code,
        "until": code.made_at + CODE_LIVES if code else None,
        "used": found.single_use and Redemption.objects.filter(benefit=found, party=reader.party_id).exists(),
        "trail": [(_("Benefits"), reverse("portal:benefits"))],
    }
    return render(request, "portal/benefits/benefit.html", context)


@require_safe
def partner(request: ScopedRequest, pk: int) -> HttpResponse:
    """A partner with what it gives to this member; one that gives nothing does not exist for them."""
    reader = pages.reader_or_404(request)
    rows = Benefit.objects.for_reader(reader).filter(partner=pk).select_related("partner")
    found = nearest_first(rows.order_by("pk"), reader)
    if not found:
        raise Http404
    context = {
        "it": found[0].partner,
        "benefits": found,
        "trail": [(_("Benefits"), reverse("portal:benefits"))],
    }
    return render(request, "portal/benefits/partner.html", context)


@require_POST
def code(request: ScopedRequest, pk: int) -> HttpResponse:
    reader = pages.reader_or_404(request)
    get_object_or_404(Benefit.objects.for_reader(reader).filter(use="card"), pk=pk)
    made = redeeming.make_code(party_id=reader.party_id, on=clock.today(), at=clock.now())
    if made is None:
        messages.error(request, _("Your card is not valid now, so there is no code. Ask your association."))
    return redirect("portal:benefit", pk)
