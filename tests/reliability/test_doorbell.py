"""A real broker and a real Celery worker: rung, it comes; with the broker gone nothing is lost."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from jasenpalvelu.celery import app
from jasenpalvelu.jobs.models import Job, State
from jasenpalvelu.jobs.services import enqueue, sweeping
from tests.jobs import handlers

pytestmark = [pytest.mark.reliability, pytest.mark.django_db(transaction=True)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Broker:
    """A Redis of the test's own, which can be killed and started again at the same address."""

    def __init__(self, folder: Path) -> None:
        self.port, self.folder = free_port(), folder
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = [
            "redis-server",
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            str(self.folder),
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_until(self.answers)

    def answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    found = Broker(tmp_path)
    found.start()
    yield found
    found.kill()


@pytest.fixture
def ringing_there(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process rings at the test's own broker; all else is as in service."""
    send = app.send_task

    def send_there(name: str, **options: object) -> object:
        with app.connection_for_write(broker.url) as there:
            return send(name, connection=there, **options)

    monkeypatch.setattr(app, "send_task", send_there)


@pytest.fixture
def worker(broker: Broker) -> Iterator[subprocess.Popen]:
    environment = os.environ | {
        "CELERY_BROKER_URL": broker.url,
        "TEST_DATABASE": str(connection.settings_dict["NAME"]),
    }
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "tests.reliability.worker_app",
        "worker",
        "-P",
        "solo",
        "-Q",
        "default",
        "-l",
        "ERROR",
    ]
    process = subprocess.Popen(command, env=environment, cwd=settings.BASE_DIR)
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def table() -> Iterator[None]:
    handlers.make_table()
    yield
    handlers.drop_table()


def wait_until(condition: Callable[[], bool], *, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.05)


def count_to(size: int) -> Job:
    return enqueue(kind="test.count", title="x", owner=None, params={"size": size, "chunk": 10}, total=size)


def ended(job: Job) -> bool:
    return Job.objects.get(pk=job.pk).state == State.DONE


def test_the_worker_comes_when_rung_and_the_sweep_covers_for_a_lost_broker(
    broker, ringing_there, worker, table
):
    first = count_to(25)
    wait_until(lambda: ended(first))
    broker.kill()
    began = time.monotonic()
    second = count_to(25)
    assert time.monotonic() - began < 5, "a request does not hang on a broker that is away"
    assert sweeping.sweep() == 0
    assert Job.objects.get(pk=second.pk).state == State.QUEUED
    broker.start()
    wait_until(lambda: sweeping.sweep() == 1 or ended(second))
    wait_until(lambda: ended(second))
    assert handlers.worked() == sorted([*range(25), *range(25)])
