"""Forms of the second factor."""

from typing import Any

from allauth.mfa.base import forms as base
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.accounts.wording import dress

CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": "20"}


class AuthenticateForm(base.AuthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self, "code", _("Code"), _("Six digits from your app, or one of your recovery codes."), **CODE)


class ReauthenticateForm(base.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self, "code", _("Code"), _("Six digits from your app, or one of your recovery codes."), **CODE)


class ActivateTotpForm(totp.ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(
            self,
            "code",
            _("Code shown by the app"),
            _("Six digits. They change every half a minute."),
            **CODE,
        )


class AddPasskeyForm(webauthn.AddWebAuthnForm):
    """A passkey always works for logging in too, so it always asks for the finger, the face or the PIN."""

    passwordless = forms.BooleanField(required=True, initial=True, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self, "name", _("Name of the passkey"), _("For example the device it is on."), maxlength="60")

    def clean_name(self) -> str:
        return super().clean_name()[:60]


class RenamePasskeyForm(webauthn.EditWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self, "name", _("Name of the passkey"), _("For example the device it is on."), maxlength="60")
