"""The operators' site: superusers only, and only in a session that passed a second factor."""

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.accounts.services.mfa import has_second_factor, passed_second_factor


class MaintenanceSite(AdminSite):
    site_header = _("Jäsenpalvelu maintenance")
    site_title = _("Maintenance")
    index_title = _("Maintenance")
    site_url = "/"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return bool(user.is_active and user.is_staff and user.is_superuser and passed_second_factor(request))

    def login(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """There is one login in the service; someone already in is asked for what is missing."""
        target = request.GET.get("next") or request.path
        if not request.user.is_authenticated:
            return redirect_to_login(target)
        if not (request.user.is_staff and request.user.is_superuser):
            return HttpResponse(
                _("This site is for the operators only."), status=403, content_type="text/plain"
            )
        if not has_second_factor(request.user):
            return redirect("mfa_index")
        return redirect_to_login(target, login_url="mfa_reauthenticate")

    def logout(  # type: ignore[override]  # the site itself only needs an answer
        self, request: HttpRequest, extra_context: dict | None = None
    ) -> HttpResponse:
        return redirect("account_logout")
