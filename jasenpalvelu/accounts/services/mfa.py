"""The second factor: does an account have one, and was it used in this session."""

import time
from typing import Any

from allauth.account.internal.flows.login import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    get_authentication_records,
    record_authentication,
)
from allauth.core.internal.httpkit import authenticated_user
from allauth.mfa.models import Authenticator
from allauth.usersessions.internal.flows.sessions import end_other_sessions
from django.conf import settings
from django.http import HttpRequest

from jasenpalvelu.accounts.models import User

SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_second_factor(user: User) -> bool:
    """Whether the account has an authenticator app or a passkey. Recovery codes alone do not count."""
    return Authenticator.objects.filter(user_id=user.pk, type__in=SECOND_FACTORS).exists()


def passed_second_factor(request: HttpRequest) -> bool:
    """Whether this session was opened, or later confirmed, with a second factor.

    Answered from the session alone, as it is asked on every page. A recovery code counts: it stands in for the lost device.
    """
    if not request.user.is_authenticated:
        return False
    return any(r.get("method") == "mfa" for r in get_authentication_records(request, request.user))


def unused_recovery_codes(user: User) -> list[str] | None:
    """The codes still good; None when the account has none at all."""
    kept = Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.RECOVERY_CODES).first()
    return kept.wrap().get_unused_codes() if kept else None


def record_new_factor(request: HttpRequest, authenticator: Authenticator) -> None:
    """Setting up a factor proved it is at hand, so the session has passed it and is not asked again at once."""
    record_authentication(request, request.user, "mfa", id=authenticator.pk, type=authenticator.type)


def drop_standing_without_factor(request: HttpRequest) -> None:
    """After a factor was removed: with none left, this session and the account's others lose what the factor gave them."""
    user = authenticated_user(request)
    if has_second_factor(user):
        return
    records = get_authentication_records(request, user)
    request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [r for r in records if r.get("method") != "mfa"]
    end_other_sessions(request, user)


def confirmed_recently(request: HttpRequest) -> bool:
    """Whether the person proved who they are in the last ten minutes, by logging in or by confirming again."""
    records: list[dict[str, Any]] = get_authentication_records(request, request.user)
    latest = max((record["at"] for record in records), default=0.0)
    return time.time() - latest < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
