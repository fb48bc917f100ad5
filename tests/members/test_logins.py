"""Members getting in with the address the register has, and nobody getting a treasurer's rights by it."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from jasenpalvelu.accounts.models import User
from jasenpalvelu.accounts.services.accounts import create_account
from jasenpalvelu.audit.services import mutation
from members.models import ContactPoint, PartyLogin
from members.services import registering
from members.services.logins import contact_for_email, join_login
from tests.cast import TODAY, Cast


def log_in(email: str) -> Client:
    client = Client()
    client.post("/tili/kirjaudu/", {"email": email})
    code = re.search(r"^\d{6}$", str(mail.outbox[-1].body), re.MULTILINE)
    if code:
        client.post("/tili/kirjaudu/koodi/", {"action": "verify", "code": code.group()})
    return client


def test_member_without_an_account_gets_in_and_finds_the_own_data(cast: Cast) -> None:
    log_in("Lotta@example.fi")
    user = User.objects.get(email="lotta@example.fi")
    assert (user.full_name, user.language) == ("Lotta Ängström", "sv")
    assert PartyLogin.objects.get(user=user).party == cast.parties["lotta"]


def test_unknown_address_gets_nothing(cast: Cast) -> None:
    log_in("vieras@example.fi")
    assert not User.objects.filter(email="vieras@example.fi").exists()
    assert contact_for_email("not an address") is None


def test_shared_address_names_nobody_and_joins_nobody(cast: Cast) -> None:
    with mutation(actor=None, kind="test"):
        registering.create_person(
            actor=None,
            first_names="Leo",
            last_name="Ängström",
            on=TODAY,
            email="lotta@example.fi",
            language="sv",
        )
    contact = contact_for_email("lotta@example.fi")
    assert contact is not None
    assert (contact.full_name, contact.language) == ("", "sv")
    log_in("lotta@example.fi")
    assert not PartyLogin.objects.filter(user__email="lotta@example.fi").exists()


def test_address_written_to_an_officer_does_not_give_the_office(cast: Cast) -> None:
    thief = create_account(email="varas@example.fi", full_name="", verified=True)
    with mutation(actor=None, kind="test"):
        PartyLogin.objects.filter(party=cast.parties["olavi"]).delete()
        ContactPoint.objects.filter(party=cast.parties["olavi"], kind="email").update(
            value="varas@example.fi", key="varas@example.fi"
        )
    assert join_login(user=thief, emails=["varas@example.fi"], on=TODAY) is None


def test_person_with_a_login_is_not_joined_to_another(cast: Cast) -> None:
    stranger = create_account(email="toinen@example.fi", full_name="", verified=True)
    assert join_login(user=stranger, emails=["maija@example.fi"], on=TODAY) is None


@pytest.mark.parametrize("change", [{"valid_to": TODAY - timedelta(days=1)}, {"bounced_on": TODAY}])
def test_old_and_bounced_addresses_open_nothing(cast: Cast, change: dict[str, object]) -> None:
    with mutation(actor=None, kind="test"):
        ContactPoint.objects.filter(party=cast.parties["lotta"], kind="email").update(**change)
    assert contact_for_email("lotta@example.fi") is None
