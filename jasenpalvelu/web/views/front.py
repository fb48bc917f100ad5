"""The door: staff to their work, members to their pages, everyone else to what the service is."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from jasenpalvelu.web import navigation
from members.requests import ScopedRequest


@login_not_required
@require_safe
def front(request: ScopedRequest) -> HttpResponse:
    """A person who is logged in has one home; a visitor sees the front page."""
    if request.user.is_authenticated and (home := _home(request)):
        return redirect(home)
    context = {
        "join_url": navigation.address("public:join_index"),
        "announcements_url": navigation.address("public:announcements"),
    }
    return render(request, "public/front.html", context)


def _home(request: ScopedRequest) -> str:
    """Staff: the first place they may see. Everyone else: their own pages."""
    if request.scope.is_staff:
        places = navigation.items(request, navigation.OFFICE, allowed=request.scope.can)
        return places[0].url if places else ""
    return navigation.address("portal:home")


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
