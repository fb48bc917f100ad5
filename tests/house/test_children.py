"""What ends by itself is started again, after longer and longer pauses; what keeps ending stops the service with a reason."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from jasenpalvelu import children, processes
from jasenpalvelu.children import Child, GaveUp

WAITS = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); time.sleep(60)"


@pytest.fixture
def made(tmp_path: Path) -> Iterator[list[Child]]:
    every: list[Child] = []
    yield every
    for child in every:
        if child.process is not None:
            child.process.kill()
            child.process.wait()
            processes.end_session(child.process.pid)


def child(made: list[Child], folder: Path, program: str) -> Child:
    one = Child("worker", [sys.executable, "-c", program], folder, folder)
    made.append(one)
    one.start()
    return one


def number(one: Child) -> int:
    assert one.process is not None
    return one.process.pid


def until(condition, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_killed_process_is_started_again_and_its_orphans_end(made, tmp_path, capfd):
    one = child(made, tmp_path, WAITS)
    killed = psutil.Process(number(one))
    until(lambda: killed.children())
    orphans = killed.children()
    killed.kill()
    until(lambda: one.process.poll() is not None)
    now = time.monotonic()
    one.look(now)
    assert "worker ended by itself (code -9) and is started again" in capfd.readouterr().err
    assert not any(orphan.is_running() and orphan.status() != psutil.STATUS_ZOMBIE for orphan in orphans)
    one.look(now)
    assert number(one) == killed.pid, "not before the pause is over"
    one.look(now + children.FIRST_PAUSE)
    assert number(one) != killed.pid
    remembered = processes.recall(tmp_path / "run" / "worker.pid")
    assert remembered is not None
    assert remembered.pid == number(one)


def test_one_that_keeps_ending_is_given_up_with_the_place_of_the_reason(made, tmp_path, monkeypatch):
    monkeypatch.setattr(children, "FIRST_PAUSE", 0.01)
    one = child(made, tmp_path, "raise SystemExit('no queue')")
    with pytest.raises(GaveUp, match=r"worker ended 6 times soon after its start \(code 1\).*worker\.log"):
        children.watch([one], pause=0.01)
    assert one.log.read_text().count("no queue") == children.PATIENCE + 1


def test_one_that_has_worked_meanwhile_is_not_given_up(made, tmp_path):
    one = child(made, tmp_path, "pass")
    for _ in range(children.PATIENCE + 3):
        until(lambda: one.process.poll() is not None)
        later = one.born + children.LIVED + 1
        one.look(later)
        one.look(later + children.FIRST_PAUSE)
    assert one.short == 1


def test_pauses_grow(made, tmp_path):
    one = child(made, tmp_path, "pass")
    pauses = []
    for _ in range(children.PATIENCE):
        until(lambda: one.process.poll() is not None)
        one.look(one.born)
        assert one.due is not None
        pauses.append(one.due - one.born)
        one.look(one.due)
    assert pauses == pytest.approx([0.5, 1, 2, 4, 8])
