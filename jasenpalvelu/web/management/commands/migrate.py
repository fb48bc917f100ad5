"""Django's `migrate`, which afterwards has the tables measured anew.

A new column has no statistics until enough rows have changed, which in a register takes weeks; until then the planner
guesses, and a page that asks for the new column reads whole tables (PostgreSQL manual, "Routine Vacuuming").
"""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder


class Command(migrate.Command):
    help = "Updates the database's tables to the code's, and measures them anew when something changed."

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        before = set(MigrationRecorder(connection).applied_migrations())
        super().handle(*args, **options)
        if before != set(MigrationRecorder(connection).applied_migrations()):
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
