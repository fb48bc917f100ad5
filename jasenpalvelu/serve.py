"""Run the whole service from one command (`script/server`), or one command beside its servers (`run COMMAND …`).

The supervisor holds the private servers, starts web, worker and beat, and ends them when it ends. Each child's number is
kept in `var/run/`, so that what a killed supervisor left behind is found and ended at the next start, and nothing else is.
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

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("VAR_DIR") or ROOT / "var").absolute()
RUN = VAR / "run"
FIRST_PORT = 8000
DEMO_PERSONS = "2000"


class Stopped(BaseException):
    """The user or the system asked us to end."""


def main(arguments: list[str]) -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        if arguments[:1] == ["run"]:
            return run_beside_servers(arguments[1:])
        return serve()
    except embedded.StartError as error:
        print(error, file=sys.stderr)
        return 1
    except Stopped:
        return 130


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


def run_beside_servers(command: list[str]) -> int:
    """Run a command while the private servers are up; they stop after it unless somebody else uses them."""
    with embedded.held(VAR, fast=bool(os.environ.get("EMBEDDED_FAST"))):
        child = subprocess.Popen(command)
        while True:
            try:
                return child.wait()
            except Stopped:  # Ctrl-C reached the child as well; it decides how to end
                child.terminate()


def serve() -> int:
    with _only_one(), embedded.held(VAR):
        end_leftovers()
        manage("migrate", "--no-input", "--verbosity", "0")
        load_demo()
        with listening() as web_socket:
            host, port = web_socket.getsockname()[:2]
            children = start_children(web_socket)
            try:
                welcome(f"http://{'localhost' if host == '127.0.0.1' else host}:{port}/")
                return watch(children)
            except Stopped:
                print("\nStopping …", flush=True)
                return 0
            finally:
                end_children(children)


@contextlib.contextmanager
def _only_one() -> Iterator[None]:
    RUN.mkdir(parents=True, exist_ok=True)
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
    for path in RUN.glob("*.pid"):
        leftover = processes.recall(path)
        if leftover:
            print(f"Ending what an earlier run left behind: {path.stem}", flush=True)
            processes.stop_group(leftover)
        path.unlink(missing_ok=True)


def manage(*arguments: str) -> None:
    result = subprocess.run([sys.executable, ROOT / "manage.py", *arguments], check=False)
    if result.returncode:
        raise embedded.StartError(f"manage.py {arguments[0]} failed.")


def load_demo() -> None:
    """Fill an empty register of a private database, once. A database given from outside is nobody's playground."""
    if embedded.in_use() and has_command("demo") and embedded.is_empty(VAR, "members_party"):
        print("Loading the demo federation …", flush=True)
        manage("demo", "--persons", DEMO_PERSONS)


def has_command(name: str) -> bool:
    return any(
        path
        for folder in ("*", "jasenpalvelu/*")
        for path in ROOT.glob(f"{folder}/management/commands/{name}.py")
    )


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


def start_children(web_socket: socket.socket) -> dict[str, subprocess.Popen[bytes]]:
    """Each in a session of its own: Ctrl-C reaches only us, and we end them in order."""
    tools = Path(sys.executable).parent
    descriptor = web_socket.fileno()
    celery = [tools / "celery", "--app", "jasenpalvelu", "--quiet"]
    commands: dict[str, list[str | Path]] = {
        "web": [
            tools / "gunicorn",
            "jasenpalvelu.wsgi",
            "--bind",
            f"fd://{descriptor}",
            "--workers",
            "2",
            "--threads",
            "4",
        ],
        "worker": [
            *celery,
            "worker",
            "--queues",
            "default,pdf,mail",
            "--concurrency",
            "2",
            "--loglevel",
            "WARNING",
        ],
        "beat": [*celery, "beat", "--loglevel", "WARNING"],
    }
    children = {}
    for name, command in commands.items():
        with (VAR / f"{name}.log").open("a") as log:
            child = subprocess.Popen(
                command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=[descriptor] if name == "web" else [],
            )
        processes.remember(RUN / f"{name}.pid", child.pid)
        children[name] = child
    return children


def welcome(address: str) -> None:
    _wait_until_answers(address)
    (RUN / "address").write_text(address)
    print(f"\nJäsenpalvelu is running at {address}\n", flush=True)
    if embedded.in_use() and has_command("demo_logins"):
        manage("demo_logins")
    print(f"Logs are in {VAR}. Ctrl-C stops everything.", flush=True)


def _wait_until_answers(address: str) -> None:
    from urllib.error import URLError
    from urllib.request import urlopen

    deadline = time.monotonic() + 60
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


def watch(children: dict[str, subprocess.Popen[bytes]]) -> int:
    """Until one of them ends by itself, which is an error."""
    while True:
        for name, child in children.items():
            if child.poll() is not None:
                print(
                    f"{name} ended by itself (code {child.returncode}); see {VAR / f'{name}.log'}",
                    file=sys.stderr,
                )
                return 1
        time.sleep(0.5)


def end_children(children: dict[str, subprocess.Popen[bytes]]) -> None:
    """A second Ctrl-C does not leave half of them running: from here on signals are not heard."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for child in children.values():
        child.terminate()
    for name in children:
        path = RUN / f"{name}.pid"
        leftover = processes.recall(path)
        if leftover:
            processes.stop_group(leftover)
        path.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
