"""`request.scope`, built once per request and only when asked for."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from jasenpalvelu.common import clock
from members.merged import PartyJoined
from members.scope import Scope

CHOSEN_POST = "chosen_post"


class ScopeMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.scope = SimpleLazyObject(lambda: _scope(request))  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A page of an entry that has been joined to another one is the other one's page; what was sent to it is not done."""
        if not isinstance(exception, PartyJoined):
            return None
        if request.method in {"GET", "HEAD"} and request.resolver_match is not None:
            match = request.resolver_match
            return redirect(match.view_name, **{**match.kwargs, "pk": exception.goes_on})
        messages.warning(request, _("Nothing was saved: the member has been joined to this entry meanwhile."))
        return redirect("office:member", exception.goes_on)


def _scope(request: HttpRequest) -> Scope:
    return Scope.for_user(request.user, on=clock.today(), post_id=request.session.get(CHOSEN_POST))
