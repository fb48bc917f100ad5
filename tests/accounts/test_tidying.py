"""Ended sessions and what was known of their devices are forgotten; open ones stay."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client

from jasenpalvelu.accounts.models import User
from jasenpalvelu.accounts.tasks import tidy
from jasenpalvelu.common import clock
from tests.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def test_only_what_has_ended_is_forgotten(member: User) -> None:
    clients = [Client(), Client()]
    for client in clients:
        client.post("/tili/kirjaudu/salasana/", {"login": member.email, "password": PASSWORD})
    ended, open_one = (client.session.session_key for client in clients)
    Session.objects.filter(pk=ended).update(expire_date=clock.now() - timedelta(minutes=1))
    tidy()
    assert list(UserSession.objects.values_list("session_key", flat=True)) == [open_one]
    assert not Session.objects.filter(pk=ended).exists()
    assert clients[1].get("/tili/").status_code == 200
