"""A private PostgreSQL and Redis for a fresh machine and for the tests; nothing else of the machine is touched.

Settings only ask for the addresses, which are computed and never start anything. `hold()` starts the servers, and the
last holder's `release()` stops them. Both listen on Unix sockets only, so servers the machine already has do not matter.

PostgreSQL refuses to run as root. Started by root, it runs as an account of its own, and where that account cannot reach
the project's folder (a clone in a closed home) data and binaries live in `/var/lib`: the permissions of folders outside
`var/` are never changed.
"""

import contextlib
import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from jasenpalvelu import processes
from jasenpalvelu.place import NAME, Place, StartError, make_folder

START_SECONDS, RETRY_SECONDS = 60, 15
FAST_LINES = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"


def in_use() -> bool:
    """Whether this is an installation on its own private servers: neither address is given from outside."""
    return needs_postgres() and needs_redis()


def needs_postgres() -> bool:
    return not os.environ.get("DATABASE_URL")


def needs_redis() -> bool:
    return not os.environ.get("REDIS_URL")


def secret_key(var_dir: Path) -> str:
    """The installation's own secret, made once and kept in a file only its owner can read."""
    path = var_dir / "secret_key"
    if not path.exists():
        make_folder(var_dir)
        own = var_dir / f"secret_key.{os.getpid()}"
        own.touch(mode=0o600)
        own.write_text(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):
            os.link(own, path)  # whoever comes first wins, and nobody reads a half-written key
        own.unlink()
    return path.read_text()


def database_url(var_dir: Path) -> str:
    return f"postgres://{NAME}@{str(Place(var_dir).sockets).replace('/', '%2F')}/{NAME}"


def redis_url(var_dir: Path) -> str:
    return f"unix://{Place(var_dir).sockets}/redis.sock"


def hold(var_dir: Path, *, fast: bool = False) -> None:
    """Make the servers run and keep them until this process calls `release`. `fast` trades safety for tests' speed."""
    place = Place(var_dir)
    with _locked(place):
        _prepare(place)
        if needs_postgres():
            _start_postgres(place, fast=fast)
        if needs_redis():
            _start_redis(place)
        processes.remember(place.var / "holders" / str(os.getpid()))


def release(var_dir: Path) -> None:
    """Let go; the servers stop unless another living process holds them."""
    place = Place(var_dir)
    with _locked(place):
        (place.var / "holders" / str(os.getpid())).unlink(missing_ok=True)
        if not _holders(place):
            _stop_postgres(place)
            _stop_redis(place)


@contextlib.contextmanager
def held(var_dir: Path, *, fast: bool = False) -> Iterator[None]:
    hold(var_dir, fast=fast)
    try:
        yield
    finally:
        release(var_dir)


def _holders(place: Place) -> list[Path]:
    alive = []
    for path in (place.var / "holders").glob("[0-9]*"):
        if processes.recall(path):
            alive.append(path)
        else:
            path.unlink(missing_ok=True)
    return alive


@contextlib.contextmanager
def _locked(place: Place) -> Iterator[None]:
    """One process at a time starts or stops; the kernel frees the lock of a killed one."""
    try:
        make_folder(place.var)
        handle = (place.var / "embedded.lock").open("w")
    except PermissionError as error:
        raise StartError(
            f"{place.var} belongs to another user. Run as that user, or remove the folder and the demo data in it."
        ) from error
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _prepare(place: Place) -> None:
    """Make the servers' own folders in `var/`, /var/lib and /tmp: the only ones whose modes are set."""
    elsewhere = place.outside if place.home == place.inside else place.inside
    if place.account is not None and not place.home.exists() and elsewhere.exists():
        shutil.move(elsewhere, place.home)  # a parent folder was closed or opened since the last run
    place.home.mkdir(parents=True, exist_ok=True)
    place.sockets.mkdir(parents=True, exist_ok=True)
    for folder, mode in ((place.home, 0o711), (place.sockets, 0o700)):
        if folder.lstat().st_uid not in {os.geteuid(), *(place.account or ())[:1]} or folder.is_symlink():
            raise StartError(f"{folder} belongs to another user; remove it or choose another VAR_DIR.")
        folder.chmod(mode)
    if place.account is not None:
        os.chown(place.home, *place.account)
        os.chown(place.sockets, *place.account)


def _start_postgres(place: Place, *, fast: bool) -> None:
    if not place.data.exists():
        _initialise(place)
    _configure(place, fast=fast)
    log = place.home / "postgres.log"
    deadline = time.monotonic() + RETRY_SECONDS
    while not _postgres_runs(place):
        start = ("-D", place.data, "-l", log, "-w", "-t", str(START_SECONDS), "start")
        if place.run(place.binaries / "pg_ctl", *start).returncode == 0:
            break
        if time.monotonic() > deadline:
            raise StartError(f"PostgreSQL did not start; see {log}.")
        time.sleep(0.5)  # children of a killed server hold its memory until they notice
    _ensure_database(place, log)


def _initialise(place: Place) -> None:
    """A new cluster, made beside its place and moved there whole, so that a killed start leaves none half made."""
    fresh = place.data.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    options = ["--username", NAME, "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync"]
    if place.run(place.binaries / "initdb", "-D", fresh, *options).returncode != 0:
        raise StartError(f"PostgreSQL's data folder could not be made; see {place.home / 'commands.log'}.")
    fresh.rename(place.data)


def _configure(place: Place, *, fast: bool) -> None:
    """Tuned for bulk work beside the web and the worker on one small machine; reached by its socket only."""
    memory = psutil.virtual_memory().total // 2**20
    shared = Path("/dev/shm")  # noqa: S108 (only its size is asked)
    roomy = shared.exists() and shutil.disk_usage(shared).total > 2**30
    path = place.data / "postgresql.conf"
    path.write_text(
        f"""# Written at every start.
listen_addresses = ''
unix_socket_directories = '{place.sockets}'
unix_socket_permissions = 0700
max_connections = 200
shared_buffers = {min(512, max(64, memory // 8))}MB
dynamic_shared_memory_type = {"posix" if roomy else "mmap"}
effective_cache_size = {max(256, memory // 2)}MB
work_mem = 32MB
maintenance_work_mem = {min(256, max(64, memory // 16))}MB
max_wal_size = 4GB
checkpoint_timeout = 15min
wal_compression = on
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] '
{FAST_LINES if fast else ""}"""
    )
    if place.account is not None:
        os.chown(path, *place.account)


def _ensure_database(place: Place, log: Path) -> None:
    import psycopg2

    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            connection = psycopg2.connect(host=str(place.sockets), user=NAME, dbname="postgres")
            break
        except psycopg2.OperationalError as error:
            if time.monotonic() > deadline or not _postgres_runs(place):
                raise StartError(f"PostgreSQL did not start; see {log}.") from error
            time.sleep(0.1)
    with contextlib.closing(connection):
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE DATABASE {NAME}")


def empty_database(var_dir: Path) -> None:
    """Begin again from nothing. Only for the running private database."""
    import psycopg2

    server = psycopg2.connect(host=str(Place(var_dir).sockets), user=NAME, dbname="postgres")
    with contextlib.closing(server):
        server.autocommit = True
        cursor = server.cursor()
        cursor.execute(f"DROP DATABASE {NAME} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {NAME}")


def is_empty(var_dir: Path, table: str) -> bool:
    """Whether a table of the running private database has no row."""
    import psycopg2
    from psycopg2.sql import SQL, Identifier

    with contextlib.closing(psycopg2.connect(database_url(var_dir))) as connection:
        cursor = connection.cursor()
        cursor.execute(SQL("SELECT NOT EXISTS (SELECT FROM {})").format(Identifier(table)))
        row = cursor.fetchone()
        return bool(row and row[0])


def _postgres_runs(place: Place) -> bool:
    """Not asked of pg_ctl, which takes a killed process that init has not buried yet for a running one."""
    try:
        process = psutil.Process(int((place.data / "postmaster.pid").read_text().split()[0]))
        return process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE
    except (OSError, ValueError, IndexError, psutil.Error):
        return False


def _stop_postgres(place: Place) -> None:
    if _postgres_runs(place):
        place.run(place.binaries / "pg_ctl", "-D", place.data, "-m", "fast", "-w", "stop")


def _start_redis(place: Place) -> None:
    """No file of its own: what is queued there only wakes workers, the truth is in PostgreSQL."""
    if _redis_answers(place):
        return
    server = shutil.which("redis-server")
    if server is None:
        raise StartError("redis-server is missing: install the package redis-server, or set REDIS_URL.")
    (place.sockets / "redis.sock").unlink(missing_ok=True)
    place.run(
        server,
        *("--port", "0", "--unixsocket", place.sockets / "redis.sock", "--unixsocketperm", "700"),
        *(
            "--daemonize",
            "yes",
            "--pidfile",
            place.sockets / "redis.pid",
            "--logfile",
            place.home / "redis.log",
        ),
        *("--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction", "--dir", place.home),
    )
    deadline = time.monotonic() + START_SECONDS
    while not _redis_answers(place):
        if time.monotonic() > deadline:
            raise StartError(f"Redis did not start; see {place.home / 'redis.log'}.")
        time.sleep(0.05)


def _redis_answers(place: Place) -> bool:
    import redis

    try:
        with redis.Redis.from_url(redis_url(place.var), socket_timeout=5) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError):
        return False


def _stop_redis(place: Place) -> None:
    import redis

    with contextlib.suppress(redis.RedisError, OSError), redis.Redis.from_url(redis_url(place.var)) as client:
        client.shutdown(nosave=True)
