"""Health pages: who may see them, and that reading does not depend on workers."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from jasenpalvelu import heartbeat
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.web.views import health

pytestmark = pytest.mark.django_db

STATES = ("database", "redis", "worker", "beat", "jobs", "queue", "disk")
HOUR = timedelta(hours=1)


@pytest.fixture
def _signs() -> Any:
    """The signs of life as a worker and beat leave them."""
    with heartbeat.client() as redis:
        found = {key: redis.get(key) for key in redis.scan_iter("heartbeat:*")}
        before = {key: value for key, value in found.items() if value is not None}  # None: ran out meanwhile
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
    told = json.loads(response.content)
    assert told.pop("free_bytes") > 0
    assert told == dict.fromkeys(STATES, "ok") | dict.fromkeys(
        ("failed_jobs", "given_up_jobs", "oldest_due_seconds"), 0
    )


@pytest.mark.usefixtures("_signs")
@pytest.mark.xdist_group("redis")
@pytest.mark.parametrize(
    ("job", "states", "numbers"),
    [
        ({"state": "failed", "finished_at": HOUR, "failures": 5}, {"jobs": "failing"}, (1, 1, 0)),
        ({"state": "failed", "finished_at": HOUR}, {}, (1, 0, 0)),
        ({"state": "failed", "finished_at": HOUR * 25, "failures": 5}, {}, (0, 0, 0)),
        ({"state": "queued", "created_at": HOUR}, {"queue": "late"}, (0, 0, 3600)),
        ({"state": "queued", "created_at": HOUR / 6}, {}, (0, 0, 600)),
        (
            {"state": "running", "created_at": HOUR * 9, "started_at": HOUR * 9, "leased_until": HOUR},
            {"queue": "late"},
            (0, 0, 3600),
        ),
        ({"state": "running", "created_at": HOUR, "started_at": HOUR}, {}, (0, 0, 0)),
    ],
)
def test_the_alarm_tells_how_the_work_goes(
    client: Client, job: dict[str, Any], states: dict[str, str], numbers: tuple[int, int, int]
) -> None:
    now = clock.now()
    past = {name: now - value if isinstance(value, timedelta) else value for name, value in job.items()}
    Job.objects.create(kind="k", title="Salaisen henkilön vienti", **past)
    with clock.frozen(now):
        response = client.get("/terveys/kaikki/")
    told = json.loads(response.content)
    assert {name: told[name] for name in STATES} == dict.fromkeys(STATES, "ok") | states
    assert (told["failed_jobs"], told["given_up_jobs"], told["oldest_due_seconds"]) == numbers
    assert response.status_code == (503 if states else 200)
    assert "Salaisen" not in response.content.decode()


@pytest.mark.usefixtures("_signs")
@pytest.mark.xdist_group("redis")
def test_the_alarm_rings_before_the_disk_is_full(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LEAST_FREE_BYTES", 2**62)
    response = client.get("/terveys/kaikki/")
    assert (response.status_code, json.loads(response.content)["disk"]) == (503, "low")


def test_without_redis_people_are_still_served_and_the_alarm_rings(client: Client, settings: Any) -> None:
    settings.REDIS_URL = "unix:///nowhere/redis.sock"
    assert client.get("/terveys/valmis/").status_code == 200
    response = client.get("/terveys/kaikki/")
    assert response.status_code == 503
    told = json.loads(response.content)
    down = dict.fromkeys(("redis", "worker", "beat"), "down")
    assert {name: told[name] for name in STATES} == dict.fromkeys(STATES, "ok") | down


def test_without_the_database_nobody_is_sent_here(client: Client) -> None:
    def refuse(*_: Any) -> None:
        raise OperationalError

    with connection.execute_wrapper(refuse):
        response, alarm = client.get("/terveys/valmis/"), client.get("/terveys/kaikki/")
    assert response.status_code == alarm.status_code == 503
    assert json.loads(response.content)["database"] == "down"
    assert json.loads(alarm.content)["queue"] == "unknown"


@pytest.mark.parametrize("address", ["/terveys/", "/terveys/valmis/", "/terveys/kaikki/"])
def test_only_reading(client: Client, address: str) -> None:
    assert client.post(address).status_code == 405
