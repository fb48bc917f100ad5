"""Health pages: who may see them, and that reading does not depend on workers."""

import json
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from jasenpalvelu import heartbeat

pytestmark = pytest.mark.django_db


@pytest.fixture
def _signs() -> Any:
    """The signs of life as a worker and beat leave them."""
    with heartbeat.client() as redis:
        before = {key: redis.get(key) for key in redis.scan_iter("heartbeat:*")}
        redis.set("heartbeat:worker", 1, ex=60)
        redis.set("heartbeat:beat", 1, ex=60)
        yield
        redis.delete("heartbeat:worker", "heartbeat:beat")
        for key, value in before.items():
            redis.set(key, value, ex=60)


def test_live_asks_nothing(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        response = client.get("/terveys/")
    assert (response.status_code, response.content) == (200, b"ok")
    assert "no-store" in response["Cache-Control"]


@pytest.mark.usefixtures("_signs")
@pytest.mark.xdist_group("redis")
def test_all_is_well(client: Client) -> None:
    response = client.get("/terveys/kaikki/")
    assert response.status_code == 200
    assert json.loads(response.content) == {"database": "ok", "redis": "ok", "worker": "ok", "beat": "ok"}


def test_without_redis_people_are_still_served_and_the_alarm_rings(client: Client, settings: Any) -> None:
    settings.REDIS_URL = "unix:///nowhere/redis.sock"
    assert client.get("/terveys/valmis/").status_code == 200
    response = client.get("/terveys/kaikki/")
    assert response.status_code == 503
    assert json.loads(response.content) == {
        "database": "ok",
        "redis": "down",
        "worker": "down",
        "beat": "down",
    }


def test_without_the_database_nobody_is_sent_here(client: Client) -> None:
    def refuse(*_: Any) -> None:
        raise OperationalError

    with connection.execute_wrapper(refuse):
        response = client.get("/terveys/valmis/")
    assert response.status_code == 503
    assert json.loads(response.content)["database"] == "down"


@pytest.mark.parametrize("address", ["/terveys/", "/terveys/valmis/", "/terveys/kaikki/"])
def test_only_reading(client: Client, address: str) -> None:
    assert client.post(address).status_code == 405
