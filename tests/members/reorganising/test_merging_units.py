"""Two associations become one: members, posts, accounts and the tree, and what may not happen on the way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from jasenpalvelu.audit.models import Mutation
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.services import running
from members.models import (
    CommunityGroup,
    CommunityTerm,
    FeeBasisValue,
    Holding,
    ImportBatch,
    Mandate,
    Membership,
    MembershipEvent,
    MembershipType,
    OrgChange,
    OrgUnit,
    Party,
    Resignation,
    Segment,
    UnitClosure,
)
from members.models.memberships import EventKind, State
from members.models.reorganising import ChangeState, PostChoice
from members.services import community, ending, lifecycle
from members.services.reorganising import carrying_out, drafting, hindering, undoing
from members.services.reorganising.drafting import ChangeError
from tests.cast import JOINED, TODAY, Cast
from tests.members.community_scene import group, word
from tests.members.merging.helpers import person
from tests.members.reorganising.helpers import (
    carried_out,
    differences,
    fresh,
    made,
    merge,
    move,
    scope,
    split,
    standing,
    undone,
)

pytestmark = pytest.mark.django_db
LAST = TODAY - timedelta(days=1)


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def held(party: Party, unit: OrgUnit) -> Membership:
    return Membership.objects.get(party=party, unit=unit)


def conflicts(cast: Cast, change: OrgChange) -> list[str]:
    return [found.text for found in hindering.conflicts(change, scope=scope(cast), on=TODAY)]


def test_members_go_on_from_the_day_and_the_past_stays(cast: Cast) -> None:
    change = carried_out(cast, merge(cast, ["a"], "a3"))
    old, new = held(cast.parties["maija"], cast.units["a"]), held(cast.parties["maija"], cast.units["a3"])
    assert (old.state, old.started_on, old.ended_on) == (State.ENDED, JOINED, TODAY)
    assert (new.state, new.started_on, new.holding_id, new.type_id) == (
        State.ACTIVE,
        TODAY,
        old.holding_id,
        old.type_id,
    )
    left, joined = old.events.latest("pk"), new.events.get()
    assert left.decision is not None
    assert (left.kind, left.reason, left.decision.section) == (
        "transferred",
        "Honkaniemen tuottajayhdistys",
        "7",
    )
    assert (joined.kind, joined.data["from"]) == ("admitted", old.pk)
    assert fresh(cast.units["a"]).valid_to == LAST
    assert Membership.objects.in_force(LAST).filter(unit=cast.units["a"]).count() == 3
    assert Membership.objects.in_force(TODAY).filter(unit=cast.units["a3"]).count() == 3
    assert Mutation.objects.get(pk=str(change.act)).kind == "units.merge"


def test_every_state_is_the_fold_of_its_events(cast: Cast) -> None:
    passive = person(cast, "Pasi", "Passiivi")
    row = held(passive, cast.units["a"])
    lifecycle.record(membership=row, kind=EventKind.LAPSED, effective_on=TODAY, actor=None)
    leaver = person(cast, "Lasse", "Lähtijä")
    lifecycle.end(
        actor=None, membership=held(leaver, cast.units["a"]), kind="resigned", effective_on=date(2027, 3, 1)
    )
    late = person(cast, "Uuno", "Uusi", units={"b": "personal"})
    lifecycle.start(
        actor=None,
        party=late,
        unit=cast.units["a"],
        type=cast.types["personal"],
        started_on=TODAY - timedelta(days=2),
    )
    free = person(cast, "Vappu", "Vapaa")
    lifecycle.exempt_from_fee(
        actor=None,
        membership=held(free, cast.units["a"]),
        until=date(2028, 12, 31),
        reason="kunniajäsen",
        on=TODAY,
    )
    carried_out(cast, merge(cast, ["a"], "a3", on=TODAY - timedelta(days=10)))
    for membership in Membership.objects.filter(unit__in=[cast.units["a"], cast.units["a3"]]).order_by("pk"):
        folded = lifecycle.fold(membership.events.order_by("pk"))
        assert (membership.state, membership.started_on, membership.ended_on) == (
            folded.state,
            folded.started_on,
            folded.ended_on,
        ), membership.party
    assert held(passive, cast.units["a3"]).state == State.LAPSED
    assert held(leaver, cast.units["a3"]).ended_on == date(2027, 3, 1)
    assert held(late, cast.units["a3"]).started_on == TODAY - timedelta(days=2)
    assert held(free, cast.units["a3"]).fee_exempt_until == date(2028, 12, 31)


def test_a_new_unit_is_founded_for_two(cast: Cast) -> None:
    change = carried_out(cast, merge(cast, ["a", "a3"], edit={"like": cast.units["a"]}))
    new = made(change)
    assert (new.name, new.valid_from, new.kind_id) == ("Uusi tuottajayhdistys", TODAY, "association")
    assert new.parent_links.count() == 2
    assert new.rules.get().valid_from == TODAY
    assert UnitClosure.objects.filter(descendant=new, ancestor=cast.units["union"]).count() == 2
    assert {fresh(cast.units[name]).valid_to for name in ("a", "a3")} == {LAST}
    assert new.iban == ""
    assert Membership.objects.filter(unit=new, state=State.ACTIVE).count() == 3


def test_whoever_belongs_to_both_goes_on_with_one(cast: Cast) -> None:
    both = person(cast, "Kaino", "Kaksi", units={"a": "personal", "a3": "personal"})
    change = carried_out(cast, merge(cast, ["a"], "a3"))
    assert held(both, cast.units["a"]).state == State.ENDED
    assert held(both, cast.units["a3"]).started_on == JOINED
    assert (
        change.members.get(membership_id=held(both, cast.units["a"]).pk).became
        == held(both, cast.units["a3"]).pk
    )


def test_two_ways_of_belonging_are_for_a_person_to_settle(cast: Cast) -> None:
    both = person(cast, "Kaino", "Kaksi", units={"a": "personal", "a3": "student"})
    change = merge(cast, ["a"], "a3")
    assert any("Kaksi Kaino" in text for text in conflicts(cast, change))
    change = drafting.plan(change=change, actor=cast.users["riitta"], at=clock.now())
    with pytest.raises(ChangeError, match="conflicts"):
        carrying_out.begin(change=change, on=TODAY)
    assert held(both, cast.units["a"]).state == State.ACTIVE
    assert fresh(cast.units["a"]).valid_to is None


def test_applications_go_along_and_wait_for_the_other_board(cast: Cast) -> None:
    hopeful = person(cast, "Hilla", "Hakija", units={"b": "personal"})
    lifecycle.apply(
        actor=None,
        party=hopeful,
        unit=cast.units["a"],
        type=cast.types["personal"],
        on=TODAY,
        told={"note": "x"},
    )
    carried_out(cast, merge(cast, ["a"], "a3"))
    assert held(hopeful, cast.units["a"]).state == State.REJECTED
    new = held(hopeful, cast.units["a3"])
    assert (new.state, new.started_on) == (State.APPLIED, None)
    assert new.events.get().data["note"] == "x"


def test_a_notice_not_noted_goes_along(cast: Cast) -> None:
    leaver = person(cast, "Lasse", "Lähtijä")
    ending.end_membership(
        actor=None, membership=held(leaver, cast.units["a"]), kind="resigned", noticed_on=TODAY
    )
    notice = Resignation.objects.get()
    assert notice.effective_on == TODAY + timedelta(days=1)
    carried_out(cast, merge(cast, ["a"], "a3", on=TODAY - timedelta(days=5)))
    notice.refresh_from_db()
    assert notice.membership.unit == cast.units["a3"]
    assert notice.event.membership == notice.membership


def test_an_own_type_becomes_the_one_of_the_same_name_or_is_copied(cast: Cast) -> None:
    with mutation(actor=None, kind="test"):
        own = MembershipType.objects.create(
            unit=cast.units["a"], federation_code="personal", name_fi="Kyläjäsen", name_sv="Byamedlem"
        )
        twin = MembershipType.objects.create(
            unit=cast.units["a"], federation_code="student", name_fi="Opiskelija", name_sv="Studerande"
        )
    one = person(cast, "Kyllikki", "Kylä", units={"b": "personal"})
    two = person(cast, "Oiva", "Opiskelija", units={"b": "personal"})
    lifecycle.start(actor=None, party=one, unit=cast.units["a"], type=own, started_on=JOINED)
    lifecycle.start(actor=None, party=two, unit=cast.units["a"], type=twin, started_on=JOINED)
    carried_out(cast, merge(cast, ["a"], "a3"))
    copied = held(one, cast.units["a3"]).type
    assert (copied.unit, copied.name_fi, copied.federation_code) == (
        cast.units["a3"],
        "Kyläjäsen",
        "personal",
    )
    assert held(two, cast.units["a3"]).type == cast.types["student"]


def test_posts_end_move_or_settle_the_accounts(cast: Cast) -> None:
    change = merge(cast, ["a"], "a3")
    aino = Mandate.objects.get(party=cast.parties["aino"])
    drafting.choose_posts(change=change, choices={aino.pk: PostChoice.MOVE}, actor=cast.users["riitta"])
    carried_out(cast, change)
    aino.refresh_from_db()
    assert (aino.valid_to, aino.end_reason) == (LAST, "Syyskokous")
    moved = Mandate.objects.get(party=cast.parties["aino"], unit=cast.units["a3"])
    assert (moved.valid_from, moved.valid_to, moved.template_id) == (TODAY, None, aino.template_id)
    settling = Mandate.objects.get(party=cast.parties["olavi"])
    assert (settling.unit, settling.valid_to) == (cast.units["a"], date(2027, 11, 22))
    assert scope(cast, "aino").unit_ids("members.view") == {cast.units["a3"].pk}


def test_nobody_gives_a_post_to_oneself_by_a_merger(cast: Cast) -> None:
    change = merge(cast, ["a"], "a3")
    mandate = Mandate.objects.get(party=cast.parties["aino"])
    with mutation(actor=None, kind="test"):
        Mandate.objects.filter(pk=mandate.pk).update(party=cast.parties["riitta"])
    drafting.choose_posts(change=change, choices={mandate.pk: PostChoice.MOVE}, actor=cast.users["riitta"])
    assert any("itsel" in text or "oneself" in text for text in conflicts(cast, change))


def test_areas_are_added_up_and_a_shared_segment_follows(cast: Cast) -> None:
    koivula = Holding.objects.get(name="Koivula")
    with mutation(actor=None, kind="test"):
        for unit, value in (("a", "12.00"), ("a3", "5.50")):
            FeeBasisValue.objects.create(
                holding=koivula,
                kind_id="field_ha",
                unit=cast.units[unit],
                value=Decimal(value),
                valid_from=JOINED,
            )
        segment = Segment.objects.create(
            unit=cast.units["a"], owner=cast.users["aino"], name="Nuoret", shared=True, spec={}
        )
    carried_out(cast, merge(cast, ["a"], "a3"))
    (now,) = FeeBasisValue.objects.filter(holding=koivula, unit__isnull=False, valid_to__isnull=True)
    assert (now.unit, now.value, now.valid_from) == (cast.units["a3"], Decimal("17.50"), TODAY)
    segment.refresh_from_db()
    assert segment.unit == cast.units["a3"]


def test_groups_and_words_go_along(cast: Cast) -> None:
    maija, a, a3 = cast.parties["maija"], cast.units["a"], cast.units["a3"]
    words = [word(a, "Talkoot"), word(a, "Laulu"), word(a3, "Laulu")]
    walkers, singers, there = group(a, "Retkeilijät", leader=maija), group(a, "Kuoro"), group(a3, "Kuoro")
    community.join_group(actor=None, party=maija, group=walkers, on=TODAY)
    change = carried_out(cast, merge(cast, ["a"], "a3"))
    assert {g.name: g.unit for g in CommunityGroup.objects.all()} == {
        "Retkeilijät": a3,
        f"Kuoro ({a.name_fi})": a3,
        "Kuoro": a3,
    }
    assert {(t.unit, t.name_fi) for t in CommunityTerm.objects.all()} == {
        (a3, "Talkoot"),
        (a, "Laulu"),
        (a3, "Laulu"),
    }
    undone(cast, change)
    singers.refresh_from_db()
    assert (singers.unit, singers.name, there.unit, words[0].unit) == (a, "Kuoro", a3, a)


def test_regions_merge_with_what_hangs_under_them(cast: Cast) -> None:
    carried_out(cast, merge(cast, ["region1"], "region2"))
    under = UnitClosure.objects.filter(
        ancestor=cast.units["region2"], relation="administrative", depth=1
    ).values_list("descendant__slug", flat=True)
    assert set(under) == {"a", "a2", "a3", "b", "b2", "b3"}
    assert UnitClosure.objects.filter(ancestor=cast.units["union"], descendant=cast.units["region1"]).exists()


def test_an_open_import_stops_it(cast: Cast) -> None:
    ImportBatch.objects.create(unit=cast.units["a"], file_name="x.csv", sha256="0", state="checked")
    assert len(conflicts(cast, merge(cast, ["a"], "a3"))) == 1


def test_a_plan_ahead_waits_for_its_night(cast: Cast) -> None:
    day = TODAY + timedelta(days=40)
    change = drafting.plan(
        change=merge(cast, ["a"], "a3", on=day), actor=cast.users["riitta"], at=clock.now()
    )
    with pytest.raises(ChangeError, match="early"):
        carrying_out.begin(change=change, on=TODAY)
    assert carrying_out.begin_due(on=TODAY) == 0
    with clock.frozen(day):
        assert carrying_out.begin_due(on=day) == 1
        change.refresh_from_db()
        assert change.state == ChangeState.RUNNING
        assert change.job_id is not None
        while running.run(job_id=change.job_id):
            pass
    change.refresh_from_db()
    assert change.state == ChangeState.DONE
    assert fresh(cast.units["a"]).valid_to == day - timedelta(days=1)
    assert carrying_out.begin_due(on=day) == 0


def test_a_plan_of_somebody_who_has_lost_the_right_is_not_carried_out(cast: Cast) -> None:
    drafting.plan(change=merge(cast, ["a"], "a3"), actor=cast.users["riitta"], at=clock.now())
    with mutation(actor=None, kind="test"):
        Mandate.objects.filter(party=cast.parties["riitta"]).update(valid_to=LAST)
    assert carrying_out.begin_due(on=TODAY) == 0
    assert fresh(cast.units["a"]).valid_to is None


def test_undone_everything_is_as_before(cast: Cast) -> None:
    before = standing()
    change = carried_out(cast, merge(cast, ["a", "a3"], edit={"like": cast.units["a"]}))
    assert differences(before, standing())
    undone(cast, change)
    assert differences(before, standing()) == {}


def test_not_undone_once_somebody_has_gone_on(cast: Cast) -> None:
    change = carried_out(cast, merge(cast, ["a"], "a3"))
    row = held(cast.parties["siiri"], cast.units["a3"])
    lifecycle.end(actor=None, membership=row, kind="resigned", effective_on=TODAY)
    assert [found.code for found in undoing.hindrances(change)] == ["changed", "in_use"]
    with pytest.raises(ChangeError, match="conflicts"):
        undoing.start(change=change, actor=cast.users["riitta"])


def test_not_undone_once_somebody_has_joined_the_new_unit(cast: Cast) -> None:
    change = carried_out(cast, merge(cast, ["a", "a3"]))
    cast.units["new"] = made(change)
    person(cast, "Uuno", "Uusi", units={"new": "personal"})
    assert [(found.code, found.table) for found in undoing.hindrances(change)] == [
        ("in_use", "members_membership")
    ]


def test_a_later_change_is_undone_first(cast: Cast) -> None:
    first = carried_out(cast, merge(cast, ["a"], "a3"))
    with clock.frozen(TODAY + timedelta(days=1)):
        second = carried_out(
            cast, move(cast, "a3", "region2", on=TODAY + timedelta(days=1)), on=TODAY + timedelta(days=1)
        )
    assert [(found.code, found.pk) for found in undoing.hindrances(first)] == [("later", second.pk)]


def test_events_of_a_change_stay_unless_it_is_being_undone(cast: Cast) -> None:
    change = carried_out(cast, merge(cast, ["a"], "a3"))
    with (
        pytest.raises(DatabaseError, match="stays"),
        transaction.atomic(),
        mutation(actor=None, kind="test"),
    ):
        MembershipEvent.objects.filter(mutation_id=change.act).delete()


def test_a_divided_unit_keeps_the_rest(cast: Cast) -> None:
    before = standing()
    maija, lotta = cast.parties["maija"], person(cast, "Lotta", "Muualla", home_municipality="905")
    middle = standing()
    change = carried_out(cast, split(cast, "a", division="municipality", municipalities=["905"]))
    assert before != middle
    assert held(lotta, made(change)).started_on == TODAY
    assert held(maija, cast.units["a"]).state == State.ACTIVE
    assert made(change).municipalities == ["905"]
    assert fresh(cast.units["a"]).valid_to is None
    undone(cast, change)
    assert differences(middle, standing()) == {}


def test_a_division_of_nobody_or_of_everybody_is_none(cast: Cast) -> None:
    nobody = split(cast, "a", division="municipality", municipalities=["905"])
    everybody = split(cast, "a", division="picked", picked=[p.pk for p in cast.parties.values()])
    assert len(conflicts(cast, nobody)) == len(conflicts(cast, everybody)) == 1


def test_a_unit_moves_for_fees_alone(cast: Cast) -> None:
    before = standing()
    change = carried_out(cast, move(cast, "a2", "region2", relation="fee"))
    above = UnitClosure.objects.filter(descendant=cast.units["a2"], depth=1)
    assert dict(above.values_list("relation", "ancestor__slug")) == {
        "administrative": "region1",
        "fee": "region2",
    }
    undone(cast, change)
    assert differences(before, standing()) == {}


def test_moving_where_it_is_or_below_itself_is_no_move(cast: Cast) -> None:
    assert conflicts(cast, move(cast, "a", "region1"))
    assert conflicts(cast, move(cast, "region1", "a"))
