"""The days of the statistics are what anybody would count by hand, whenever they are counted (REG-17)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import (
    AgeCount,
    CountedDay,
    MemberFlow,
    Membership,
    MembershipEvent,
    Party,
    Person,
    PlaceCount,
    TypeCount,
)
from members.models.memberships import ENDINGS, EventKind
from members.services import counting, lifecycle, registering, transferring
from members.services.lifecycle import LifecycleError
from members.services.transferring import TransferError
from members.statistics.flows import COMING, LEAVING
from members.statistics.statements import BANDS
from tests.cast import JOINED, TODAY, Cast
from tests.members.test_fold import ACTS

DAY = timedelta(days=1)
FIRST, LAST = date(2026, 10, 25), TODAY - DAY
SPAN = [FIRST + DAY * n for n in range((LAST - FIRST).days + 1)]


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def count(day: date) -> counting.Counted:
    return counting.count(through=day, at=clock.now())


def count_all() -> None:
    count(FIRST)
    count(LAST)


# --- counted by hand --------------------------------------------------------------------------------------------------
def type_on(membership: Membership, events: list[MembershipEvent], day: date, codes: dict[int, str]) -> str:
    later = [e for e in events if e.kind == EventKind.TYPE_CHANGED and e.effective_on > day]
    first = min(later, key=lambda e: (e.effective_on, e.pk), default=None)
    return codes[first.data["from"]] if first else membership.type.federation_code


def in_force(membership: Membership, day: date) -> bool:
    started, ended = membership.started_on, membership.ended_on
    return started is not None and started <= day and (ended is None or ended > day)


def by_hand(days: list[date], codes: dict[int, str]) -> dict[str, Counter[Any]]:
    types: Counter[Any] = Counter()
    flows: Counter[Any] = Counter()
    for membership in Membership.objects.select_related("type").order_by("pk"):
        events = list(membership.events.order_by("pk"))
        for day in days:
            if in_force(membership, day):
                types[day, membership.unit_id, type_on(membership, events, day, codes)] += 1
            before = in_force(membership, day - DAY)
            if in_force(membership, day) and not before:
                came = any(
                    other.ended_on == day
                    and other.unit_id != membership.unit_id
                    and other.events.filter(kind=EventKind.TRANSFERRED).exists()
                    for other in Membership.objects.filter(party=membership.party_id).order_by("pk")
                )
                code = type_on(membership, events, day, codes)
                flows[day, membership.unit_id, code, "moved_in" if came else "joined"] += 1
            if before and not in_force(membership, day):
                kinds = [e.kind for e in events if e.kind in ENDINGS]
                code = type_on(membership, events, day - DAY, codes)
                flows[day, membership.unit_id, code, kinds[-1] if kinds else "other"] += 1
    return {"types": types, "flows": flows}


def stored(model: Any, *keys: str) -> Counter[Any]:
    rows = model.objects.order_by("day").values_list(*keys, "members")
    return Counter({tuple(row[:-1]): row[-1] for row in rows})


def assert_counted(cast: Cast) -> None:
    codes = {kind.pk: code for code, kind in cast.types.items()}
    found = by_hand(SPAN, codes)
    assert stored(TypeCount, "day", "unit_id", "code") == found["types"]
    assert stored(MemberFlow, "day", "unit_id", "code", "kind") == found["flows"]
    _assert_detailed()


def _assert_detailed() -> None:
    """Ages of the days whose ages are kept; and every day's parts make the same whole."""
    for day in CountedDay.objects.filter(detailed=True).order_by("day").values_list("day", flat=True):
        ages: Counter[Any] = Counter()
        for membership in Membership.objects.select_related("party__person").order_by("pk"):
            if in_force(membership, day):
                ages[membership.unit_id, _band(membership.party, day)] += 1
        rows = AgeCount.objects.filter(day=day).values_list("unit_id", "band", "members")
        assert Counter({(unit, band): n for unit, band, n in rows}) == ages
        places = sum(PlaceCount.objects.filter(day=day).values_list("members", flat=True))
        assert places == sum(TypeCount.objects.filter(day=day).values_list("members", flat=True))


def _band(party: Party, day: date) -> int:
    person = getattr(party, "person", None)
    if person is None:
        return AgeCount.ORGANISATION
    age = person.age_on(day)
    return AgeCount.UNKNOWN if age is None else max(band for band in BANDS if band <= max(age, 0))


# --- histories --------------------------------------------------------------------------------------------------------
STEPS = st.lists(
    st.tuples(
        st.integers(0, 2), st.sampled_from(sorted(ACTS)), st.dates(FIRST - timedelta(days=6), TODAY + 6 * DAY)
    ),
    max_size=7,
)


@pytest.mark.django_db
@given(before=STEPS, after=STEPS)
@hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=25
)
def test_any_history_is_counted_as_by_hand_also_when_it_is_entered_late(
    cast: Cast, before: list[tuple[int, str, date]], after: list[tuple[int, str, date]]
) -> None:
    with transaction.atomic():
        begun = [_begun(cast, place) for place in range(3)]
        _live(cast, begun, before)
        count_all()
        assert_counted(cast)
        _live(cast, begun, after)
        count(LAST)
        assert_counted(cast)
        transaction.set_rollback(True)


def _begun(cast: Cast, place: int) -> Membership:
    party = registering.create_person(
        actor=None, first_names="Aku", last_name=f"Arpa{place}", on=JOINED, home_municipality="091"
    )
    if place:
        with mutation(actor=None, kind="test"):
            Person.objects.filter(party=party).update(birth_date=date(1996, 11, 5), birth_date_purpose="ikä")
    return lifecycle.start(
        actor=None,
        party=party,
        unit=cast.units["a"],
        type=cast.types["personal"],
        started_on=FIRST + DAY * (place * 5 - 3),
    )


def _live(cast: Cast, begun: list[Membership], steps: list[tuple[int, str, date]]) -> None:
    for place, name, day in steps:
        membership = Membership.objects.select_related("type").get(pk=begun[place].pk)
        try:
            with transaction.atomic():
                ACTS[name](membership, day, cast)
        except (LifecycleError, TransferError):
            pass  # not possible in this state


# --- day by day -------------------------------------------------------------------------------------------------------
@pytest.fixture
def member(cast: Cast) -> Membership:
    return _begun(cast, 1)


@pytest.mark.django_db
def test_the_first_night_counts_one_day_and_the_next_ones_what_was_missed(cast: Cast) -> None:
    assert count(FIRST) == counting.Counted(1, 0)
    assert count(FIRST).days == 0
    assert count(LAST).days == len(SPAN) - 1
    assert list(CountedDay.objects.order_by("day").values_list("day", flat=True)) == SPAN
    assert_counted(cast)


@pytest.mark.django_db
def test_counting_again_changes_nothing(cast: Cast, member: Membership) -> None:
    count_all()
    before = stored(TypeCount, "day", "unit_id", "code"), stored(PlaceCount, "day", "unit_id", "municipality")
    count(LAST)
    assert before == (
        stored(TypeCount, "day", "unit_id", "code"),
        stored(PlaceCount, "day", "unit_id", "municipality"),
    )


@pytest.mark.django_db
def test_what_is_entered_late_counts_the_days_it_concerns_anew(cast: Cast, member: Membership) -> None:
    count_all()
    lifecycle.end(actor=None, membership=member, kind="resigned", effective_on=date(2026, 11, 10))
    done = count(LAST)
    assert (done.days, done.corrected >= 1) == (0, True)
    a = cast.units["a"].pk
    members = {
        row.day: row.members for row in TypeCount.objects.filter(unit=a, code="personal").order_by("day")
    }
    assert members[date(2026, 11, 9)] - members[date(2026, 11, 10)] == 1
    assert MemberFlow.objects.get(day=date(2026, 11, 10), unit=a, kind="resigned").members == 1
    assert_counted(cast)


@pytest.mark.django_db
def test_a_move_is_told_from_joining_and_leaving(cast: Cast, member: Membership) -> None:
    moved = date(2026, 11, 3)
    transferring.transfer(
        actor=None, membership=member, unit=cast.units["a2"], type=cast.types["personal"], on=moved
    )
    count_all()
    of = dict(MemberFlow.objects.filter(day=moved).order_by("kind").values_list("kind", "unit_id"))
    assert of == {"moved_in": cast.units["a2"].pk, "transferred": cast.units["a"].pk}
    assert set(COMING) | set(LEAVING) == {kind for kind, _label in MemberFlow._meta.get_field("kind").choices}


@pytest.mark.django_db
def test_a_non_disclosed_member_is_counted_but_in_no_municipality(cast: Cast, member: Membership) -> None:
    a = cast.units["a"].pk
    count_all()

    def places() -> dict[str, int]:
        rows = PlaceCount.objects.filter(day=LAST, unit=a).order_by("municipality")
        return dict(rows.values_list("municipality", "members"))

    siiri = Membership.objects.get(party=cast.parties["siiri"])
    assert in_force(siiri, LAST)
    before = places()
    assert before[""] >= 1
    with mutation(actor=None, kind="test"):
        Party.objects.filter(pk=member.party_id).update(non_disclosure=True)
    count(LAST)
    after = places()
    assert after[""] == before[""] + 1
    assert after["091"] == before["091"] - 1


@pytest.mark.django_db
def test_a_past_day_is_counted_where_people_lived_then(cast: Cast, member: Membership) -> None:
    """The move is recorded now, so of every day before it is the former municipality that counts."""
    count(FIRST)
    with mutation(actor=None, kind="test"):
        Party.objects.filter(pk=member.party_id).update(home_municipality="049")
    count(date(2026, 10, 31))
    found = PlaceCount.objects.filter(day=date(2026, 10, 31), unit=cast.units["a"].pk)
    assert not found.filter(municipality="049").exists()


@pytest.mark.django_db
def test_old_days_are_thinned_to_the_ends_of_months(cast: Cast, member: Membership) -> None:
    since = LAST - timedelta(days=500)
    counting.count_past(since=since, through=LAST, at=clock.now())
    days = list(CountedDay.objects.order_by("day").values_list("day", "detailed"))
    old = [day for day, _detailed in days if (LAST - day).days >= counting.DAILY]
    assert old[0] == since
    assert all(counting.ends_month(day) for day in old[1:])
    assert sum((LAST - day).days < counting.DAILY for day, _detailed in days) == counting.DAILY
    detailed = [day for day, kept in days if kept]
    assert all(counting.ends_month(day) for day in detailed[1:-1])
    assert set(AgeCount.objects.order_by("day").values_list("day", flat=True)) <= set(detailed)
    count(TODAY)
    assert not CountedDay.objects.get(day=LAST).detailed


@pytest.mark.django_db
def test_days_before_the_first_one_are_made_afterwards(cast: Cast, member: Membership) -> None:
    count(LAST)
    done = counting.count_past(since=FIRST, through=LAST, at=clock.now())
    assert done.days == len(SPAN) - 1
    assert counting.count_past(since=FIRST, through=LAST, at=clock.now()).days == 0
    assert_counted(cast)
