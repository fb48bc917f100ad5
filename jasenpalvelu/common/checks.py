"""What the service asks of its database before anything is written into it; `migrate` and `check --database` ask."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

BYTEWISE = {"C", "POSIX"}


@register(Tags.database)
def collation(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Sort keys are made for the order of bytes: paging by keys and searching by beginnings skip rows in any other."""
    return [error for alias in databases or [] for error in order_of(connections[alias])]


def order_of(connection: BaseDatabaseWrapper) -> list[CheckMessage]:
    with connection.cursor() as cursor:
        # As JSON: the columns have changed their names between versions of the server.
        cursor.execute("SELECT to_jsonb(d) FROM pg_database d WHERE datname = current_database()")
        row = json.loads(cursor.fetchone()[0])
    found = row.get("datlocale") if row.get("datlocprovider") == "b" else row["datcollate"]
    if found in BYTEWISE and row.get("datlocprovider") != "i":
        return []
    return [
        Error(
            f"The database {row['datname']} sorts by the locale {found}, not by C: lists and searches would leave rows out.",
            hint="Make it anew and restore into it: CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'.",
            id="jasenpalvelu.E001",
        )
    ]
