"""Servers, guards and clients for all tests."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import translation
from hypothesis import settings as hypothesis_settings

from jasenpalvelu import embedded
from jasenpalvelu.common import catalogues
from tests import cast as cast_module
from tests import guards, template

# A busy machine is no failure: examples are not timed.
hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    """One process starts the private servers; the workers of a parallel run use them."""
    if "PYTEST_XDIST_WORKER" not in os.environ and not config.option.collectonly:
        embedded.hold(settings.VAR_DIR, fast=True)
        catalogues.compile_all()
    settings.CACHES["default"]["KEY_PREFIX"] = os.environ.get("PYTEST_XDIST_WORKER", "test")
    guards.shuffle_unordered()
    guards.stay_home()


def pytest_unconfigure(config: pytest.Config) -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ and not config.option.collectonly:
        embedded.release(settings.VAR_DIR)


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Bytes never name a test: a package holds the time it was made, and workers of a parallel run must agree on names."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    cache.clear()


@pytest.fixture(autouse=True)
def _own_language() -> None:
    """The language of the last request of the test before stays with the thread."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path) -> None:
    """Files written by a test are gone with it."""
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = guards.UndefinedVariable("%s")


@pytest.fixture(autouse=True)
def _guarded_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request through the test client: a GET only reads, and pages hold nothing the browser would refuse."""
    original: Callable[..., Any] = Client.request

    def request(self: Client, **environ: Any) -> Any:
        if environ.get("REQUEST_METHOD") in {"GET", "HEAD"}:
            with guards.reading_only():
                response = original(self, **environ)
        else:
            response = original(self, **environ)
        kind = response.headers.get("Content-Type", "")
        if kind.startswith("text/html") and not response.streaming:
            page = response.content.decode(response.charset)
            if guards.is_boxed(response.headers.get("Content-Security-Policy", "")):
                guards.check_boxed(page)
            else:
                guards.check_page(page)
        return response

    monkeypatch.setattr(Client, "request", request)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: Any
) -> None:
    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = template.ensure()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The cast stands in the test database before the first test; each test rolls back to it.

    A transactional test empties tables by TRUNCATE instead, which elsewhere the audit triggers refuse.
    """
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute(
                f"ALTER DATABASE {connection.settings_dict['NAME']} SET jasenpalvelu.maintenance = 'truncate'"
            )
            cursor.execute("SET jasenpalvelu.maintenance = 'truncate'")
        if cast_module.load_cast() is None:  # it stands there already with --reuse-db
            cast_module.build_cast()


@pytest.fixture
def cast(db: None) -> cast_module.Cast:
    """Everybody, by name; built anew where a transactional test has emptied the tables."""
    return cast_module.load_cast() or cast_module.build_cast()
