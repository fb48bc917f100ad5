"""The door: staff to their work, members to their pages, everyone else to what the service is."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from jasenpalvelu.web.navigation import address
from members.requests import ScopedRequest


@login_not_required
@require_safe
def front(request: ScopedRequest) -> HttpResponse:
    """A person who is logged in has one home; a visitor sees the front page."""
    if request.user.is_authenticated:
        home = address("office:home") if request.scope.is_staff else address("portal:home")
        if home:
            return redirect(home)
    return render(request, "public/front.html", {"join_url": address("public:join_index")})


@login_not_required
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The statement that the act on digital services asks for (laki digitaalisten palvelujen tarjoamisesta 306/2019, 3 luku)."""
    return render(request, "public/accessibility.html")


@login_not_required
@require_safe
def sources(request: HttpRequest) -> HttpResponse:
    """Where the packaged open data comes from, as its licences ask."""
    return render(request, "public/sources.html")
