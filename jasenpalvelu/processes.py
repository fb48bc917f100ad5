"""Processes remembered in small files, so that a later run knows which of the machine's processes are its own."""

import contextlib
import os
from pathlib import Path

import psutil


def remember(path: Path, pid: int | None = None) -> None:
    """Write the process's number and birth time; the birth time tells it from a later process with the same number."""
    process = psutil.Process(pid or os.getpid())
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(f"{process.pid} {process.create_time():.2f}")
    fresh.replace(path)


def recall(path: Path) -> psutil.Process | None:
    """The remembered process if it still lives, else None."""
    try:
        pid, born = path.read_text().split()
        process = psutil.Process(int(pid))
        same = abs(process.create_time() - float(born)) < 1 and process.status() != psutil.STATUS_ZOMBIE
    except (OSError, ValueError, psutil.Error):
        return None
    return process if same else None


def ask_to_end(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.terminate()


def wait_for_end(leader: psutil.Process, *, patience: float = 10) -> None:
    """Wait for a process that was asked to end; after `patience` seconds end it and everything below it by force."""
    with contextlib.suppress(psutil.NoSuchProcess):
        family = [leader, *leader.children(recursive=True)]
        psutil.wait_procs([leader], timeout=patience)
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, timeout=patience)


def end_session(leader: int, *, patience: float = 10) -> None:
    """End by force what is left of a session whose leader has ended: its workers, which nobody leads any more."""
    left = [process for process in psutil.process_iter() if _session(process.pid) == leader != process.pid]
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=patience)


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:
        return 0
