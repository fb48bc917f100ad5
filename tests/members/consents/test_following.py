"""What was said follows the member: through joined entries, a merger of associations, an erasure, the person's own copy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.db import connection

from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members import consents, listing
from members.choosing import Choices
from members.models import ConsentEvent, ConsentPurpose, DataMark, Membership, Party
from members.models.memberships import EventKind
from members.personal.reading import parts, person
from members.segments import compiling, wording
from members.segments.tree import Criterion, Group, Segment
from members.services import ending, erasing, lifecycle, marking, registering, unmerging
from tests.cast import JOINED, TODAY, Cast
from tests.members.consents.helpers import holds, say
from tests.members.consents.test_marks import mark
from tests.members.merging.helpers import everything, join
from tests.members.merging.helpers import person as entry
from tests.members.reorganising.helpers import carried_out, merge, scope, split, standing, undone

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


# --- a merger and a division of associations ------------------------------------------------------------------------
def test_a_merger_carries_the_last_word_and_its_undoing_takes_it_away(cast: Cast) -> None:
    maija, siiri, a, a3 = cast.parties["maija"], cast.parties["siiri"], cast.units["a"], cast.units["a3"]
    say(maija, a, day=date(2026, 3, 1))
    say(maija, a, "benefits", day=date(2026, 3, 1))
    say(maija, a, "benefits", given=False, day=date(2026, 4, 1))
    say(siiri, a, "newsletter", given=False, day=date(2026, 3, 1))
    before = standing()
    change = carried_out(cast, merge(cast, ["a"], "a3"))
    assert holds(maija, units=[a3])
    assert not holds(maija, "benefits", units=[a3])
    assert not holds(siiri, "newsletter", units=[a3])
    assert holds(maija, "newsletter", units=[a3])
    assert set(ConsentEvent.objects.filter(unit=a3).values_list("source", flat=True)) == {"organisation"}
    undone(cast, change)
    assert not ConsentEvent.objects.filter(unit=a3).exists()
    assert holds(maija, units=[a])
    after = standing()
    assert after["members_consentevent"] == before["members_consentevent"]


def test_what_was_said_to_the_other_association_is_not_overruled(cast: Cast) -> None:
    maija, a, a3 = cast.parties["maija"], cast.units["a"], cast.units["a3"]
    mine = Membership.objects.get(party=maija, unit=a)
    lifecycle.start(actor=None, party=maija, unit=a3, type=mine.type, started_on=JOINED, holding=mine.holding)
    say(maija, a3, day=date(2026, 2, 1))
    say(maija, a3, given=False, day=date(2026, 2, 2))
    say(maija, a, day=date(2026, 3, 1))
    carried_out(cast, merge(cast, ["a"], "a3"))
    assert not holds(maija, units=[a3])


def test_a_division_carries_objections_only(cast: Cast) -> None:
    maija, a = cast.parties["maija"], cast.units["a"]
    say(maija, a, day=date(2026, 3, 1))
    say(maija, a, "newsletter", given=False, day=date(2026, 3, 1))
    change = carried_out(cast, split(cast, "a", picked=[maija.pk], division="picked"))
    assert change.made is not None
    assert not holds(maija, units=[change.made])
    assert not holds(maija, "newsletter", units=[change.made])
    assert holds(maija, "newsletter", "post", units=[change.made])


# --- an erasure -----------------------------------------------------------------------------------------------------
def former(cast: Cast, *, left: date) -> Party:
    party = _member(cast)
    say(party, cast.units["a"], day=date(2020, 6, 1))
    say(
        party, cast.units["a"], "photos", "web", day=date(2020, 6, 1), source="office", note="Soitti Kaukovaarasta",
        guardian="Hilma Kaukovaara",
    )  # fmt: skip
    for membership in party.memberships.order_by("pk"):
        ending.end_membership(
            actor=cast.users["aino"],
            membership=membership,
            kind=EventKind.RESIGNED,
            noticed_on=left,
            reason="",
        )
    return party


def _member(cast: Cast) -> Party:
    party = registering.create_person(actor=None, first_names="Kauko", last_name="Lähtenyt", on=JOINED)
    lifecycle.start(
        actor=None, party=party, unit=cast.units["a"], type=cast.types["personal"], started_on=JOINED
    )
    return party


def erase(cast: Cast, party: Party, on: date):  # type: ignore[no-untyped-def]
    return erasing.erase(actor=cast.users["riitta"], party_id=party.pk, on=on, at=clock.now())


def test_the_proof_stays_three_years_without_its_words_and_then_goes_whole(cast: Cast) -> None:
    party = former(cast, left=date(2025, 5, 5))
    done = erase(cast, party, TODAY)
    rows = ConsentEvent.objects.filter(party=party)
    assert [(row.note, row.guardian) for row in rows.order_by("pk")] == [("", ""), ("", "")]
    until = next(day for table, _n, hold, day in done.receipt["stays"] if hold == "consents")
    assert until == "2028-05-06"  # three years after the first day without the membership
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_change WHERE (after::text || before::text) ~ 'Kaukovaara'")
        assert cursor.fetchone() == (0,)
    last = date.fromisoformat(until)
    assert erasing.due(on=last + DAY).filter(party=party).exists()
    erase(cast, party, last)
    assert rows.count() == 2
    done = erase(cast, party, last + DAY)
    assert not rows.exists()
    assert "consents" not in {hold for _table, _n, hold, _day in done.receipt["stays"]}


def test_the_person_gets_a_copy_of_what_was_said(cast: Cast) -> None:
    say(cast.parties["maija"], cast.units["a"])
    (part,) = [p for p in parts(person(cast.parties["maija"].pk)) if p.rows.table == "members_consentevent"]
    told = json.dumps(part.lines, default=str)
    assert part.total == 1
    assert "email" in told


# --- segments -------------------------------------------------------------------------------------------------------
def found(cast: Cast, name: str, op: str = "is", what: str = "events:email", on: date | None = None) -> set[Party]:  # fmt: skip
    tree = Segment(Group("all", (Criterion("consent", op, {"what": (what,)}),)), on=on)
    narrowing = compiling.narrowing(tree, Choices(scope(cast, name)), TODAY)
    return set(listing.parties(narrowing))


def test_a_segment_asks_who_may_be_reached(cast: Cast) -> None:
    maija, siiri = cast.parties["maija"], cast.parties["siiri"]
    say(maija, cast.units["a"], day=TODAY - DAY)
    assert found(cast, "aino") == {maija}
    assert siiri in found(cast, "aino", "is_not")
    assert maija not in found(cast, "aino", "is_not")
    assert found(cast, "aino", on=TODAY - 2 * DAY) == set()
    assert found(cast, "bo") == set()
    assert {maija, siiri} <= found(cast, "aino", what="newsletter:post")


def test_a_consent_to_another_association_does_not_count_here(cast: Cast) -> None:
    say(cast.parties["maija"], cast.units["a2"])
    assert found(cast, "aino") == set()
    assert found(cast, "riitta") == {cast.parties["maija"]}


def test_a_purpose_out_of_use_finds_nobody_rather_than_everybody(cast: Cast) -> None:
    with mutation(actor=None, kind="test"):
        ConsentPurpose.objects.filter(pk="newsletter").update(active=False)
    assert found(cast, "aino", what="newsletter:email") == set()
    assert found(cast, "aino", what="gone:email") == set()


def test_the_sentence_says_it(cast: Cast) -> None:
    tree = Segment(Group("all", (Criterion("consent", "is", {"what": ("events:email",)}),)))
    assert "Tapahtumat ja koulutukset, sähköpostilla" in wording.sentence(tree, Choices(scope(cast, "aino")))


# --- at size ----------------------------------------------------------------------------------------------------------
def test_one_statement_and_the_index_answer(cast: Cast) -> None:
    say(cast.parties["maija"], cast.units["a"])
    rows = Party.objects.filter(consents.allows("events", "email", on=TODAY), pk=cast.parties["maija"].pk)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        assert "consentevent_last" in rows.explain()


# --- marks ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("mine", "other", "expected"),
    [(-10, None, None), (None, -10, None), (5, 50, 50), (50, 5, 50), (5, None, None), (None, 5, None)],
)
def test_joining_two_entries_keeps_the_longer_mark_and_parting_restores_both(
    cast: Cast, mine: int | None, other: int | None, expected: int | None
) -> None:
    one, two = (entry(cast, "Tuija", "Tupla", units={"a": kind}) for kind in ("personal", "supporting"))
    for party, days in ((one, mine), (two, other)):
        mark(cast, party, "restriction", until=TODAY + days * DAY if days else None, on=TODAY - 30 * DAY)
    before = everything()
    done = join(cast, one, two)
    (left,) = DataMark.objects.on(TODAY).filter(party=one)
    assert left.until == (TODAY + expected * DAY if expected else None)
    assert not DataMark.objects.filter(party=two).exists()
    unmerging.unmerge(actor=cast.users["riitta"], scope=scope(cast), merge_id=done.pk, on=TODAY)
    assert everything() == before


@pytest.mark.parametrize("own", [None, -10, 5, 90])
def test_a_merger_carries_marks_in_force_and_its_undoing_takes_them_away(cast: Cast, own: int | None) -> None:
    maija, a3 = cast.parties["maija"], cast.units["a3"]
    mark(cast, maija, "restriction", until=TODAY + 50 * DAY)
    mark(cast, maija, "objection", until=TODAY - DAY, on=TODAY - 9 * DAY)
    if own is not None:
        marking.set_mark(
            actor=cast.users["riitta"], party=maija, unit=a3, kind="restriction", reason="Riita",
            until=TODAY + own * DAY, on=TODAY - 20 * DAY,
        )  # fmt: skip
    before = standing()
    change = carried_out(cast, merge(cast, ["a"], "a3"))
    (carried,) = DataMark.objects.on(TODAY).filter(party=maija, unit=a3)
    assert carried.until == TODAY + max(own or 0, 50) * DAY
    assert not holds(maija, "newsletter", units=[a3])
    undone(cast, change)
    assert standing()["members_datamark"] == before["members_datamark"]


def test_a_division_leaves_marks_on_both_sides(cast: Cast) -> None:
    maija, a = cast.parties["maija"], cast.units["a"]
    mark(cast, maija, "objection")
    change = carried_out(cast, split(cast, "a", picked=[maija.pk], division="picked"))
    assert change.made is not None
    for unit in (a, change.made):
        assert DataMark.objects.on(TODAY).filter(party=maija, unit=unit, kind="objection").count() == 1
    assert not holds(maija, "newsletter", units=[change.made])
