"""Where the login library asks what is ours: who may join, which words, which mail, what is kept secret."""

from __future__ import annotations

import logging
from smtplib import SMTPException
from typing import Any

import css_inline
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.accounts import vault
from jasenpalvelu.accounts.devices import device_name
from jasenpalvelu.accounts.events import LoggedIn
from jasenpalvelu.accounts.models import User
from jasenpalvelu.accounts.services.accounts import guarded, verified_emails
from jasenpalvelu.accounts.services.mfa import confirmed_recently
from jasenpalvelu.accounts.services.notices import send_notice
from jasenpalvelu.common import clock
from jasenpalvelu.common.events import publish

log = logging.getLogger(__name__)
REMEMBER_KEY = "accounts.remember"


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("This account is closed."),
        "duplicate_email": _("This is already your e-mail address."),
        "email_password_mismatch": _("The e-mail address or the password is wrong."),
        "email_taken": _("This address cannot be used. Choose another."),
        "enter_current_password": _("The current password is wrong."),
        "incorrect_code": _("The code is wrong or too old. Check the digits or ask for a new code."),
        "incorrect_password": _("The password is wrong."),
        "invalid_login": _("Write your e-mail address."),
        "rate_limited": _("There were too many attempts. Wait a few minutes and try again."),
        "too_many_login_attempts": _("There were too many attempts. Wait a few minutes and try again."),
        "unverified_primary_email": _("Confirm your e-mail address first."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts come from invitations and the register; joining an association is a page of its own."""
        return False

    # --- logging in -------------------------------------------------------------------------------------------------
    def pre_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse | None:
        if getattr(user, "is_demo", False) and not settings.EMBEDDED:
            log.error("a demo account exists outside the embedded mode and was refused: %s", user.pk)
            return self.respond_user_inactive(request, user)
        return super().pre_login(request, user, **kwargs)

    def login(self, request: HttpRequest, user: User) -> None:
        """Opens the session under a new key; it ends with the browser unless the person asked to be remembered."""
        remember = request.session.pop(REMEMBER_KEY, None)
        super().login(request, user)
        if remember is not None:
            request.session.set_expiry(settings.SESSION_COOKIE_AGE if remember else 0)
        publish(LoggedIn(user.pk, tuple(verified_emails(user))))
        log.info("logged in: account %s from %s", user.pk, self.get_client_ip(request))

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """The code sent to a new address was right. The address of somebody with a post waits for the owner of the old one."""
        user = email_address.user
        if email_address.email != user.email and guarded(user, email_address.email):
            text = _(
                "The change waits for a week, or until it is confirmed from the message sent to your old address."
            )
            messages.info(request, text)
            return True
        return super().confirm_email(request, email_address)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        log.warning("wrong password from %s", self.get_client_ip(request))

    def get_reauthentication_methods(self, user: Any) -> list[dict]:
        """An account with neither password nor second factor confirms itself by an e-mailed code."""
        methods = super().get_reauthentication_methods(user)
        if not methods and user.is_authenticated:
            url = reverse("account_reauthenticate_code")
            methods = [{"id": "code", "description": _("A code by e-mail"), "url": url}]
        return methods

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Logging in a moment ago is confirmation enough."""
        return super().is_reauthentication_required(app=app) and not confirmed_recently(context.request)

    # --- mail -------------------------------------------------------------------------------------------------------
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """In the account's own language, or the reader's that is told. A mail server that is down is told to the person, known account or not."""
        told = context.get("language") or getattr(context.get("user"), "language", "")
        language = told or translation.get_language()
        try:
            with translation.override(language):
                super().send_mail(template_prefix, email, self._mail_facts() | context)
        except (SMTPException, OSError):
            log.exception("mail was not sent: %s", template_prefix)
            text = _("The message could not be sent just now. Try again in a moment.")
            messages.error(self.request, text)

    def _mail_facts(self) -> dict[str, Any]:
        return {
            "minutes": settings.CODE_LIFETIME // 60,
            "home": self.request.build_absolute_uri("/"),
            "device": device_name(self.request.headers.get("User-Agent", "")) or "?",
        }

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMultiAlternatives:
        """The page version says exactly what the text says, paragraph by paragraph."""
        mail = super().render_mail(
            template_prefix, email, context, {"Auto-Submitted": "auto-generated"} | (headers or {})
        )
        facts = {
            "subject": mail.subject,
            "paragraphs": mail.body.split("\n\n"),
            "code": context.get("code", ""),
        }
        mail.attach_alternative(
            css_inline.inline(render_to_string("account/email/message.html", facts)), "text/html"
        )
        return mail

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Any,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """What was done to an account is told by the outbox; only codes, which somebody waits for, go at once."""
        to = email or EmailAddress.objects.get_primary_email(user)
        if not to:
            return
        device = device_name(self.request.headers.get("User-Agent", "")) or "?"
        facts = {"timestamp": clock.now(), "ip": self.get_client_ip(self.request), "device": device}
        send_notice(
            template_prefix, user=user, email=to, facts=facts | (context or {}), kind="account.change"
        )


class MfaAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("The code is wrong or too old. Wait for the next one and try again."),
        "unverified_email": _("Confirm your e-mail address first."),
        "cannot_generate_recovery_codes": _("Set up an app or a passkey first."),
    }

    def encrypt(self, text: str) -> str:
        return vault.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return vault.unseal(encrypted_text)

    def _get_site_name(self) -> str:
        return settings.MFA_TOTP_ISSUER

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Any) -> str:
        return device_name(context.request.headers.get("User-Agent", ""))
