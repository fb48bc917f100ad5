"""One's own account: what it has, and where it is open."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.internal.flows.sessions import end_other_sessions, end_sessions
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from jasenpalvelu.accounts.devices import device_name
from jasenpalvelu.accounts.requests import OwnRequest
from jasenpalvelu.accounts.services.mfa import has_second_factor


@require_safe
def home(request: OwnRequest) -> HttpResponse:
    """Everything about logging in on one page, each with the way to change it."""
    factors = Authenticator.objects.filter(user=request.user)
    context = {
        "email": EmailAddress.objects.get_primary_email(request.user),
        "has_password": request.user.has_usable_password(),
        "has_second_factor": has_second_factor(request.user),
        "has_app": factors.filter(type=Authenticator.Type.TOTP).exists(),
        "passkeys": factors.filter(type=Authenticator.Type.WEBAUTHN).count(),
        "session_count": UserSession.objects.filter(user=request.user).count(),
    }
    return render(request, "account/home.html", context)


@require_safe
def sessions(request: OwnRequest) -> HttpResponse:
    """Browsers the account is open in, the newest first."""
    found = UserSession.objects.filter(user=request.user).order_by("-created_at", "-pk")
    rows = [
        {"session": session, "device": device_name(session.user_agent), "current": session.is_current()}
        for session in found
        if session.exists()
    ]
    return render(request, "usersessions/usersession_list.html", {"rows": rows})


@require_POST
def end_session(request: OwnRequest, pk: int) -> HttpResponse:
    session = UserSession.objects.filter(user=request.user, pk=pk).first()
    if session is None:
        raise Http404
    end_sessions(request, [session])
    messages.success(request, _("The device was logged out."))
    return redirect("usersessions_list")


@require_POST
def end_others(request: OwnRequest) -> HttpResponse:
    end_other_sessions(request, request.user)
    messages.success(request, _("The other devices were logged out."))
    return redirect("usersessions_list")
