"""Statistics: one night's counting, and the page over a year of daily rows for the federation and for one association."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from datetime import date, timedelta
from statistics import median

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.services.counting import count_fees
from jasenpalvelu.common import clock
from members.models import CountedDay, Membership, Party, TypeCount
from members.services import counting
from tests.benchmarks import Figure, stopwatch
from tests.benchmarks.list import signed_in

ROUNDS = 11
READERS = {"rekisteri": "the federation", "liitto": "a region", "sihteeri": "one association"}


def measure(persons: int) -> Iterator[Figure]:
    settings.ALLOWED_HOSTS = ["testserver"]
    importlib.import_module("jasenpalvelu.wsgi")  # the web server's process, as it is set up there
    size = f"{Party.objects.count()} persons, {Membership.objects.count()} memberships"
    yield from _filled(size)
    yield from _night(size)
    size += f", {CountedDay.objects.count()} days, {TypeCount.objects.count()} daily rows"
    with stopwatch() as seconds:
        count_fees(at=clock.now())
    yield Figure("statistics, fees of every unit and year", seconds[0], "s", size)
    for login, reach in READERS.items():
        client = signed_in(f"{login}@demo.example")
        for part in ("jasenet", "maksut"):
            milliseconds, queries = _opened(client, {"osa": part})
            yield Figure(f"statistics, {reach}, {part}", milliseconds, "ms", size)
            yield Figure(f"statistics, {reach}, {part}, queries", queries, "queries", size)
        with stopwatch() as seconds:
            assert client.get(reverse("office:statistics_board")).status_code == 200
        yield Figure(f"statistics, {reach}, the board's PDF", seconds[0], "s", size)


def _filled(size: str) -> Iterator[Figure]:
    """A year of days and the ends of months before it; once, as they stay in the database."""
    last = clock.today() - counting.DAY
    if CountedDay.objects.count() < counting.DAILY:
        first = CountedDay.objects.order_by("day").values_list("day", flat=True).first()
        since = date(last.year - 2, 12, 31)
        with stopwatch() as seconds:
            if first is None or first > since:
                counting.count_past(since=since, through=last, at=clock.now())
            counting.count(through=last, at=clock.now())
        yield Figure(f"statistics, {CountedDay.objects.count()} days filled", seconds[0], "s", size)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _night(size: str) -> Iterator[Figure]:
    """The day after the newest one. It stays, so a second measurement counts the day after it."""
    newest = CountedDay.objects.order_by("-day").values_list("day", flat=True).first()
    assert newest is not None
    with stopwatch() as seconds:
        counting.count(through=newest + timedelta(days=1), at=clock.now())
    yield Figure("statistics, one night", seconds[0], "s", size)


def _opened(client: Client, query: dict[str, str]) -> tuple[float, int]:
    """Median time of the page as the server makes it, and its queries when nothing is in the cache."""
    url = reverse("office:statistics")
    cache.clear()
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url, query).status_code == 200
    queries = len(captured)
    times = []
    for _round in range(ROUNDS):
        with stopwatch() as seconds:
            client.get(url, query)
        times += seconds
    return median(times) * 1000, queries
