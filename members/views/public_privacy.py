"""The privacy notice of an association, for everybody (GDPR articles 13 and 14; REG-14)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from jasenpalvelu.common import clock
from members.models import OrgUnit
from members.personal import notice as notices
from members.requests import ScopedRequest
from members.views.finding import language

# Laying out a paper costs half a second, and anybody may ask for it.
KEPT_SECONDS = 600


def _unit(slug: str) -> OrgUnit:
    return get_object_or_404(OrgUnit.objects.on(clock.today()).filter(kind__has_members=True), slug=slug)


@login_not_required
@require_safe
def notice(request: ScopedRequest, slug: str) -> HttpResponse:
    """Made anew each time from what the service does: maps of columns, holds, posts."""
    unit = _unit(slug)
    context = {"unit": unit, "sections": notices.sections(unit, clock.today())}
    return render(request, "public/privacy/notice.html", context)


@login_not_required
@require_safe
def notice_pdf(request: ScopedRequest, slug: str) -> HttpResponse:
    unit = _unit(slug)
    key = f"notice:{unit.pk}:{language()}:{clock.today():%Y%m%d}"
    data: bytes | None = cache.get(key)
    if data is None:
        data = notices.pdf(unit, on=clock.today(), language=language())
        cache.set(key, data, KEPT_SECONDS)
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="tietosuojaseloste-{unit.slug}.pdf"'
    return response
