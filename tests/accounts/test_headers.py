"""What every answer carries, and the operators' site."""

from collections.abc import Callable

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client

from jasenpalvelu.accounts.models import User
from jasenpalvelu.accounts.services.accounts import create_account
from jasenpalvelu.accounts.services.demo import current_code

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def test_strict_headers(client: Client) -> None:
    headers = client.get("/tili/kirjaudu/").headers
    policy = headers["Content-Security-Policy"]
    assert "'unsafe-inline'" not in policy
    assert "'unsafe-eval'" not in policy
    for part in (
        "default-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ):
        assert part in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "publickey-credentials-get=(self)" in headers["Permissions-Policy"]


def test_pages_of_a_person_stay_out_of_shared_caches(member: User, log_in: Callable[..., Client]) -> None:
    assert "private" in log_in(member.email).get("/tili/").headers["Cache-Control"]


@pytest.fixture
def operator(db: None) -> User:
    user = create_account(email="yllapito@example.fi", full_name="Yrjö Ylläpito", verified=True)
    user.is_staff = user.is_superuser = True
    user.save()
    return user


def test_maintenance_site_asks_to_log_in(client: Client) -> None:
    answer = client.get("/yllapito/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/tili/kirjaudu/")


def test_maintenance_site_needs_a_second_factor(operator: User, log_in: Callable[..., Client]) -> None:
    client = log_in(operator.email)
    assert client.get("/yllapito/", follow=True).redirect_chain[-1][0] == "/tili/turva/"
    TOTP.activate(operator, SECRET)
    asked = client.get("/yllapito/", follow=True).redirect_chain[-1][0]
    assert asked.startswith("/tili/varmista/tunnusluku/")
    client.post("/tili/varmista/tunnusluku/", {"code": current_code(SECRET)})
    assert client.get("/yllapito/").status_code == 200


def test_maintenance_site_is_not_for_staff_without_the_operators_right(
    operator: User, log_in: Callable[..., Client]
) -> None:
    operator.is_superuser = False
    operator.save()
    assert log_in(operator.email).get("/yllapito/", follow=True).status_code == 403
