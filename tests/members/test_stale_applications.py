"""Applications nobody decides on: the board is reminded, then they lapse by themselves, and may be taken up again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from jasenpalvelu.common import clock
from members.models import Membership, MembershipEvent, UnitRules
from members.scope import Scope
from members.services import joining, lifecycle
from members.tasks import follow_tree
from members.waiting import STALE, Asked
from tests.cast import TODAY, Cast
from tests.members.helpers import set_rules


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def waiting(cast: Cast, on: date, unit: str = "a") -> Membership:
    return lifecycle.apply(
        actor=None, party=cast.parties["lotta"], unit=cast.units[unit], type=cast.types["student"], on=on
    )


def reminded(cast: Cast, who: str = "aino") -> int:
    asked = Asked(Scope.for_user(cast.users[who], on=TODAY), TODAY)
    return STALE.rows(asked).count()


def test_the_board_is_reminded_after_its_own_time(cast: Cast) -> None:
    waiting(cast, TODAY - timedelta(30))
    assert reminded(cast) == 0
    set_rules(cast, "a", application_reminder_days=14)
    assert reminded(cast) == 1
    assert reminded(cast, "bo") == 0


def test_without_rules_the_defaults_hold(cast: Cast) -> None:
    set_rules(cast, "a", valid_to=date(2021, 1, 1))
    one = waiting(cast, TODAY - timedelta(31))
    assert reminded(cast) == 1
    assert joining.lapse(on=TODAY + timedelta(149)) == 0
    assert joining.lapse(on=TODAY + timedelta(150)) == 1
    one.refresh_from_db()
    assert one.state == "rejected"


@pytest.mark.parametrize(
    ("filed", "last"), [(date(2027, 12, 31), date(2028, 2, 29)), (date(2027, 12, 1), date(2028, 1, 30))]
)
def test_it_lapses_the_day_after_the_time_is_over(cast: Cast, filed: date, last: date) -> None:
    set_rules(cast, "a", application_lapse_days=60)
    waiting(cast, filed)
    assert joining.lapse(on=last) == 0
    assert joining.lapse(on=last + timedelta(1)) == 1
    event = MembershipEvent.objects.latest("pk")
    assert (event.kind, event.actor) == ("expired", None)


def test_the_daily_beat_lapses_and_a_lapse_is_undone(client: Client, cast: Cast) -> None:
    one, two = waiting(cast, date(2026, 1, 1)), waiting(cast, TODAY, unit="a2")
    follow_tree()
    follow_tree()
    states = {m.pk: m.state for m in Membership.objects.filter(pk__in=[one.pk, two.pk])}
    assert states == {one.pk: "rejected", two.pk: "applied"}
    act = MembershipEvent.objects.get(kind="expired").mutation_id
    cast.sign_in(client, "aino")
    undo = reverse("office:applications_undo", args=[act])
    assert undo in client.get(reverse("office:meeting", args=[cast.units["a"].pk])).content.decode()
    client.post(undo)
    one.refresh_from_db()
    assert one.state == "applied"
    follow_tree()
    one.refresh_from_db()
    assert one.state == "applied", "it waits anew from the day it was taken up again"


def test_the_rules_are_the_associations_and_make_sense(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    rules = reverse("office:unit_rules", args=[cast.units["a"].pk])
    form = client.get(rules).context["form"]
    sent = {bound.html_name: bound.value() for bound in form if bound.value() is not None}
    sent |= {"valid_from": "1.12.2026", "application_reminder_days": "20", "application_lapse_days": "10"}
    assert client.post(rules, sent).context["form"].errors
    assert client.post(rules, sent | {"application_lapse_days": "90"}).status_code == 302
    latest = UnitRules.objects.filter(unit=cast.units["a"]).latest("valid_from")
    assert (latest.application_reminder_days, latest.application_lapse_days) == (20, 90)
