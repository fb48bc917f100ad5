"""The tree of units follows the day: links begin and end by date, and rights and fees with them (REG-1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connections

from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members import tasks
from members.models import OrgUnit, UnitParent
from members.services import units
from tests.cast import TODAY, Cast

TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def move(cast: Cast, unit: str, to: str) -> None:
    """From one region to another, from tomorrow on."""
    with mutation(actor=None, kind="test.move"):
        links = UnitParent.objects.filter(unit=cast.units[unit])
        relations = list(links.values_list("relation", flat=True))
        links.update(valid_to=TODAY)
        for relation in relations:
            UnitParent.objects.create(
                unit=cast.units[unit], parent=cast.units[to], relation=relation, valid_from=TOMORROW
            )


@pytest.mark.parametrize("task", [tasks.follow_tree, tasks.tidy])
def test_a_move_is_followed_on_its_day(cast: Cast, task: object) -> None:
    move(cast, "a", "region2")
    below = OrgUnit.objects.below(cast.units["region2"].pk).filter(pk=cast.units["a"].pk)
    task()  # type: ignore[operator]
    assert not below.exists()
    with clock.frozen(TOMORROW):
        task()  # type: ignore[operator]
    assert below.exists()
    assert not OrgUnit.objects.below(cast.units["region1"].pk).filter(pk=cast.units["a"].pk).exists()


def test_units_are_made_one_at_a_time(cast: Cast) -> None:
    units.create_unit(kind="association", name_fi="Uusi", on=TODAY, actor=None, parent=cast.units["region1"])
    second = connections.create_connection("default")
    try:
        with second.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('members.units'))")
            assert cursor.fetchone() == (False,)
    finally:
        second.close()
