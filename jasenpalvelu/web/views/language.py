"""The language switch in every frame."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.encoding import iri_to_uri
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from jasenpalvelu.accounts.services.language import UnknownLanguage, set_language

YEAR = 60 * 60 * 24 * 365


@login_not_required
@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Keep the language in the account of who is logged in, and in a cookie for the visits before logging in."""
    code = request.POST.get("language", "")
    try:
        set_language(request.user if request.user.is_authenticated else None, code)
    except UnknownLanguage:
        raise Http404 from None
    response = HttpResponseRedirect(_local(request.POST.get("next", "")) or reverse("front"))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
        httponly=True,
    )
    return response


def _local(back: str) -> str:
    """A path of this service, never another host and never the name of a view; "" when it is not one."""
    try:
        safe = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
        return iri_to_uri(back) if safe else ""
    except ValueError:
        return ""
