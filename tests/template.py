"""A migrated, empty database that test databases are copied from; made once for each state of the migrations."""

import fcntl
import hashlib
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection

PREFIX = "template_tests_"


def ensure() -> str:
    """The name of the database to copy. One process makes it, the others wait."""
    name = PREFIX + digest()
    with (settings.VAR_DIR / "template.lock").open("w") as lock, closing(maintenance()) as server:
        fcntl.flock(lock, fcntl.LOCK_EX)
        cursor = server.cursor()
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
        present = [row[0] for row in cursor.fetchall()]
        if name not in present:
            for older in present:
                cursor.execute(f'DROP DATABASE "{older}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{name}_new"')
            migrate(f"{name}_new")
            cursor.execute(f'ALTER DATABASE "{name}_new" RENAME TO "{name}"')
    return name


def digest() -> str:
    """Of everything a fresh schema follows from: our migrations and the versions of others'."""
    found = hashlib.sha256((settings.BASE_DIR / "requirements.txt").read_bytes())
    for path in sorted(path for app in ("jasenpalvelu/*", "*") for path in migrations(app)):
        found.update(str(path.relative_to(settings.BASE_DIR)).encode() + path.read_bytes())
    return found.hexdigest()[:16]


def migrations(app: str) -> list[Path]:
    return list(settings.BASE_DIR.glob(f"{app}/migrations/*.py"))


def maintenance() -> Any:
    """A connection beside Django's, which may not make databases within its transactions."""
    given = connection.get_connection_params() | {"dbname": "postgres"}
    given = {
        key: value for key, value in given.items() if key not in {"cursor_factory", "server_side_binding"}
    }
    server = connection.Database.connect(**given)
    server.autocommit = True
    return server


def migrate(name: str) -> None:
    original = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        call_command("migrate", interactive=False, verbosity=0)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = original
