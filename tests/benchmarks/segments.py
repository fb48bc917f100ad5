"""Segments of the federation: how long the exact number and the page of a typical one take."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from django.core.cache import cache

from jasenpalvelu.accounts.models import User
from jasenpalvelu.common import clock
from members import listing
from members.choosing import Choices
from members.models import Membership, Party
from members.scope import Scope
from members.segments import compiling
from members.segments.tree import Criterion, Group, Segment
from tests.benchmarks import Figure, stopwatch

ROUNDS = 7
OWNERS = Criterion("type", "is", {"types": ("forest_owner",)})
NO_EMAIL = Criterion("contact", "is_not", {"what": ("email",)})
YOUNG = Criterion("age", "is", {"from": ("18",), "to": ("35",)})
SWEDISH = Criterion("language", "is", {"what": ("sv",)})
FIELDS = Criterion("basis", "is", {"kind": ("field_ha",), "from": ("10",), "to": ("50",)})
ASKED = {
    "everybody": Group(),
    "forest owners without e-mail": Group("all", (OWNERS, NO_EMAIL)),
    "young and Swedish": Group("all", (YOUNG, SWEDISH)),
    "10 to 50 ha of field": Group("all", (FIELDS,)),
    "owners or Swedish, not young": Group("all", (Group("any", (OWNERS, SWEDISH)), Group("none", (YOUNG,)))),
    "late payers without e-mail": Group("all", (Criterion("payment", "is", {"what": ("late",)}), NO_EMAIL)),
}


def measure(persons: int) -> Iterator[Figure]:
    size = f"{Party.objects.count()} persons, {Membership.objects.count()} memberships"
    scope = Scope.for_user(User.objects.get(email="rekisteri@demo.example"), on=clock.today())
    for name, root in ASKED.items():
        found = compiling.narrowing(Segment(root), Choices(scope), clock.today())
        times: dict[str, list[float]] = {"number": [], "first page": []}
        for _round in range(ROUNDS):
            cache.clear()
            with stopwatch() as seconds:
                listing.counts({"": listing.parties(found)}, wide=True)
            times["number"] += seconds
            with stopwatch() as seconds:
                listing.page_of(found, {}, "name", size=20)
            times["first page"] += seconds
        for what, taken in times.items():
            yield Figure(f"segments, {name}, {what}", statistics.median(taken) * 1000, "ms", size)
