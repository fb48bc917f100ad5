"""Confirming again who one is, by an e-mailed code: for accounts that have neither a password nor a second factor."""

import secrets
import time
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from django.conf import settings
from django.http import HttpRequest

from jasenpalvelu.accounts.models import User

SESSION_KEY = "accounts.confirming"
MAX_ATTEMPTS = 3


def send_code(request: HttpRequest, user: User) -> str:
    """Send a new code to the account's own address and return the address."""
    email = EmailAddress.objects.get_primary_email(user) or user.email
    code = get_adapter(request).generate_login_code()
    request.session[SESSION_KEY] = {"code": code, "at": time.time(), "failed": 0}
    get_adapter(request).send_mail("account/email/confirm_code", email, {"code": code, "user": user})
    return email


def is_waiting(request: HttpRequest) -> bool:
    """Whether a code has been sent that can still be entered."""
    return _pending(request) is not None


def enter_code(request: HttpRequest, user: User, code: str) -> bool:
    """Whether the code was right. After three wrong ones, or ten minutes, a new code is needed."""
    pending = _pending(request)
    if pending is None:
        return False
    if secrets.compare_digest(code.encode(), pending["code"].encode()):
        del request.session[SESSION_KEY]
        record_authentication(request, user, "code", reauthenticated=True)
        return True
    pending["failed"] += 1
    request.session[SESSION_KEY] = pending
    return False


def _pending(request: HttpRequest) -> dict[str, Any] | None:
    state = request.session.get(SESSION_KEY)
    if not state or state["failed"] >= MAX_ATTEMPTS:
        return None
    return state if time.time() - state["at"] <= settings.CODE_LIFETIME else None
