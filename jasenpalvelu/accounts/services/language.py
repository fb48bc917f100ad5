"""Choosing the interface language: the account's own, else the cookie, else the browser's wish, else Finnish."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import trans_real

from jasenpalvelu.accounts.models import User

CODES = tuple(code for code, _name in settings.LANGUAGES)


class UnknownLanguage(ValueError):
    """The service does not speak this language."""


def language_for(request: HttpRequest) -> str:
    """The language of this request. Asks the database only where someone is logged in."""
    stored = getattr(request.user, "language", "") if request.session.session_key else ""
    if stored in CODES:
        return stored
    cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if cookie in CODES:
        return cookie
    return accepted_language(request.headers.get("Accept-Language", ""))


def accepted_language(header: str) -> str:
    """The first language of an Accept-Language header the service speaks, by its weights; Finnish if none."""
    for tag, _weight in trans_real.parse_accept_lang_header(header[:500].lower()):
        code = tag.split("-", 1)[0]
        if code in CODES:
            return code
    return settings.LANGUAGE_CODE


def set_language(user: User | None, code: str) -> None:
    """Remember the language of an account; for a visitor there is only the cookie, which the view sets.

    Raises UnknownLanguage for anything but fi, sv and en.
    """
    if code not in CODES:
        raise UnknownLanguage(code)
    if user is not None and user.is_authenticated and user.language != code:
        User.objects.filter(pk=user.pk).update(language=code)
        user.language = code
