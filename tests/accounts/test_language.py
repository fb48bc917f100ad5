"""Which language a page comes in."""

from collections.abc import Callable

import pytest
from django.test import Client

from jasenpalvelu.accounts.models import User
from jasenpalvelu.accounts.services.language import UnknownLanguage, accepted_language, set_language
from tests.post import deliver

LOGIN = "/tili/kirjaudu/"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "fi"),
        ("sv-FI,sv;q=0.9,en;q=0.5", "sv"),
        ("de,en;q=0.8,fi;q=0.2", "en"),
        ("de", "fi"),
        ("sv;q=0.1,fi;q=0.9", "fi"),
        ("*", "fi"),
        ("garbage;;;q=,,", "fi"),
    ],
)
def test_browser_wish(header: str, language: str) -> None:
    assert accepted_language(header) == language


@pytest.mark.django_db
def test_cookie_beats_the_browser_and_the_account_beats_both(
    passwordless: User, client: Client, log_in: Callable[..., Client]
) -> None:
    swedish = {"Accept-Language": "sv"}
    assert client.get(LOGIN, headers=swedish).headers["Content-Language"] == "sv"
    client.cookies["django_language"] = "en"
    answer = client.get(LOGIN, headers=swedish)
    assert (answer.headers["Content-Language"], '<html lang="en"' in answer.content.decode()) == ("en", True)
    log_in(passwordless.email)
    set_language(passwordless, "fi")
    assert client.get("/tili/", headers=swedish).headers["Content-Language"] == "fi"
    assert {"Cookie", "Accept-Language"} <= {v.strip() for v in answer.headers["Vary"].split(",")}


@pytest.mark.django_db
def test_languages_the_service_does_not_speak(passwordless: User, client: Client) -> None:
    with pytest.raises(UnknownLanguage):
        set_language(passwordless, "de")
    client.cookies["django_language"] = "../etc"
    assert client.get(LOGIN).headers["Content-Language"] == "fi"


@pytest.mark.django_db
def test_notices_come_in_the_language_of_the_account(
    passwordless: User, log_in: Callable[..., Client]
) -> None:
    set_language(passwordless, "sv")
    client = log_in(passwordless.email)
    new = "en-mening-om-skogen"
    client.post("/tili/salasana/uusi/", {"password1": new, "password2": new})
    assert deliver()[-1].subject == "Ditt konto har ett lösenord"
