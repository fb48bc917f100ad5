"""The private servers: where they live, who stops them, and what they never touch."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
import redis

from jasenpalvelu import embedded, processes, serve

ROOT = Path(embedded.__file__).resolve().parent.parent
AS_ROOT = os.geteuid() == 0


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's own folder, which is closed to the account PostgreSQL runs as under root."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def var(folder: Path) -> Path:
    return folder / "var"


@pytest.mark.parametrize(
    ("database", "broker", "in_use"),
    [
        ("", "", True),
        ("postgres://a/b", "", False),
        ("", "redis://a", False),
        ("postgres://a/b", "redis://a", False),
    ],
)
def test_private_only_when_neither_address_is_given(
    monkeypatch: pytest.MonkeyPatch, database: str, broker: str, in_use: bool
) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("REDIS_URL", broker)
    assert embedded.in_use() is in_use
    assert embedded.needs_postgres() is (not database)
    assert embedded.needs_redis() is (not broker)


def test_asking_for_addresses_makes_nothing(var: Path) -> None:
    embedded.database_url(var)
    embedded.redis_url(var)
    assert not var.exists()


@pytest.mark.parametrize("name", ["x" * 80, "with space", "hyvää-päivää", "a?b", "100%"])
def test_socket_paths_are_short_and_plain(folder: Path, name: str) -> None:
    sockets = embedded.Place(folder / name / "var").sockets
    assert sockets.parent == Path("/tmp")
    assert len(f"{sockets}/.s.PGSQL.5432.lock") < 107


def test_two_folders_do_not_share_a_place(folder: Path) -> None:
    one, other = (embedded.Place(folder / name / ("v" * 90)) for name in ("a", "b"))
    assert one.sockets != other.sockets
    assert one.outside != other.outside


def test_secret_key_is_made_once_and_kept_private(var: Path) -> None:
    key = embedded.secret_key(var)
    assert len(key) >= 50
    assert embedded.secret_key(var) == key
    assert (var / "secret_key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in var.iterdir()] == ["secret_key"]


@pytest.mark.skipif(not AS_ROOT, reason="only root runs PostgreSQL as somebody else")
def test_root_never_opens_a_closed_folder(tmp_path: Path) -> None:
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)
    place = embedded.Place(closed / "clone" / "var")
    assert not place.is_open
    assert place.home == place.outside
    assert closed.stat().st_mode & 0o777 == 0o700


def test_what_does_not_exist_yet_counts_as_open() -> None:
    assert embedded.Place(Path("/usr/local/not-there/var")).is_open


def test_a_remembered_number_is_not_enough(tmp_path: Path) -> None:
    """Another process that got the number of one of ours is never taken for it."""
    path = tmp_path / "web.pid"
    processes.remember(path)
    own = processes.recall(path)
    assert own is not None
    assert own.pid == os.getpid()
    path.write_text(f"{os.getpid()} 12345.00")
    assert processes.recall(path) is None
    path.write_text("nonsense")
    assert processes.recall(path) is None


def start_holder(var: Path) -> subprocess.Popen[str]:
    code = "from jasenpalvelu import embedded; import sys, time; from pathlib import Path; var = Path(sys.argv[1])\n"
    code += "with embedded.held(var, fast=True): print('up', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, str(var)]
    environment = {
        key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL"}
    }
    holder = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "up\n"
    return holder


def let_go(holder: subprocess.Popen[str]) -> None:
    holder.communicate(timeout=60)


def answer(var: Path) -> tuple[bool, bool]:
    """Whether PostgreSQL and Redis answer."""
    try:
        psycopg2.connect(embedded.database_url(var)).close()
        database = True
    except psycopg2.OperationalError:
        database = False
    try:
        with redis.Redis.from_url(embedded.redis_url(var)) as client:
            cache = bool(client.ping())
    except redis.RedisError:
        cache = False
    return database, cache


@pytest.mark.reliability
def test_the_last_holder_stops_the_servers(var: Path) -> None:
    first, second = start_holder(var), start_holder(var)
    assert answer(var) == (True, True)
    let_go(first)
    assert answer(var) == (True, True)
    let_go(second)
    assert answer(var) == (False, False)


@pytest.mark.reliability
def test_a_killed_holder_is_recovered_and_data_stays(var: Path) -> None:
    killed = start_holder(var)
    with psycopg2.connect(embedded.database_url(var)) as connection:
        connection.cursor().execute("CREATE TABLE kept (number int); INSERT INTO kept VALUES (7)")
    connection.close()
    killed.kill()
    killed.communicate()
    assert answer(var) == (True, True)  # left running by the kill
    following = start_holder(var)
    with psycopg2.connect(embedded.database_url(var)) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT number FROM kept")
        assert cursor.fetchone() == (7,)
        cursor.execute(
            "SELECT datcollate, pg_encoding_to_char(encoding) FROM pg_database WHERE datname = 'jasenpalvelu'"
        )
        assert cursor.fetchone() == ("C", "UTF8")
    connection.close()
    let_go(following)
    assert answer(var) == (False, False)


@pytest.mark.reliability
def test_killed_servers_are_started_again(var: Path) -> None:
    holder = start_holder(var)
    postgres = int((embedded.Place(var).data / "postmaster.pid").read_text().split()[0])
    with redis.Redis.from_url(embedded.redis_url(var)) as client:
        redis_pid = client.info("server")["process_id"]
    for pid in (postgres, redis_pid):
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while answer(var) != (False, False) and time.monotonic() < deadline:
        time.sleep(0.1)
    again = start_holder(var)
    assert answer(var) == (True, True)
    let_go(holder)
    let_go(again)
    assert answer(var) == (False, False)


@pytest.mark.reliability
def test_half_a_demo_is_begun_again(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "VAR", var)
    holder = start_holder(var)
    with closing(psycopg2.connect(embedded.database_url(var))) as connection, connection:
        connection.cursor().execute("CREATE TABLE demo (number int)")
    serve.drop_half_a_demo()
    assert embedded.is_empty(var, "demo")  # nothing was left half loaded, so all stays
    (var / serve.UNFINISHED).touch()
    serve.drop_half_a_demo()
    with pytest.raises(psycopg2.errors.UndefinedTable):
        embedded.is_empty(var, "demo")
    assert not (var / serve.UNFINISHED).exists()
    let_go(holder)
