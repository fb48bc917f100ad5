"""Addresses of logging in and of one's own account, mounted at /tili/. The names are the login library's own."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.webauthn import views as webauthn
from django.urls import path

from jasenpalvelu.accounts.stepup import confirmation_required
from jasenpalvelu.accounts.views import entrance, factors, manage

urlpatterns = [
    path("", manage.home, name="account_security"),
    # logging in and out
    path("kirjaudu/", entrance.login, name="account_login"),
    path("kirjaudu/", entrance.login, name="account_request_login_code"),
    path("kirjaudu/koodi/", entrance.confirm_code, name="account_confirm_login_code"),
    path("kirjaudu/salasana/", entrance.login_password, name="account_login_password"),
    path("kirjaudu/avain/", webauthn.login_webauthn, name="mfa_login_webauthn"),
    path("kirjaudu/vahvistus/", mfa.authenticate, name="mfa_authenticate"),
    path("kirjaudu-ulos/", account.logout, name="account_logout"),
    path("suljettu/", account.account_inactive, name="account_inactive"),
    path("tunnus/", entrance.signup_closed, name="account_signup"),
    # confirming again
    path("varmista/", account.reauthenticate, name="account_reauthenticate"),
    path("varmista/tunnusluku/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("varmista/avain/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("varmista/koodi/", entrance.reauthenticate_code, name="account_reauthenticate_code"),
    # e-mail and password
    path("sahkoposti/", confirmation_required(account.email), name="account_email"),
    path("sahkoposti/vahvista/", account.email_verification_sent, name="account_email_verification_sent"),
    path("salasana/", account.password_change, name="account_change_password"),
    path("salasana/uusi/", confirmation_required(account.password_set), name="account_set_password"),
    path("salasana/unohtui/", account.password_reset, name="account_reset_password"),
    path(
        "salasana/unohtui/koodi/",
        account.confirm_password_reset_code,
        name="account_confirm_password_reset_code",
    ),
    path("salasana/unohtui/uusi/", account.complete_password_reset, name="account_complete_password_reset"),
    path(
        "salasana/vaihdettu/", account.password_reset_from_key_done, name="account_password_reset_completed"
    ),
    # second factor
    path("turva/", mfa.index, name="mfa_index"),
    path("turva/sovellus/", confirmation_required(factors.activate_app), name="mfa_activate_totp"),
    path("turva/sovellus/poista/", factors.deactivate_app, name="mfa_deactivate_totp"),
    path("turva/avaimet/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("turva/avaimet/lisaa/", confirmation_required(factors.add_passkey), name="mfa_add_webauthn"),
    path("turva/avaimet/<int:pk>/poista/", factors.remove_passkey, name="mfa_remove_webauthn"),
    path("turva/avaimet/<int:pk>/nimi/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
    path("turva/varakoodit/", confirmation_required(factors.recovery_codes), name="mfa_view_recovery_codes"),
    path("turva/varakoodit/uudet/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path(
        "turva/varakoodit/lataa/",
        confirmation_required(factors.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
    # sessions
    path("laitteet/", manage.sessions, name="usersessions_list"),
    path("laitteet/muut/", manage.end_others, name="usersessions_end_others"),
    path("laitteet/<int:pk>/", manage.end_session, name="usersessions_end"),
]

# What someone without the demanded second factor may still open, see jasenpalvelu.web.middleware.
NAMES = frozenset(pattern.name for pattern in urlpatterns)
