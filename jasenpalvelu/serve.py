"""Run the whole service from one command (`script/server`), or one command beside its servers (`run COMMAND …`).

The supervisor holds the private servers, starts web, worker and beat, starts again what ends by itself (`children.py`), and
ends them when it ends. Each child's number is kept in `var/run/`, so that what a killed supervisor left behind is found and
ended at the next start, and nothing else is.
"""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from jasenpalvelu import embedded, processes
from jasenpalvelu.children import Child, GaveUp, watch

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("VAR_DIR") or ROOT / "var").absolute()
RUN = VAR / "run"
FIRST_PORT = 8000
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
UNFINISHED = "demo.unfinished"
DEMO_PERSONS = os.environ.get("DEMO_PERSONS", "2000")


class Stopped(BaseException):
    """The user or the system asked us to end."""

    def __init__(self, number: int) -> None:
        self.number = number


def main(arguments: list[str]) -> int:
    for number in ENDING:
        signal.signal(number, _stop)
    try:
        if arguments[:1] == ["run"]:
            return run_beside_servers(arguments[1:])
        return serve()
    except (embedded.StartError, PermissionError) as error:
        print(error, file=sys.stderr)
        return 1
    except Stopped as stopped:
        return 128 + stopped.number


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped(number)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Steps that must not be cut in the middle; a signal that came meanwhile takes effect after them."""
    heard: list[int] = []
    before = [signal.signal(number, lambda number, frame: heard.append(number)) for number in ENDING]
    try:
        yield
    finally:
        for number, handler in zip(ENDING, before, strict=True):
            signal.signal(number, handler)
    if heard:
        raise Stopped(heard[0])


@contextlib.contextmanager
def _servers() -> Iterator[None]:
    try:
        with _undisturbed():
            embedded.hold(VAR, fast=bool(os.environ.get("EMBEDDED_FAST")))
        yield
    finally:
        for number in ENDING:  # the end has begun; a second Ctrl-C does not leave half of it running
            signal.signal(number, signal.SIG_IGN)
        embedded.release(VAR)


def run_beside_servers(command: list[str]) -> int:
    """Run a command while the private servers are up; they stop after it unless somebody else uses them."""
    with _servers():
        child = subprocess.Popen(command)
        while True:
            try:
                return child.wait()
            except Stopped as stopped:
                if stopped.number != signal.SIGINT or not sys.stdin.isatty():
                    child.send_signal(stopped.number)  # Ctrl-C at a terminal has reached the child as well


def serve() -> int:
    with _servers(), _only_one():
        end_leftovers()
        drop_half_a_demo()
        manage("migrate", "--no-input", "--verbosity", "0")
        load_demo()
        with listening() as web_socket:
            try:
                host, port = web_socket.getsockname()[:2]
                address = f"http://{'localhost' if host == '127.0.0.1' else host}:{port}/"
                os.environ.setdefault("PUBLIC_URL", address)  # what mails of the background lead to
                children = start_children(web_socket)
                welcome(address)
                watch(children, around=_undisturbed)
            except GaveUp as reason:
                print(reason, file=sys.stderr, flush=True)
                return 1
            except Stopped:
                print("\nStopping …", flush=True)
                return 0
            finally:
                end_processes()


@contextlib.contextmanager
def _only_one() -> Iterator[None]:
    RUN.mkdir(exist_ok=True)
    address = RUN / "address"
    with (RUN / "server.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            where = address.read_text() if address.exists() else "starting"
            raise embedded.StartError(f"The service of this folder is already running: {where}") from None
        try:
            yield
        finally:
            address.unlink(missing_ok=True)


def end_leftovers() -> None:
    if names := end_processes():
        print(f"Ended what an earlier run had left behind: {', '.join(names)}", flush=True)


def end_processes() -> list[str]:
    """End our processes, all asked before any is waited for; returns the names of those that ran."""
    running = {path: process for path in RUN.glob("*.pid") if (process := processes.recall(path))}
    for process in running.values():
        processes.ask_to_end(process)
    for process in running.values():
        processes.wait_for_end(process)
    for path in RUN.glob("*.pid"):
        path.unlink(missing_ok=True)
    return [path.stem for path in running]


def manage(*arguments: str) -> None:
    """A management command, remembered as the others are: a killed start leaves it running too."""
    path = RUN / "manage.pid"
    child = subprocess.Popen([sys.executable, ROOT / "manage.py", *arguments])
    processes.remember(path, child.pid)
    try:
        code = child.wait()
    except Stopped:
        child.terminate()
        child.wait()
        raise
    finally:
        path.unlink(missing_ok=True)
    if code:
        raise embedded.StartError(f"manage.py {arguments[0]} failed.")


def load_demo() -> None:
    """Fill an empty register of a private database, once. A database given from outside is nobody's playground."""
    if embedded.in_use() and DEMO_PERSONS != "0" and embedded.is_empty(VAR, "members_party"):
        print("Loading the demo federation …", flush=True)
        unfinished = VAR / UNFINISHED
        unfinished.touch()
        manage("demo", "--persons", DEMO_PERSONS)
        unfinished.unlink()


def drop_half_a_demo() -> None:
    """Loading takes several steps; one that was cut is begun again from an empty database."""
    if embedded.in_use() and (VAR / UNFINISHED).exists():
        print("The demo federation was left half loaded.", flush=True)
        embedded.empty_database(VAR)
        (VAR / UNFINISHED).unlink()


@contextlib.contextmanager
def listening() -> Iterator[socket.socket]:
    """The first free port from 8000 up, kept open for the web server so that nobody can take it in between."""
    host = os.environ.get("HOST", "127.0.0.1")
    first = int(os.environ.get("PORT", FIRST_PORT))
    for port in range(first, first + 1000):
        opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind((host, port))
            opened.listen(256)
        except OSError:
            opened.close()
            continue
        with opened:
            yield opened
        return
    raise embedded.StartError(f"No free port from {first} up.")


def start_children(web_socket: socket.socket) -> list[Child]:
    tools = Path(sys.executable).parent
    descriptor = web_socket.fileno()
    web = ["--bind", f"fd://{descriptor}", "--workers", "2", "--threads", "4", "--no-control-socket"]
    worker = ["--queues", "default,pdf,mail", "--concurrency", "3", "--loglevel", "WARNING"]
    celery: list[str | Path] = [tools / "celery", "--app", "jasenpalvelu", "--quiet"]
    commands: dict[str, list[str | Path]] = {
        "web": [tools / "gunicorn", "jasenpalvelu.wsgi", *web],
        "worker": [*celery, "worker", *worker],
        "beat": [*celery, "beat", "--loglevel", "WARNING"],
    }
    (VAR / "static").mkdir(exist_ok=True)
    children = [
        Child(name, command, VAR, ROOT, keep=(descriptor,) if name == "web" else ())
        for name, command in commands.items()
    ]
    with _undisturbed():
        for child in children:
            child.start()
    return children


def welcome(address: str) -> None:
    _wait_until_answers(address)
    (RUN / "address").write_text(address)
    print(f"\nJäsenpalvelu is running at {address}\n", flush=True)
    if embedded.in_use():
        manage("demo_logins")
    print(f"Logs are in {VAR}. Ctrl-C stops everything.", flush=True)


def _wait_until_answers(address: str) -> None:
    from urllib.error import URLError
    from urllib.request import urlopen

    deadline = time.monotonic() + 120
    while True:
        try:
            urlopen(f"{address}terveys/", timeout=5).close()  # noqa: S310 (our own address)
            return
        except (URLError, OSError) as error:
            if time.monotonic() > deadline:
                raise embedded.StartError(
                    f"The web server does not answer; see {VAR / 'web.log'}."
                ) from error
            time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
