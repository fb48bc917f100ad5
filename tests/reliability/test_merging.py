"""Entries joined at the same moment: by two people, in a chain, in a circle, and while something new is written to one."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import pytest
from django.db import IntegrityError, transaction

from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import ContactPoint, Membership, Merge, Party
from members.services import lifecycle, merging
from members.services.merging import MergeError
from tests.cast import TODAY, Cast
from tests.members.merging.helpers import join, person, plan, scope
from tests.reliability.test_concurrency import together

pytestmark = [pytest.mark.reliability, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def _three(cast: Cast) -> list[Party]:
    return [person(cast, "Matti", "Virtanen", units={unit: "personal"}) for unit in ("a", "a2", "a3")]


def test_two_people_join_the_same_pair(cast: Cast) -> None:
    one, other, _third = _three(cast)
    seen = plan(cast, one, other).digest, plan(cast, other, one).digest

    def act(survivor: Party, merged: Party, digest: str) -> Merge:
        return merging.merge(
            actor=cast.users["riitta"], scope=scope(cast), survivor_id=survivor.pk, merged_id=merged.pk, chosen={},
            digest=digest, on=TODAY, at=clock.now(),
        )  # fmt: skip

    found = together(lambda: act(one, other, seen[0]), lambda: act(other, one, seen[1]))
    assert sorted(type(result).__name__ for result in found) == ["Merge", "MergeError"]
    assert Merge.objects.count() == 1


def test_one_joined_on_while_another_is_joined_to_it(cast: Cast) -> None:
    """Whichever comes first, nothing hangs on an entry that has been joined."""
    one, other, third = _three(cast)
    found = together(lambda: join(cast, other, one), lambda: join(cast, third, other))
    assert all(isinstance(result, Merge | MergeError | Party.DoesNotExist) for result in found), found
    assert any(isinstance(result, Merge) for result in found)
    stubs = Party.objects.filter(merged_into__isnull=False)
    assert not Membership.objects.filter(party__in=stubs).exists()
    assert not stubs.filter(merged_into__merged_into__isnull=False).exists()


def test_a_membership_entered_meanwhile_is_not_lost_on_the_old_entry(cast: Cast) -> None:
    one, other, _third = _three(cast)
    found = together(
        lambda: join(cast, one, other),
        lambda: lifecycle.apply(
            actor=None, party=other, unit=cast.units["b"], type=cast.types["personal"], on=TODAY
        ),
    )
    assert any(not isinstance(result, Exception) for result in found), found
    stubs = Party.objects.filter(merged_into__isnull=False)
    assert not Membership.objects.filter(party__in=stubs).exists()


def test_what_is_entered_before_a_joining_is_seen_waits_for_it(cast: Cast) -> None:
    """The joining is written but not committed yet: whoever adds a row to the old entry waits, and is refused then."""
    one, other, _third = _three(cast)
    written, added = Event(), Event()

    def slow_joining() -> None:
        with transaction.atomic():
            join(cast, one, other)
            written.set()
            added.wait(3)  # nobody gets as far: the one who adds waits for this to end

    def add() -> None:
        written.wait(20)
        with mutation(actor=None, kind="test"):
            ContactPoint.objects.create(party=other, kind="phone", value="040 1234567", key="+358401234567")
            added.set()

    joined, entered = together(slow_joining, add)
    assert joined is None
    assert isinstance(entered, IntegrityError), entered
    assert not ContactPoint.objects.filter(party__merged_into__isnull=False).exists()
