"""A database in whose order lists would leave rows out is refused before anything is written into it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from django.core.checks import Tags, run_checks
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from jasenpalvelu.common.checks import order_of
from tests.template import maintenance

NAME = "sorted_otherwise"


@pytest.fixture
def otherwise(db: None) -> Iterator[BaseDatabaseWrapper]:
    """A database made without saying how it sorts, as on most servers."""
    with closing(maintenance()) as server:
        cursor = server.cursor()
        cursor.execute(f'DROP DATABASE IF EXISTS "{NAME}"')
        cursor.execute(
            f"CREATE DATABASE \"{NAME}\" TEMPLATE template0 LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"
        )
        connection = connections.create_connection("default")
        connection.settings_dict = connection.settings_dict | {"NAME": NAME}
        try:
            yield connection
        finally:
            connection.close()
            cursor.execute(f'DROP DATABASE "{NAME}"')


def test_another_order_is_refused_with_what_to_do(otherwise: BaseDatabaseWrapper) -> None:
    (error,) = order_of(otherwise)
    assert error.is_serious()
    assert "C.UTF-8" in error.msg
    assert "LOCALE 'C'" in str(error.hint)


@pytest.mark.django_db
def test_the_check_is_asked_where_databases_are_checked_and_this_one_passes() -> None:
    assert run_checks(tags=[Tags.database], databases=["default"]) == []
    assert order_of(connections["default"]) == []
