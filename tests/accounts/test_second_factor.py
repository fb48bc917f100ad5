"""Who must have a second factor, how it is set up, and what its removal takes away."""

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from jasenpalvelu.accounts.models import User
from jasenpalvelu.accounts.services.demo import current_code
from tests.accounts.conftest import PASSWORD
from tests.cast import Cast
from tests.post import deliver

pytestmark = pytest.mark.django_db
LogIn = Callable[..., Client]
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
EXAMPLES = {"int": "1", "uuid": str(UUID(int=1)), "slug": "a", "str": "a", "path": "a"}


def set_up_app(client: Client) -> str:
    page = client.get("/tili/turva/sovellus/")
    secret = page.context["form"].secret
    client.post("/tili/turva/sovellus/", {"code": current_code(secret)})
    return str(secret)


def addresses(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address of the house, with an example in place of each argument."""
    for pattern in patterns:
        route = str(pattern.pattern)
        for name, converter in pattern.pattern.converters.items():
            kind = type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
            for typed in (f"<{kind}:{name}>", f"<{name}>"):
                route = route.replace(typed, EXAMPLES.get(kind, "1"))
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, prefix + route)
        else:
            yield f"/{prefix}{route}", pattern


def behind_login() -> list[str]:
    found = addresses(get_resolver().url_patterns)
    guarded = [url for url, p in found if getattr(p.callback, "login_required", True)]
    return [url for url in guarded if not url.startswith(("/tili/", "/yllapito/")) and "<" not in url]


def asked_for_factor(client: Client) -> bool:
    """Whether a page of the office or the portal leads to the second factor instead of opening."""
    url = next(url for url in behind_login() if url in {"/toimisto/", "/oma/", "/toimisto/tyot/"})
    return client.get(url).headers.get("Location", "").startswith("/tili/")


def test_office_and_the_rest_stay_closed_without_a_second_factor(cast: Cast, log_in: LogIn) -> None:
    client = log_in("aino@example.fi")
    for url in behind_login():
        answer = client.get(url)
        assert answer.status_code == 302, url
        assert answer.headers["Location"].startswith("/tili/turva/"), url
        assert client.post(url).headers["Location"].startswith("/tili/turva/"), url


def test_parts_of_pages_and_data_are_refused_too(cast: Cast, log_in: LogIn) -> None:
    client = log_in("aino@example.fi")
    url = behind_login()[0]
    part = client.get(url, headers={"HX-Request": "true"})
    assert (part.status_code, part.content) == (204, b"")
    assert part.headers["HX-Redirect"].startswith("/tili/turva/")
    assert client.get(url, headers={"Accept": "application/json"}).status_code == 403


def test_member_without_a_post_needs_no_second_factor(cast: Cast, log_in: LogIn) -> None:
    assert not asked_for_factor(log_in("maija@example.fi"))


def test_setting_up_the_app_opens_the_office_and_gives_recovery_codes(cast: Cast, log_in: LogIn) -> None:
    client = log_in("aino@example.fi")
    set_up_app(client)
    codes = client.get("/tili/turva/varakoodit/")
    assert len(codes.context["codes"]) == 10
    assert not asked_for_factor(client)


def test_post_granted_during_a_session_asks_for_the_factor_the_account_has(
    cast: Cast, client: Client
) -> None:
    """Aino logged in before her app was set up elsewhere: this session has not passed it."""
    client.force_login(cast.users["aino"])
    TOTP.activate(cast.users["aino"], SECRET)
    for url in behind_login():
        assert client.get(url).headers["Location"].startswith("/tili/varmista/tunnusluku/"), url
    client.post("/tili/varmista/tunnusluku/", {"code": current_code(SECRET)})
    assert not asked_for_factor(client)


@pytest.fixture
def protected(member: User) -> User:
    TOTP.activate(member, SECRET)
    return member


def test_code_and_password_alone_are_not_enough(protected: User, log_in: LogIn) -> None:
    client = log_in(protected.email)
    assert client.get("/tili/").status_code == 302
    other = Client()
    other.post("/tili/kirjaudu/salasana/", {"login": protected.email, "password": PASSWORD})
    assert other.get("/tili/").status_code == 302


def test_one_app_code_opens_once(protected: User, log_in: LogIn) -> None:
    client, code = log_in(protected.email), current_code(SECRET)
    client.post("/tili/kirjaudu/vahvistus/", {"code": code})
    assert client.get("/tili/").status_code == 200
    thief = Client()
    thief.post("/tili/kirjaudu/salasana/", {"login": protected.email, "password": PASSWORD})
    answer = thief.post("/tili/kirjaudu/vahvistus/", {"code": code})
    assert answer.status_code == 200
    assert thief.get("/tili/").status_code == 302


def test_guessing_app_codes_is_stopped(protected: User, log_in: LogIn) -> None:
    client = log_in(protected.email)
    for _ in range(6):
        client.post("/tili/kirjaudu/vahvistus/", {"code": "000000"})
    client.post("/tili/kirjaudu/vahvistus/", {"code": current_code(SECRET)})
    assert client.get("/tili/").status_code == 302


def test_recovery_code_works_once(cast: Cast, log_in: LogIn, mailed_code: Callable[[], str]) -> None:
    client = log_in("aino@example.fi")
    set_up_app(client)
    recovery = client.get("/tili/turva/varakoodit/").context["codes"][0]
    for expected in (200, 302):
        visitor = Client()
        visitor.post("/tili/kirjaudu/", {"email": "aino@example.fi"})
        visitor.post("/tili/kirjaudu/koodi/", {"action": "verify", "code": mailed_code()})
        visitor.post("/tili/kirjaudu/vahvistus/", {"code": recovery})
        assert visitor.get("/tili/").status_code == expected


def test_secrets_are_not_readable_in_the_database(protected: User) -> None:
    stored = Authenticator.objects.get(user=protected).data["secret"]
    assert SECRET not in stored
    assert Authenticator.objects.get(user=protected).wrap().validate_code(current_code(SECRET))


def test_removing_the_last_factor_closes_the_office_and_other_devices(
    cast: Cast, log_in: LogIn, mailed_code: Callable[[], str]
) -> None:
    client = log_in("aino@example.fi")
    secret = set_up_app(client)
    other = Client()
    other.post("/tili/kirjaudu/", {"email": "aino@example.fi"})
    other.post("/tili/kirjaudu/koodi/", {"action": "verify", "code": mailed_code()})
    other.post("/tili/kirjaudu/vahvistus/", {"code": current_code(secret)})
    client.post("/tili/turva/sovellus/poista/")
    assert other.get("/tili/").status_code == 302
    for url in behind_login():
        assert client.get(url).headers["Location"].startswith("/tili/turva/"), url


def test_changing_the_login_needs_a_fresh_confirmation(
    passwordless: User, log_in: LogIn, mailed_code: Callable[[], str]
) -> None:
    client = log_in(passwordless.email)
    assert client.get("/tili/sahkoposti/").status_code == 200  # just logged in
    age(client)
    for url in (
        "/tili/sahkoposti/",
        "/tili/salasana/uusi/",
        "/tili/turva/sovellus/",
        "/tili/turva/avaimet/lisaa/",
    ):
        assert client.get(url).headers["Location"].startswith("/tili/varmista/koodi/"), url
    sent = len(mail.outbox)
    client.get("/tili/varmista/koodi/?next=/tili/sahkoposti/")
    assert len(mail.outbox) == sent  # looking sends nothing
    client.post("/tili/varmista/koodi/?next=/tili/sahkoposti/")
    wrong = client.post("/tili/varmista/koodi/", {"code": "12"})
    assert wrong.status_code == 200
    answer = client.post("/tili/varmista/koodi/", {"code": mailed_code(), "next": "/tili/sahkoposti/"})
    assert answer.headers["Location"] == "/tili/sahkoposti/"
    assert client.get("/tili/sahkoposti/").status_code == 200


def test_confirmation_code_takes_three_guesses(
    passwordless: User, log_in: LogIn, mailed_code: Callable[[], str]
) -> None:
    client = log_in(passwordless.email)
    age(client)
    client.post("/tili/varmista/koodi/")
    for _ in range(3):
        client.post("/tili/varmista/koodi/", {"code": "000"})
    client.post("/tili/varmista/koodi/", {"code": mailed_code()})
    assert client.get("/tili/sahkoposti/").status_code == 302


def test_password_confirms_where_there_is_one(member: User, log_in: LogIn) -> None:
    client = log_in(member.email)
    age(client)
    assert client.get("/tili/sahkoposti/").headers["Location"].startswith("/tili/varmista/?")
    client.post("/tili/varmista/", {"password": PASSWORD})
    assert client.get("/tili/sahkoposti/").status_code == 200


def age(client: Client) -> None:
    """Let the login be an hour old."""
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 3600
    session.save()


def test_new_address_works_after_its_code(
    passwordless: User, log_in: LogIn, mailed_code: Callable[[], str]
) -> None:
    client = log_in(passwordless.email)
    client.post("/tili/sahkoposti/", {"action_add": "1", "email": "Uusi@example.fi"})
    passwordless.refresh_from_db()
    assert passwordless.email == "salli@example.fi"
    client.post("/tili/sahkoposti/vahvista/", {"action": "verify", "code": mailed_code()})
    passwordless.refresh_from_db()
    assert passwordless.email == "uusi@example.fi"
    assert deliver()[-1].to == ["salli@example.fi"]  # the old address is told


def test_address_of_another_account_is_neither_told_nor_taken(
    passwordless: User, member: User, log_in: LogIn, mailed_code: Callable[[], str]
) -> None:
    client = log_in(passwordless.email)
    taken = client.post("/tili/sahkoposti/", {"action_add": "1", "email": member.email})
    assert taken.headers["Location"] == "/tili/sahkoposti/vahvista/"
    client.post("/tili/sahkoposti/vahvista/", {"action": "verify", "code": mailed_code()})
    passwordless.refresh_from_db()
    assert passwordless.email == "salli@example.fi"
