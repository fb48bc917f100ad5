"""Pages before one is in: the address, the code, the password, and where there is no way in."""

from typing import Any

from allauth.account import views as base
from allauth.account.internal.flows.reauthentication import resume_request
from allauth.account.utils import get_next_redirect_url
from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from jasenpalvelu.accounts.adapters import REMEMBER_KEY
from jasenpalvelu.accounts.forms import ReauthenticateCodeForm
from jasenpalvelu.accounts.requests import OwnRequest
from jasenpalvelu.accounts.services import confirming, demo
from jasenpalvelu.accounts.views.next import join_url, passed_on


class CodeLoginView(base.RequestLoginCodeView):
    """The front door: an address to send the code to, a passkey, or the way to the password."""

    template_name = "account/login.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        password_url = passed_on(self.request, reverse("account_login_password"))
        return super().get_context_data(**kwargs) | {
            "password_url": password_url,
            "join_url": join_url(),
            "demo": demo.shown(),
        }


class ConfirmCodeView(base.ConfirmLoginCodeView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"demo": demo.shown()}

    def _verify_form_valid(self, form: Any) -> HttpResponse:
        self.request.session[REMEMBER_KEY] = form.cleaned_data["remember"]
        return super()._verify_form_valid(form)


class PasswordLoginView(base.LoginView):
    template_name = "account/login_password.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"demo": demo.shown()}


@login_not_required
def signup_closed(request: HttpRequest) -> HttpResponse:
    """There is nothing to sign up for here; the page tells where accounts come from."""
    return render(request, "account/signup_closed.html", {"join_url": join_url()})


@never_cache
@require_http_methods(["GET", "POST"])
def reauthenticate_code(request: OwnRequest) -> HttpResponseBase:
    """Confirming by an e-mailed code. Opening the page sends nothing; the button does."""
    form = ReauthenticateCodeForm(request.POST if "code" in request.POST else None)
    if request.method == "POST":
        limited = ratelimit.consume_or_429(request, action="reauthenticate", user=request.user)
        if limited:
            return limited
        if "code" not in request.POST:
            confirming.send_code(request, request.user)
            return redirect(passed_on(request, reverse("account_reauthenticate_code")))
        if form.is_valid():
            if confirming.enter_code(request, request.user, form.cleaned_data["code"].strip()):
                return resume_request(request) or redirect("account_security")
            form.add_error("code", base.get_adapter().error_messages["incorrect_code"])
    context = {
        "form": form,
        "waiting": confirming.is_waiting(request),
        "email": request.user.email,
        "next": get_next_redirect_url(request) or "",
    }
    return render(request, "account/reauthenticate_code.html", context)


login = CodeLoginView.as_view()
confirm_code = ConfirmCodeView.as_view()
login_password = PasswordLoginView.as_view()
