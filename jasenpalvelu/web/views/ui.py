"""The living page of components: every part of the interface in all its states, with invented texts."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from jasenpalvelu.web import showcase
from members.requests import ScopedRequest


@login_not_required
@require_safe
def components(request: ScopedRequest) -> HttpResponse:
    """Open where the service is tried out; in production for staff only."""
    if not (settings.DEBUG or settings.EMBEDDED or request.scope.is_staff):
        raise Http404
    return render(request, "ui/components.html", showcase.content(request))
