"""What follows a migration."""

import pytest
from django.core.management import call_command
from django.db import connection

pytestmark = pytest.mark.django_db


def _measured() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stats WHERE tablename = 'fresh'")
        return int(cursor.fetchone()[0])


def test_tables_are_measured_when_something_was_migrated() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE fresh AS SELECT generate_series(1, 9) AS entry")
    call_command("migrate", verbosity=0)
    assert _measured() == 0  # nothing was to be done
    call_command("migrate", "sessions", "zero", fake=True, verbosity=0)
    assert _measured() == 1
