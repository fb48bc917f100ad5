"""The member list: first page and searches for one association, a region and the whole federation."""

from __future__ import annotations

import importlib
import statistics
from collections.abc import Iterator

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from jasenpalvelu.accounts.models import User
from members.models import Membership, Party
from tests.benchmarks import Figure, stopwatch

ROUNDS = 15
# Who looks: a login of the demo, and what it reaches.
READERS = {"sihteeri": "one association", "liitto": "a region", "rekisteri": "the federation"}
PAGES = {
    "first page": {},
    "search, two letters": {"q": "ma"},
    "search, a surname": {"q": "virtanen"},
    "search, two words": {"q": "korho mat"},
    "search, nobody fits": {"q": "qqqq"},
    "land owners": {"land": "any"},
    "late payers": {"payment": "late"},
    "no e-mail": {"email": "no"},
    "honorary members": {"type": "honorary"},
    "three municipalities": {"places": ["091", "049", "092"]},
}


def measure(persons: int) -> Iterator[Figure]:
    settings.ALLOWED_HOSTS = ["testserver"]
    importlib.import_module("jasenpalvelu.wsgi")  # the web server's process, as it is set up there
    size = f"{Party.objects.count()} persons, {Membership.objects.count()} memberships"
    for login, reach in READERS.items():
        client = signed_in(f"{login}@demo.example")
        cache.clear()
        for name, query in PAGES.items():
            seconds, queries = opened(client, query)
            yield Figure(f"list, {reach}, {name}", seconds * 1000, "ms", size)
            if not query:
                yield Figure(f"list, {reach}, {name}, queries", queries, "queries", size)


def opened(client: Client, query: dict) -> tuple[float, int]:
    """Median time of the page as the server makes it, and the number of queries when nothing is in the cache."""
    url = reverse("office:members")
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url, query).status_code == 200
    queries = len(captured)
    times = []
    for _round in range(ROUNDS):
        with stopwatch() as seconds:
            client.get(url, query)
        times += seconds
    return statistics.median(times), queries


def signed_in(email: str) -> Client:
    """A session with the second factor passed."""
    client = Client()
    user = User.objects.get(email=email)
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": 4102444800.0, "type": "totp"}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client
