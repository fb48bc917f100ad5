"""Demo accounts exist in the embedded mode and nowhere else."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from jasenpalvelu.accounts.models import User
from jasenpalvelu.accounts.services import demo

pytestmark = pytest.mark.django_db
EMAIL = "esittely@example.fi"


@pytest.fixture
def embedded(settings: Any) -> None:
    settings.EMBEDDED = True


@pytest.fixture
def account(embedded: None) -> User:
    return demo.create_demo_account(email=EMAIL, full_name="Essi Esittely", role="Jäsensihteeri")


def password_and_code(client: Client) -> Client:
    client.post("/tili/kirjaudu/salasana/", {"login": EMAIL, "password": demo.DEMO_PASSWORD})
    client.post("/tili/kirjaudu/vahvistus/", {"code": demo.demo_code(EMAIL)})
    return client


def test_printed_logins_open_the_account(account: User, client: Client) -> None:
    assert account.is_demo
    assert password_and_code(client).get("/tili/").status_code == 200


def test_building_the_demo_again_keeps_the_phone_working(account: User) -> None:
    before = demo.demo_logins()[0].totp_secret
    account.set_password("jotain-aivan-muuta")
    account.save()
    again = demo.create_demo_account(email=EMAIL, full_name="Essi Esittely")
    assert (again.pk, again.check_password(demo.DEMO_PASSWORD)) == (account.pk, True)
    assert demo.demo_logins()[0].totp_secret == before


@pytest.mark.parametrize("page", ["/tili/kirjaudu/", "/tili/kirjaudu/salasana/"])
def test_the_login_pages_show_the_demo_only_where_there_is_one(
    account: User, settings: Any, client: Client, page: str
) -> None:
    html = client.get(page).content.decode()
    for part in (EMAIL, "Jäsensihteeri", f"script/manage demo_code {EMAIL}", demo.DEMO_PASSWORD):
        assert part in html
    settings.EMBEDDED = False
    html = client.get(page).content.decode()
    for part in (EMAIL, "script/manage", demo.DEMO_PASSWORD):
        assert part not in html


def test_ordinary_account_never_becomes_a_demo(embedded: None, member: User) -> None:
    with pytest.raises(ValueError, match="ordinary"):
        demo.create_demo_account(email=member.email, full_name="Kaapattu")


def test_commands_print_what_is_needed(account: User, settings: Any, tmp_path: Path) -> None:
    out = StringIO()
    call_command("demo_logins", stdout=out)
    for part in (EMAIL, "Jäsensihteeri", demo.DEMO_PASSWORD, demo.demo_totp_secret(EMAIL), "otpauth://totp/"):
        assert part in out.getvalue()
    settings.EMAIL_FILE_PATH = str(tmp_path)
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    Client().post("/tili/kirjaudu/", {"email": EMAIL})
    out = StringIO()
    call_command("demo_code", EMAIL, stdout=out)
    mailed = demo.last_mailed_code(EMAIL)
    assert len(mailed) == 6
    assert mailed in out.getvalue()
    with pytest.raises(CommandError, match="no demo login"):
        call_command("demo_code", "vieras@example.fi")


def test_refused_on_a_real_database(account: User, settings: Any, client: Client) -> None:
    settings.EMBEDDED = False
    with pytest.raises(demo.NotEmbedded):
        demo.create_demo_account(email="toinen@example.fi", full_name="Toinen")
    with pytest.raises(CommandError):
        call_command("demo_logins")
    with pytest.raises(CommandError):
        call_command("demo_code", EMAIL)
    # An account that came along with a copied database does not open either.
    client.post("/tili/kirjaudu/salasana/", {"login": EMAIL, "password": demo.DEMO_PASSWORD})
    assert client.get("/tili/kirjaudu/vahvistus/").status_code == 302
    assert client.get("/tili/").status_code == 302
