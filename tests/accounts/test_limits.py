"""Limits of attempts, with Redis and without it, and mail that does not go out."""

import smtplib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core import mail
from django.core.cache import caches
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client

from jasenpalvelu import heartbeat
from jasenpalvelu.accounts import cache as patient
from jasenpalvelu.accounts.models import User
from tests.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def test_codes_are_sent_three_times_in_five_minutes(member: User) -> None:
    for _ in range(5):
        Client().post("/tili/kirjaudu/", {"email": member.email})
    assert len(mail.outbox) == 3


def test_limit_answers_alike_for_an_unknown_address(member: User) -> None:
    def last(email: str) -> str:
        for _ in range(4):
            answer = Client().post("/tili/kirjaudu/", {"email": email})
        text = answer.content.decode().replace(email, "ADDRESS")
        return "\n".join(line for line in text.splitlines() if "csrfmiddlewaretoken" not in line)

    assert last(member.email) == last("vieras@example.fi")


def test_wrong_passwords_close_the_door_for_a_while(member: User) -> None:
    for _ in range(5):
        Client().post("/tili/kirjaudu/salasana/", {"login": member.email, "password": "arvaus-arvaus-1"})
    client = Client()
    client.post("/tili/kirjaudu/salasana/", {"login": member.email, "password": PASSWORD})
    assert client.get("/tili/").status_code == 302


def test_too_many_from_one_address_get_a_page_that_says_so(db: None, client: Client) -> None:
    for _ in range(31):
        answer = client.post("/tili/kirjaudu/salasana/", {})
    assert answer.status_code == 429
    assert "liikaa" in answer.content.decode()


@pytest.fixture
def no_redis(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The production cache, pointed at a Redis that is not there."""
    monkeypatch.setattr(patient._Pause, "until", 0.0)
    settings.CACHES = {
        "default": {
            "BACKEND": "jasenpalvelu.accounts.cache.PatientRedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    caches["default"].clear()
    yield
    caches["default"].clear()


@pytest.mark.usefixtures("no_redis")
def test_login_works_without_redis(
    member: User,
    log_in: Callable[..., Client],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patient._Pause, "until", 0.0)
    assert log_in(member.email).get("/tili/").status_code == 200
    assert "Redis does not answer" in caplog.text


@pytest.mark.usefixtures("no_redis")
def test_limits_hold_without_redis(member: User) -> None:
    for _ in range(5):
        Client().post("/tili/kirjaudu/", {"email": member.email})
    assert len(mail.outbox) == 3


@pytest.mark.usefixtures("no_redis")
def test_all_calls_of_the_cache_answer_without_redis() -> None:
    box = caches["default"]
    box.set("a", 1)
    box.set_many({"b": 2, "c": 3})
    assert box.get_many(["a", "b"]) == {"a": 1, "b": 2}
    assert (box.incr("a"), box.has_key("a"), box.get("missing", "-")) == (2, True, "-")
    assert not box.add("a", 5)
    assert box.touch("a", 5)
    box.delete_many(["b", "c"])
    assert box.delete("a")


class BrokenMail(EmailBackend):
    def send_messages(self, messages: Any) -> int:
        raise smtplib.SMTPServerDisconnected("gone")


@pytest.mark.parametrize("email", ["matti@example.fi", "vieras@example.fi"])
def test_mail_that_is_down_is_told_to_everyone_alike(
    member: User, settings: Any, client: Client, email: str
) -> None:
    settings.EMAIL_BACKEND = "tests.accounts.test_limits.BrokenMail"
    answer = client.post("/tili/kirjaudu/", {"email": email}, follow=True)
    assert "Viestin lähetys ei juuri nyt onnistu" in answer.content.decode()


def test_emptying_the_cache_leaves_the_rest_of_redis() -> None:
    caches["default"].set("attempts", 3)
    with heartbeat.client() as redis:
        redis.set("test:not-of-the-cache", 1, ex=60)
        caches["default"].clear()
        assert caches["default"].get("attempts") is None
        assert redis.delete("test:not-of-the-cache") == 1
