"""The duplicate check on entry, with each key and all at once; and the member page with everything at once."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from jasenpalvelu.accounts.models import User
from jasenpalvelu.common import clock
from members.models import Membership, Party
from members.scope import Scope
from members.services import duplicates
from members.services.duplicates import Keys
from tests.benchmarks import Figure, stopwatch
from tests.benchmarks.list import READERS, signed_in

PERSONS = 200


def measure(persons: int) -> Iterator[Figure]:
    size = f"{Party.objects.count()} persons, {Membership.objects.count()} memberships"
    asked = list(_typed())
    for login, reach in READERS.items():
        user = User.objects.get(email=f"{login}@demo.example")
        scope = Scope.for_user(user, on=clock.today())
        times = []
        for keys in asked:
            with stopwatch() as seconds:
                duplicates.find(keys=keys, scope=scope)
            times += seconds
        yield Figure(f"duplicate check, {reach}, median", statistics.median(times) * 1000, "ms", size)
        yield Figure(f"duplicate check, {reach}, slowest of {PERSONS}", max(times) * 1000, "ms", size)
    yield from _member_page(size)


def _typed() -> Iterator[Keys]:
    """What a secretary would type of people who stand in the register, every key filled in."""
    rows = Party.objects.filter(kind="person").select_related("person").prefetch_related("contact_points")
    for party in rows.order_by("member_number")[:: max(1, rows.count() // PERSONS)][:PERSONS]:
        points = {point.kind: point for point in party.contact_points.all() if point.valid_to is None}
        yield Keys.of(
            display_name=party.display_name,
            last_name=party.person.last_name,
            phone=points["phone"].value if "phone" in points else "",
            email=points["email"].value if "email" in points else "",
            postal_code=points["address"].postal_code if "address" in points else "",
            birth_date=party.person.birth_date,
        )


def _member_page(size: str) -> Iterator[Figure]:
    settings.ALLOWED_HOSTS = ["testserver"]
    client = signed_in("sihteeri@demo.example")
    scope = Scope.for_user(User.objects.get(email="sihteeri@demo.example"), on=clock.today())
    pages = [
        reverse("office:member", args=[pk])
        for pk in Party.objects.visible_to(scope).order_by("pk").values_list("pk", flat=True)[:40]
    ]
    with CaptureQueriesContext(connection) as captured:
        client.get(pages[0])
    queries = len(captured)
    times = []
    for page in pages:
        with stopwatch() as seconds:
            assert client.get(page).status_code == 200
        times += seconds
    yield Figure("member page, median", statistics.median(times) * 1000, "ms", size)
    yield Figure("member page, queries", queries, "queries", size)
