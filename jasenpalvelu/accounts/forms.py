"""Forms of logging in. The rules are the library's; labels, hints and the register's lookup are ours."""

from typing import Any

from allauth.account import forms as base
from django import forms
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.accounts.models import User
from jasenpalvelu.accounts.services.accounts import account_for_member
from jasenpalvelu.accounts.wording import dress

REMEMBER = _("Keep me logged in on this device for two weeks")


class PasswordLoginForm(base.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self, "login", _("E-mail"), autocomplete="username", inputmode="email")
        dress(self, "password", _("Password"))
        dress(self, "remember", REMEMBER)


class RequestCodeForm(base.RequestLoginCodeForm):
    _user: User | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hint = _("We send a code of six digits. It is valid for 10 minutes.")
        dress(self, "email", _("E-mail"), hint, autocomplete="username webauthn", inputmode="email")

    def clean_email(self) -> str:
        """The limits are counted first; only then is the register asked about an address without an account."""
        email = super().clean_email()
        if email and self._user is None:
            self._user = account_for_member(email)
        return email


class ConfirmCodeForm(base.ConfirmLoginCodeForm):
    remember = forms.BooleanField(label=REMEMBER, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress_code(self)


class ConfirmResetCodeForm(base.ConfirmPasswordResetCodeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress_code(self)


class ConfirmEmailForm(base.ConfirmEmailVerificationCodeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress_code(self)


class ReauthenticateCodeForm(forms.Form):
    code = forms.CharField(max_length=20)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress_code(self)


class ResetPasswordForm(base.ResetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self, "email", _("E-mail"), autocomplete="username", inputmode="email")


class NewPasswordForm(base.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress_new_password(self)


class SetPasswordForm(base.SetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress_new_password(self)


class ChangePasswordForm(base.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self, "oldpassword", _("Current password"))
        dress_new_password(self)


class ChangeEmailForm(base.AddEmailForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hint = _("We send a code to the new address. The old one works until you have entered the code.")
        dress(self, "email", _("New e-mail address"), hint, inputmode="email")


class ReauthenticateForm(base.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self, "password", _("Password"))


def dress_code(form: forms.Form) -> None:
    attrs = {"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": "20"}
    dress(form, "code", _("Code"), _("Six digits from the message."), **attrs)


def dress_new_password(form: forms.Form) -> None:
    dress(form, "password1", _("New password"), _("At least 12 characters. A sentence is easy to remember."))
    dress(form, "password2", _("New password again"))
