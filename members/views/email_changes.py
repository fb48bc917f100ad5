"""A change of the address of somebody with a post: asked for again, decided by the old address, told at the next login."""

from __future__ import annotations

from typing import Any

from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from jasenpalvelu.accounts.services.mfa import confirmed_recently
from jasenpalvelu.common import clock, feedback
from members.models import EmailChange, Party
from members.requests import ScopedRequest
from members.services import emails

STOP, CONFIRM = "pysayta", "vahvista"


# --- asking for one, in a form ----------------------------------------------------------------------------------------
def ask_again(request: ScopedRequest, party: Party, now: dict[str, Any], changes: dict[str, Any]) -> None:
    """Whoever changes the address of somebody with a post says once more who one is."""
    changed = changes.get("email", now["email"]) != now["email"]
    if changed and emails.is_guarded(party.pk, clock.today()) and not confirmed_recently(request):
        raise ReauthenticationRequired


def beyond_text() -> str:
    return _(
        "This person has a post that reaches further than yours. Somebody with the same rights changes the address."
    )


def tell_waiting(request: HttpRequest, party: Party, changes: dict[str, Any]) -> None:
    if "email" in changes and any(change.use == "contact" for change in emails.waiting(party.pk)):
        messages.info(
            request,
            _("The new e-mail address waits for a week: the person has a post and is told of the change."),
        )


# --- deciding -------------------------------------------------------------------------------------------------------
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, token: str) -> HttpResponse:
    """Opened from the message to the old address. Nobody needs to log in to stop a theft. Looking decides nothing."""
    change = emails.by_token(token)
    if change is None:
        raise Http404
    if request.method == "POST" and request.POST.get("paatos") in {STOP, CONFIRM}:
        actor = request.user if request.user.is_authenticated else None
        if request.POST["paatos"] == STOP:
            emails.stop(change=change, actor=actor)
        else:
            emails.confirm(change=change, actor=actor, on=clock.today())
        return redirect("public:email_change", token)
    return render(request, "public/email_change.html", {"change": change, "is_own": _is_own(request, change)})


def _is_own(request: HttpRequest, change: EmailChange) -> bool:
    return change.asked_by_id is not None and change.asked_by_id == request.user.pk


@require_POST
def stop_own(request: ScopedRequest, pk: int) -> HttpResponse:
    """From the notice on one's home page."""
    change = _own(request, pk)
    if emails.stop(change=change, actor=request.user):
        feedback.done(
            request,
            _(
                "The change of the e-mail address was stopped. If you did not ask for it, tell your association."
            ),
        )
    return redirect("front")


@require_POST
def seen(request: ScopedRequest) -> HttpResponse:
    """The person has read what was changed."""
    if request.scope.party_id is None:
        raise Http404
    emails.seen(party_id=request.scope.party_id)
    return redirect("front")


def _own(request: ScopedRequest, pk: int) -> EmailChange:
    own = request.scope.party_id
    change = EmailChange.objects.select_related("party").filter(pk=pk, party_id=own).first() if own else None
    if change is None:
        raise Http404
    return change
