"""What every answer carries, and the second factor demanded from everyone with a mandate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from jasenpalvelu.accounts.services.mfa import has_second_factor, passed_second_factor
from jasenpalvelu.accounts.urls import NAMES as ACCOUNT_PAGES
from jasenpalvelu.web import workqueue
from members.requests import ScopedRequest

PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "autoplay",
        "browsing-topics",
        "camera",
        "display-capture",
        "encrypted-media",
        "fullscreen",
        "geolocation",
        "gyroscope",
        "hid",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "serial",
        "usb",
        "xr-spatial-tracking",
    )
)
# A passkey is used and made by these pages only, never by a frame.
PERMISSIONS_POLICY += ", publickey-credentials-create=(self), publickey-credentials-get=(self)"
LEAVING = "account_logout"


class PrivacyHeadersMiddleware:
    """No device features, no sharing with other origins, and nothing personal left in a shared cache or after logging out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            response.headers.setdefault("Cache-Control", "private, no-cache")
        match = request.resolver_match
        if request.method == "POST" and match is not None and match.url_name == LEAVING:
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response


class MfaPolicyMiddleware:
    """A mandate opens nothing before its holder has passed a second factor in this session (REG-12, PLA-5).

    Open stay the pages of one's own account, where the factor is set up, and pages that need no login. Whoever has no factor
    is sent to set one up; whoever has one but has not used it in this session is asked for it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: ScopedRequest, view: Callable[..., Any], args: tuple, kwargs: dict
    ) -> HttpResponse | None:
        if not request.user.is_authenticated or not getattr(view, "login_required", True):
            return None
        match = request.resolver_match
        if match is not None and not match.namespaces and match.url_name in ACCOUNT_PAGES:
            return None
        if not request.scope.requires_mfa or passed_second_factor(request):
            return None
        return _ask_second_factor(request)


class FreshNumbersMiddleware:
    """After an act the numbers in the navigation are counted anew, so that they never lag behind what one just did."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method == "POST" and request.user.is_authenticated:
            workqueue.forget(request.user.pk)
        return response


def _ask_second_factor(request: ScopedRequest) -> HttpResponse:
    setup = not has_second_factor(request.user)
    if "json" in request.headers.get("Accept", "").split(",")[0]:
        return JsonResponse({"detail": _("A second factor is required.")}, status=403)
    here = (
        request.get_full_path() if request.method == "GET" and not request.headers.get("HX-Request") else "/"
    )
    response = redirect_to_login(here, login_url="mfa_index" if setup else "mfa_reauthenticate")
    if request.headers.get("HX-Request"):
        headers = {"HX-Redirect": response.headers["Location"]}
        return HttpResponse(status=204, headers=headers)
    return response if request.method == "GET" else redirect(response.headers["Location"])
