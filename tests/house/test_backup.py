"""The backup of the runbook, taken and restored with the server's own tools: nothing is in the way of it, and the guards are back."""

from __future__ import annotations

import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections
from django.db.utils import DatabaseError

from jasenpalvelu.audit.models import Mutation
from jasenpalvelu.place import Place
from tests.cast import Cast
from tests.template import maintenance

NAME = "restored_backup"


def tool(name: str, *arguments: str | Path) -> None:
    given = connection.settings_dict
    where = [
        "--host",
        given["HOST"],
        "--username",
        given["USER"],
        *(["--port", str(given["PORT"])] if given["PORT"] else []),
    ]
    done = subprocess.run(
        [Place(settings.VAR_DIR).binaries / name, *where, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_what_was_backed_up_comes_back_with_its_guards(cast: Cast, tmp_path: Path) -> None:
    dump = tmp_path / "jasenpalvelu.dump"
    tool("pg_dump", "--format=custom", f"--file={dump}", connection.settings_dict["NAME"])
    with closing(maintenance()) as server:
        cursor: Any = server.cursor()
        cursor.execute(f'DROP DATABASE IF EXISTS "{NAME}"')
        cursor.execute(f"CREATE DATABASE \"{NAME}\" TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
    tool("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={NAME}", dump)
    restored = connections.create_connection("default")
    restored.settings_dict = restored.settings_dict | {"NAME": NAME}
    try:
        with restored.cursor() as rows:
            rows.execute("SELECT count(*) FROM audit_mutation")
            assert rows.fetchone()[0] == Mutation.objects.count()
            rows.execute("SELECT display_name FROM members_party WHERE id = %s", [cast.parties["maija"].pk])
            assert rows.fetchone() == ("Metsäpelto Maija",)
            with pytest.raises(DatabaseError, match="mutation"):
                rows.execute("UPDATE members_party SET display_name = 'x'")
    finally:
        restored.close()
        with closing(maintenance()) as server:
            server.cursor().execute(f'DROP DATABASE "{NAME}" WITH (FORCE)')
