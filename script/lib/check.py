"""Run every static check, two at a time, and say at the end which failed. `check.py NAME …` runs only those."""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import messages

ROOT = messages.ROOT
BIN = Path(sys.executable).parent
# An installation as it should be: what `check --deploy` says of it is a mistake in the settings.
PRODUCTION = {
    "DATABASE_URL": "postgres://jasenpalvelu@database/jasenpalvelu",
    "REDIS_URL": "redis://redis:6379/0",
    "ALLOWED_HOSTS": "jasenpalvelu.example",
    "BEHIND_PROXY": "true",
    "EMAIL_URL": "smtp://mail:25",
}
MOST_LINES = 120
# Spelled so that the search does not find itself.
ADDRESSES = r"index[-]url|find[-]links|https?://[^/ ]*(py[p]i|pythonhoste[d]|npm[j]s|deb\.debia[n])[^/ ]*"


class Failed(Exception):
    """A check did not pass; the text is what to show."""


def run(*command: str | Path, env: dict[str, str] | None = None) -> None:
    result = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | (env or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        lines = (result.stdout + result.stderr).strip().splitlines()
        more = [f"… and {len(lines) - MOST_LINES} lines more"] if len(lines) > MOST_LINES else []
        raise Failed("\n".join([line[:300] for line in lines[:MOST_LINES]] + more))


def tool(name: str, *arguments: str) -> Callable[[], None]:
    return lambda: run(BIN / name, *arguments)


def migrations() -> None:
    run(sys.executable, "manage.py", "makemigrations", "--check", "--dry-run")


def deployment() -> None:
    secret = {"SECRET_KEY": secrets.token_urlsafe(50)}
    run(sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING", env=PRODUCTION | secret)


def catalogues() -> None:
    with copy_of_tree() as copy:
        before = {language: messages.catalogue(ROOT, language) for language in messages.LANGUAGES}
        if missing := [str(path) for path in before.values() if not path.exists()]:
            raise Failed(f"missing: {', '.join(missing)}")
        messages.collect(copy)
        found = [
            f"{language}: {problem}"
            for language in messages.LANGUAGES
            for problem in messages.problems(messages.catalogue(copy, language))
        ]
    if found:
        raise Failed("\n".join(found))


@contextmanager
def copy_of_tree() -> Iterator[Path]:
    """Code, templates and catalogues in a folder of their own, so that checking changes nothing."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        ignored = shutil.ignore_patterns(
            ".*", "var", "tests", "script", "static", "node_modules", "__pycache__", "*.mo"
        )
        shutil.copytree(ROOT, copy, ignore=ignored)
        (copy / "static").mkdir()
        yield copy


def addresses() -> None:
    result = subprocess.run(
        ["git", "grep", "-nIE", ADDRESSES], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if result.returncode == 0:
        raise Failed(f"package addresses belong to each installation's own configuration:\n{result.stdout}")


CHECKS: dict[str, Callable[[], None]] = {
    "mypy": tool("mypy"),
    "format": tool("ruff", "format", "--check", "--quiet", "--output-format=concise", "."),
    "lint": tool("ruff", "check", "--quiet", "--output-format=concise", "."),
    "imports": tool("lint-imports", "--no-cache"),
    "templates": tool("djlint", "templates", "--lint", "--quiet"),
    "migrations": migrations,
    "deployment": deployment,
    "catalogues": catalogues,
    "addresses": addresses,
}


def judge(name: str) -> str | None:
    started = time.monotonic()
    try:
        CHECKS[name]()
    except Failed as failure:
        print(f"✗ {name} ({time.monotonic() - started:.1f} s)\n{failure}\n", flush=True)
        return name
    print(f"✓ {name} ({time.monotonic() - started:.1f} s)", flush=True)
    return None


def main(names: list[str]) -> int:
    with ThreadPoolExecutor(2) as pool:
        failed = [name for name in pool.map(judge, names or CHECKS) if name]
    print(f"Failed: {', '.join(failed)}" if failed else "All checks passed.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
