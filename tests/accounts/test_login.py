"""Getting in by a code or a password, and staying out otherwise."""

from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse

from jasenpalvelu.accounts.models import User
from jasenpalvelu.accounts.services.accounts import EmailTaken, MemberContact, close_account, create_account
from tests.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db
LogIn = Callable[..., Client]
SECURITY = "/tili/"


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_addresses_are_one_whatever_their_case(member: User) -> None:
    assert member.email == "matti@example.fi"
    with pytest.raises(EmailTaken):
        create_account(email="MATTI@example.FI", full_name="Toinen")


def test_code_login_opens_the_account(member: User, log_in: LogIn) -> None:
    client = log_in(" MATTI@example.fi ")
    assert is_in(client)
    assert client.get(SECURITY).status_code == 200


def test_message_says_the_same_in_text_and_html(member: User, client: Client) -> None:
    client.post("/tili/kirjaudu/", {"email": member.email}, headers={"Accept-Language": "sv"})
    (message,) = mail.outbox
    (html,) = [part.content for part in message.alternatives if part.mimetype == "text/html"]
    for paragraph in str(message.body).split("\n\n")[:3]:
        assert paragraph in html
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert 'lang="sv"' in html


def test_new_session_key_at_login(member: User, client: Client, log_in: LogIn) -> None:
    client.post("/tili/kirjaudu/", {"email": member.email})
    before = client.session.session_key
    log_in(member.email)
    assert client.session.session_key != before


@pytest.mark.parametrize(("remember", "closes"), [(False, True), (True, False)])
def test_session_ends_with_the_browser_unless_remembered(
    member: User, log_in: LogIn, remember: bool, closes: bool
) -> None:
    client = log_in(member.email, remember=remember)
    assert client.session.get_expire_at_browser_close() is closes
    assert bool(client.cookies[settings.SESSION_COOKIE_NAME]["max-age"]) is not closes


def test_three_wrong_codes_need_a_new_code(
    member: User, client: Client, mailed_code: Callable[[], str]
) -> None:
    client.post("/tili/kirjaudu/", {"email": member.email})
    code = mailed_code()
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for _ in range(3):
        client.post("/tili/kirjaudu/koodi/", {"action": "verify", "code": wrong})
    client.post("/tili/kirjaudu/koodi/", {"action": "verify", "code": code})
    assert not is_in(client)


def test_code_grows_old(
    member: User, client: Client, mailed_code: Callable[[], str], settings: object
) -> None:
    client.post("/tili/kirjaudu/", {"email": member.email})
    settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT = -1  # type: ignore[attr-defined]
    client.post("/tili/kirjaudu/koodi/", {"action": "verify", "code": mailed_code()})
    assert not is_in(client)


def test_code_of_another_session_does_not_help(member: User, mailed_code: Callable[[], str]) -> None:
    victim, thief = Client(), Client()
    victim.post("/tili/kirjaudu/", {"email": member.email})
    code = mailed_code()
    thief.post("/tili/kirjaudu/koodi/", {"action": "verify", "code": code})
    assert not is_in(thief)


def test_password_login(member: User, client: Client) -> None:
    wrong = client.post("/tili/kirjaudu/salasana/", {"login": member.email, "password": "arvaus-arvaus-1"})
    assert not is_in(client)
    assert "matti@example.fi" in wrong.content.decode()  # what was typed is kept
    client.post("/tili/kirjaudu/salasana/", {"login": member.email, "password": PASSWORD})
    assert is_in(client)


def test_where_one_was_going_is_remembered_within_the_service(member: User, client: Client) -> None:
    data = {"login": member.email, "password": PASSWORD}
    answer = client.post("/tili/kirjaudu/salasana/?next=/tili/laitteet/", data)
    assert answer.headers["Location"] == "/tili/laitteet/"
    other = Client()
    answer = other.post("/tili/kirjaudu/salasana/?next=https://paha.example/", data)
    assert "paha" not in answer.headers["Location"]


def answers(email: str, url: str, field: str) -> tuple[int, str, str]:
    """What a visitor sees after asking: status, next address, and the page there, without what differs by nature."""
    client = Client()
    answer = client.post(url, {field: email}, follow=True)
    page = answer.content.decode().replace(email, "ADDRESS")
    hidden = [line for line in page.splitlines() if "csrfmiddlewaretoken" not in line]
    return answer.status_code, str(answer.redirect_chain), "\n".join(hidden)


@pytest.mark.parametrize("url", ["/tili/kirjaudu/", "/tili/salasana/unohtui/"])
def test_nobody_learns_who_has_an_account(member: User, url: str) -> None:
    closed = create_account(email="suljettu@example.fi", full_name="Suljettu", verified=True)
    close_account(user=closed)
    known = answers(member.email, url, "email")
    assert answers("vieras@example.fi", url, "email") == known
    assert answers(closed.email, url, "email") == known
    assert len(mail.outbox) == 3  # each got a message, so the time taken tells nothing either


def test_wrong_password_answers_alike(member: User) -> None:
    def page(email: str) -> str:
        answer = Client().post("/tili/kirjaudu/salasana/", {"login": email, "password": "arvaus-arvaus-1"})
        text = answer.content.decode().replace(email, "ADDRESS")
        return "\n".join(line for line in text.splitlines() if "csrfmiddlewaretoken" not in line)

    assert page(member.email) == page("vieras@example.fi")


def test_closed_account_stays_out_and_its_sessions_end(member: User, log_in: LogIn) -> None:
    client = log_in(member.email)
    close_account(user=member)
    assert client.get(SECURITY).status_code == 302
    Client().post("/tili/kirjaudu/", {"email": member.email})
    assert "code" not in str(mail.outbox[-1].subject)
    other = Client()
    other.post("/tili/kirjaudu/salasana/", {"login": member.email, "password": PASSWORD})
    assert not is_in(other)


def test_signup_is_closed(client: Client, db: None) -> None:
    before = User.objects.count()
    data = {"email": "uusi@example.fi", "password1": PASSWORD, "password2": PASSWORD}
    assert client.post("/tili/tunnus/", data).status_code == 200
    assert User.objects.count() == before


def contact(email: str) -> MemberContact | None:
    return MemberContact("Jaana Jäsen", "sv") if email == "jaana@example.fi" else None


def test_member_of_the_register_gets_an_account_by_the_code(
    settings: object, log_in: LogIn, client: Client
) -> None:
    settings.ACCOUNTS_MEMBER_LOOKUP = "tests.accounts.test_login.contact"  # type: ignore[attr-defined]
    log_in("Jaana@Example.fi")
    user = User.objects.get(email="jaana@example.fi")
    assert (user.full_name, user.language, user.has_usable_password()) == ("Jaana Jäsen", "sv", False)
    assert EmailAddress.objects.get(user=user).verified  # the code proved it
    assert is_in(client)
    Client().post("/tili/kirjaudu/", {"email": "vieras@example.fi"})
    assert not User.objects.filter(email="vieras@example.fi").exists()


def test_account_of_a_member_is_not_verified_before_the_code(settings: object, client: Client) -> None:
    settings.ACCOUNTS_MEMBER_LOOKUP = "tests.accounts.test_login.contact"  # type: ignore[attr-defined]
    client.post("/tili/kirjaudu/", {"email": "jaana@example.fi"})
    assert not EmailAddress.objects.get(email="jaana@example.fi").verified
    assert not is_in(client)


def test_leaving_needs_a_post_and_clears_the_cache(member: User, log_in: LogIn) -> None:
    client = log_in(member.email)
    assert client.get("/tili/kirjaudu-ulos/").status_code == 200
    assert is_in(client)
    answer = client.post("/tili/kirjaudu-ulos/")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert not is_in(client)


def test_own_pages_ask_to_log_in_first(client: Client, db: None) -> None:
    for name in [
        "account_security",
        "usersessions_list",
        "mfa_index",
        "account_email",
        "account_change_password",
    ]:
        answer = client.get(reverse(name))
        assert answer.status_code == 302, name
        assert answer.headers["Location"].startswith("/tili/kirjaudu/"), name
