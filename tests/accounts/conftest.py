import re
from collections.abc import Callable

import pytest
from django.core import mail
from django.test import Client

from jasenpalvelu.accounts.models import User
from jasenpalvelu.accounts.services.accounts import create_account

PASSWORD = "kuusen-juurella-kasvaa-sieni"


@pytest.fixture
def member(db: None) -> User:
    """An account with a password, without a second factor and without any right."""
    return create_account(
        email="Matti@Example.fi", full_name="Matti Mallikas", password=PASSWORD, verified=True
    )


@pytest.fixture
def passwordless(db: None) -> User:
    return create_account(email="salli@example.fi", full_name="Salli Sanaton", verified=True)


@pytest.fixture
def mailed_code() -> Callable[[], str]:
    """The six digits of the newest message."""

    def newest() -> str:
        found = re.search(r"^\d{6}$", str(mail.outbox[-1].body), re.MULTILINE)
        assert found, mail.outbox[-1].body
        return found.group()

    return newest


@pytest.fixture
def log_in(client: Client, mailed_code: Callable[[], str]) -> Callable[..., Client]:
    """Log in as people do: by a code sent to the address."""

    def by_code(email: str, remember: bool = False) -> Client:
        client.post("/tili/kirjaudu/", {"email": email})
        data = {"action": "verify", "code": mailed_code()} | ({"remember": "on"} if remember else {})
        client.post("/tili/kirjaudu/koodi/", data)
        return client

    return by_code
