"""Accounts of the demo federation. Their passwords and second factors are printed for anyone, so they exist only there."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.conf import settings
from django.db import transaction
from django.utils.http import urlencode

from jasenpalvelu.accounts.managers import normal_email
from jasenpalvelu.accounts.models import User
from jasenpalvelu.accounts.services.accounts import create_account
from jasenpalvelu.accounts.vault import unseal

DEMO_PASSWORD = "kokeile-jasenpalvelua"  # noqa: S105 -- printed on purpose


class NotEmbedded(RuntimeError):
    """Demo accounts are refused where the service uses a database of its own choosing."""


@dataclass(frozen=True)
class DemoLogin:
    email: str
    full_name: str
    role: str
    password: str
    totp_secret: str
    otpauth: str


@transaction.atomic
def create_demo_account(
    *,
    email: str,
    full_name: str,
    language: str = "fi",
    role: str = "",
    totp_secret: str | None = None,
    second_factor: bool = True,
) -> User:
    """An account with the demo password and, unless `second_factor` is false, an authenticator app.

    `role` is one line for the list of demo logins: what one can try with it.

    The secret is the same on every machine, so that a phone that has read it keeps working after the demo is built again.
    An existing demo account of the address is brought back to this state. Raises NotEmbedded.
    """
    _only_embedded()
    user = User.objects.filter(email=normal_email(email)).first()
    if user is None:
        user = create_account(email=email, full_name=full_name, language=language, verified=True)
    elif not user.is_demo:
        raise ValueError("an ordinary account has this address")
    user.full_name, user.language, user.is_demo, user.is_active = full_name, language, True, True
    user.demo_role = role
    user.set_password(DEMO_PASSWORD)
    user.save()
    EmailAddress.objects.filter(user=user, email=user.email).update(verified=True)
    Authenticator.objects.filter(user=user).delete()
    if second_factor:
        TOTP.activate(user, totp_secret or demo_totp_secret(email))
    return user


def demo_totp_secret(email: str) -> str:
    """The base-32 secret of a demo account: 160 bits from its address."""
    digest = hashlib.sha256(b"jasenpalvelu demo:" + normal_email(email).encode()).digest()
    return base64.b32encode(digest[:20]).decode()


def demo_logins() -> list[DemoLogin]:
    """Every demo account with what is needed to log in. Raises NotEmbedded."""
    _only_embedded()
    return [_login(user) for user in User.objects.filter(is_demo=True).order_by("created_at", "pk")]


@dataclass(frozen=True)
class Shown:
    """What the login pages tell of the demo: nothing at all outside the embedded mode."""

    logins: Sequence[User] = ()
    password: str = DEMO_PASSWORD
    command: str = "script/manage demo_code"


def shown() -> Shown:
    if not settings.EMBEDDED:
        return Shown()
    return Shown(list(User.objects.filter(is_demo=True, is_active=True).order_by("created_at", "pk")[:20]))


def demo_code(email: str) -> str:
    """The six digits an authenticator app would show now. Raises NotEmbedded, User.DoesNotExist."""
    _only_embedded()
    user = User.objects.get(email=normal_email(email), is_demo=True)
    secret = _secret(user)
    return current_code(secret) if secret else ""


def last_mailed_code(email: str) -> str:
    """The six digits of the newest message to a demo account; messages of the embedded mode are files. Raises as above."""
    _only_embedded()
    user = User.objects.get(email=normal_email(email), is_demo=True)
    files = sorted(
        Path(settings.EMAIL_FILE_PATH).glob("*.log"), key=lambda f: f.stat().st_mtime, reverse=True
    )
    for file in files[:200]:
        text = file.read_text(encoding="utf-8", errors="replace")
        if re.search(rf"^To:.*{re.escape(user.email)}", text, re.MULTILINE):
            code = re.search(r"^(\d{6})\r?$", text, re.MULTILINE)
            if code:
                return code.group(1)
    return ""


def current_code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def _login(user: User) -> DemoLogin:
    secret = _secret(user)
    query = urlencode({"secret": secret, "issuer": settings.MFA_TOTP_ISSUER})
    otpauth = f"otpauth://totp/{user.email}?{query}" if secret else ""
    return DemoLogin(user.email, user.full_name, user.demo_role, DEMO_PASSWORD, secret, otpauth)


def _secret(user: User) -> str:
    totp = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    return unseal(totp.data["secret"]) if totp else ""


def _only_embedded() -> None:
    if not settings.EMBEDDED:
        raise NotEmbedded("demo accounts exist only on the embedded database")
