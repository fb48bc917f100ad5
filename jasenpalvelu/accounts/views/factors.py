"""Setting up and removing second factors."""

from typing import Any

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.mfa.webauthn.internal import auth
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from jasenpalvelu.accounts.requests import OwnRequest
from jasenpalvelu.accounts.services.mfa import (
    drop_standing_without_factor,
    record_new_factor,
    unused_recovery_codes,
)


class ActivateAppView(totp.ActivateTOTPView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        secret = context["form"].secret
        context["secret_groups"] = [secret[i : i + 4] for i in range(0, len(secret), 4)]
        return context

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        totp_factor = Authenticator.objects.get(user=self.request.user, type=Authenticator.Type.TOTP)
        record_new_factor(self.request, totp_factor)
        return response


class DeactivateAppView(totp.DeactivateTOTPView):
    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        drop_standing_without_factor(self.request)
        return response


class AddPasskeyView(webauthn.AddWebAuthnView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["options"] = auth.begin_registration(self.request.user, passwordless=True)
        return context

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        newest = Authenticator.objects.filter(
            user=self.request.user, type=Authenticator.Type.WEBAUTHN
        ).latest("pk")
        record_new_factor(self.request, newest)
        return response


class RemovePasskeyView(webauthn.RemoveWebAuthnView):
    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        drop_standing_without_factor(self.request)
        return response


@require_safe
def recovery_codes(request: OwnRequest) -> HttpResponse:
    """The codes not used yet. Looking at them changes nothing."""
    context = {"codes": unused_recovery_codes(request.user), "total": app_settings.RECOVERY_CODE_COUNT}
    if context["codes"] is None:
        return redirect("mfa_index")
    return render(request, "mfa/recovery_codes/index.html", context)


@require_safe
def download_recovery_codes(request: OwnRequest) -> HttpResponse:
    codes = unused_recovery_codes(request.user)
    if not codes:
        raise Http404
    answer = render(
        request, "mfa/recovery_codes/download.txt", {"codes": codes}, content_type="text/plain; charset=utf-8"
    )
    name = _("recovery-codes")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.txt"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


activate_app = ActivateAppView.as_view()
deactivate_app = DeactivateAppView.as_view()
add_passkey = AddPasskeyView.as_view()
remove_passkey = RemovePasskeyView.as_view()
