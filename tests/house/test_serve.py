"""`script/server` as a user meets it: taken ports, Ctrl-C, kill -9 and starting again."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

from jasenpalvelu import processes, serve

pytestmark = [pytest.mark.reliability, pytest.mark.xdist_group("serve")]


@pytest.fixture
def environment() -> Iterator[dict[str, str]]:
    dropped = {"DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "DJANGO_SETTINGS_MODULE"}
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        given = {"VAR_DIR": f"{name}/var", "DEMO_PERSONS": "0", "EMBEDDED_FAST": "1", "PYTHONUNBUFFERED": "1"}
        kept = {key: value for key, value in os.environ.items() if key not in dropped}
        yield kept | given
        for process in alive(given["VAR_DIR"]):
            process.kill()


@pytest.fixture
def taken() -> Iterator[int]:
    """A port somebody else uses, with a free one after it somewhere."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def alive(var: str) -> list[psutil.Process]:
    """Every process that was started for this folder: told by its environment, or by its command for those without."""
    found = []
    for process in psutil.process_iter():
        try:
            ours = process.environ().get("VAR_DIR") == var or any(var in part for part in process.cmdline())
            if ours and process.status() != psutil.STATUS_ZOMBIE and process.pid != os.getpid():
                found.append(process)
        except psutil.Error:
            continue
    return found


def start(environment: dict[str, str]) -> tuple[subprocess.Popen[str], str, str]:
    """The supervisor, the address it printed, and everything it said before that."""
    server = subprocess.Popen(
        [sys.executable, "-m", "jasenpalvelu.serve"],
        cwd=serve.ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = ""
    assert server.stdout is not None
    for line in server.stdout:
        said += line
        found = re.search(r"http://\S+", line)
        if found:
            return server, found.group(), said
    pytest.fail(f"It ended: {said}")


def test_taken_port_kill_and_ctrl_c(environment: dict[str, str], taken: int) -> None:
    environment["PORT"] = str(taken)
    server, address, _ = start(environment)
    assert int(address.rstrip("/").rpartition(":")[2]) > taken
    assert urlopen(f"{address}terveys/valmis/").status == 200
    assert {"gunicorn", "celery", "postgres", "redis-server"} <= {
        process.name() for process in alive(environment["VAR_DIR"])
    }
    second = subprocess.run(
        [sys.executable, "-m", "jasenpalvelu.serve"],
        cwd=serve.ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert address in second.stderr
    assert urlopen(f"{address}terveys/valmis/").status == 200

    server.send_signal(signal.SIGKILL)
    server.communicate()
    left = {process.pid for process in alive(environment["VAR_DIR"])}
    assert left, "the kill should have left something to recover"

    server, again, said = start(environment)
    assert "earlier run" in said
    assert again == address
    assert urlopen(f"{again}terveys/valmis/").status == 200
    server.send_signal(signal.SIGINT)
    server.communicate(timeout=120)
    assert server.returncode == 0
    assert alive(environment["VAR_DIR"]) == []


@pytest.mark.parametrize("name", ["worker", "web", "beat"])
def test_a_killed_child_comes_back_while_the_service_goes_on(environment: dict[str, str], name: str) -> None:
    server, address, _ = start(environment)
    path = Path(environment["VAR_DIR"]) / "run" / f"{name}.pid"
    killed = processes.recall(path)
    assert killed is not None
    killed.kill()
    deadline = time.monotonic() + 60
    while (now := processes.recall(path)) is None or now.pid == killed.pid:
        assert time.monotonic() < deadline
        assert server.poll() is None
        time.sleep(0.1)
    while not answers(address):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    server.send_signal(signal.SIGINT)
    server.communicate(timeout=120)
    assert server.returncode == 0
    assert alive(environment["VAR_DIR"]) == []


def answers(address: str) -> bool:
    try:
        with urlopen(f"{address}terveys/", timeout=5) as response:
            return response.status == 200
    except OSError:
        return False
