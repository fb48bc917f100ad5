"""Seeing and ending the sessions of one's own account, and of no other."""

from collections.abc import Callable

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client

from jasenpalvelu.accounts.devices import device_name
from jasenpalvelu.accounts.models import User
from tests.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def devices(member: User) -> list[Client]:
    clients = [
        Client(headers={"User-Agent": agent}) for agent in ("Mozilla/5.0 (Windows NT) Firefox/140.0", "")
    ]
    for client in clients:
        client.post("/tili/kirjaudu/salasana/", {"login": member.email, "password": PASSWORD})
    return clients


def is_in(client: Client) -> bool:
    return client.get("/tili/").status_code == 200


def test_devices_are_listed_and_told_apart(devices: list[Client]) -> None:
    page = devices[0].get("/tili/laitteet/").content.decode()
    assert "Firefox, Windows" in page
    assert page.count("Tämä laite") == 1


def test_others_are_logged_out_and_this_stays(devices: list[Client]) -> None:
    devices[0].post("/tili/laitteet/muut/")
    assert [is_in(client) for client in devices] == [True, False]


def test_one_device_is_logged_out(devices: list[Client]) -> None:
    session = UserSession.objects.get(session_key=devices[1].session.session_key)
    devices[0].post(f"/tili/laitteet/{session.pk}/")
    assert [is_in(client) for client in devices] == [True, False]


def test_device_of_another_account_is_out_of_reach(
    devices: list[Client], passwordless: User, log_in: Callable[..., Client]
) -> None:
    stranger = log_in(passwordless.email)
    session = UserSession.objects.get(session_key=devices[0].session.session_key)
    assert stranger.post(f"/tili/laitteet/{session.pk}/").status_code == 404
    stranger.post("/tili/laitteet/muut/")
    assert all(is_in(client) for client in devices)


def test_changing_the_password_ends_other_sessions(devices: list[Client]) -> None:
    new = "toinen-lause-metsasta"
    devices[0].post("/tili/salasana/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert [is_in(client) for client in devices] == [True, False]


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
        ("curl/8", ""),
    ],
)
def test_browsers_are_called_by_their_names(agent: str, name: str) -> None:
    assert device_name(agent) == name
