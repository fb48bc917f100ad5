"""Two entries of the same member become one: what moves, what is chosen, what stays, and why not."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import DatabaseError, transaction

from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import (
    ContactPoint,
    DuplicatePair,
    FormerNumber,
    Holding,
    HoldingMember,
    Mandate,
    Membership,
    MembershipEvent,
    Merge,
    Party,
    PartyLink,
    PartyLogin,
    RoleTemplate,
)
from members.services import duplicates, households, lifecycle, merging, unmerging
from members.services.merge_fields import MERGED
from members.services.merging import MergeError
from members.services.registering import Address
from members.services.unmerging import UnmergeError
from tests.cast import JOINED, TODAY, Cast
from tests.members.merging.helpers import everything, join, person, plan, scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(cast: Cast) -> tuple[Party, Party]:
    one = person(cast, "Matti", "Virtanen", email="matti@example.fi", birth_date=date(1970, 5, 1),
                 birth_date_purpose="maksu")  # fmt: skip
    other = person(
        cast, "Matti Johannes", "Virtanen", units={"b": "farmer"}, phone="040 555 0123", email="m.virtanen@example.fi",
        address=Address("Kotitie 1", "00100", "Helsinki"),
    )  # fmt: skip
    return one, other


def open_contacts(party: Party) -> dict[str, str]:
    rows = ContactPoint.objects.filter(party=party, valid_to=None).order_by("pk")
    return {row.kind: row.value for row in rows}


def codes(found: merging.Plan) -> list[str]:
    return [refusal.code for refusal in found.refusals]


def test_what_belongs_to_one_belongs_to_the_other_afterwards(cast, two):
    one, other = two
    done = join(cast, one, other)
    other.refresh_from_db()
    assert (other.merged_into_id, done.survivor_id) == (one.pk, one.pk)
    assert {m.unit for m in Membership.objects.filter(party=one)} == {cast.units["a"], cast.units["b"]}
    assert not Membership.objects.filter(party=other).exists()
    assert open_contacts(one) == {
        "email": "matti@example.fi",
        "phone": "040 555 0123",
        "address": "Kotitie 1",
    }
    assert not Party.objects.visible_to(scope(cast)).filter(pk=other.pk).exists()


def test_where_both_have_a_value_somebody_chooses(cast, two):
    one, other = two
    open_fields = {field.name for field in plan(cast, one, other).fields if field.open}
    assert open_fields == {"name", "email"}
    join(cast, one, other, chosen={"name": MERGED, "email": MERGED, "phone": "survivor"})
    one = Party.objects.get(pk=one.pk)
    assert (one.display_name, one.person.first_names) == ("Virtanen Matti Johannes", "Matti Johannes")
    assert one.person.birth_date == date(1970, 5, 1)
    assert open_contacts(one)["email"] == "m.virtanen@example.fi"
    assert open_contacts(one)["phone"] == "040 555 0123"
    old = ContactPoint.objects.get(party=one, value="matti@example.fi")
    assert old.valid_to == TODAY


def test_holdings_links_numbers_posts_and_logins_follow(cast, two):
    one, other = two
    spouse = person(cast, "Liisa", "Virtanen")
    with mutation(actor=None, kind="test"):
        farm = Holding.objects.create(name="Mäkelä", y_tunnus="", responsible=other)
        HoldingMember.objects.create(holding=farm, party=other, role="responsible", valid_from=JOINED)
        HoldingMember.objects.create(holding=farm, party=one, role="family", valid_from=JOINED)
        FormerNumber.objects.create(party=other, unit=cast.units["b"], number="77", source="vanha.csv")
        Membership.objects.filter(party=spouse).update(payer=other)
        Membership.objects.filter(party=other).update(payer=one)
        PartyLogin.objects.create(user=cast.users["ulla"], party=other)
        Mandate.objects.create(
            party=other,
            unit=cast.units["a"],
            template=RoleTemplate.objects.get(code="chair"),
            valid_from=JOINED,
        )
    for party in two:
        households.add_link(actor=None, party=spouse, other=party, kind="spouse", on=JOINED)
    households.add_link(actor=None, party=one, other=other, kind="payer", on=JOINED)
    join(cast, one, other)
    farm.refresh_from_db()
    assert farm.responsible_id == one.pk
    assert HoldingMember.objects.get(holding=farm).role == "responsible"
    assert FormerNumber.objects.get(number="77").party_id == one.pk
    assert Membership.objects.get(party=spouse).payer_id == one.pk
    assert set(Membership.objects.filter(party=one).values_list("payer", flat=True)) == {None}
    assert PartyLogin.objects.get(user=cast.users["ulla"]).party_id == one.pk
    assert Mandate.objects.get(unit=cast.units["a"], template__code="chair").party_id == one.pk
    link = PartyLink.objects.get()
    assert {link.party_id, link.other_id} == {spouse.pk, one.pk}


def test_a_pair_that_was_called_two_stays_so_whichever_entry_goes_on(cast, two):
    one, other = two
    third, fourth = (
        person(cast, "Matti", "Virtanen", units={"a3": "personal"}),
        person(cast, "Mati", "Virtanen"),
    )
    for x, y, decided in [
        (one, other, None),
        (other, third, clock.now()),
        (one, third, None),
        (other, fourth, None),
    ]:
        DuplicatePair.objects.create(
            one_id=min(x.pk, y.pk), other_id=max(x.pk, y.pk), found_on=TODAY, decided_at=decided
        )
    join(cast, one, other)
    pairs = {frozenset({p.one_id, p.other_id}): p.decided_at is not None for p in DuplicatePair.objects.all()}
    assert pairs == {frozenset({one.pk, third.pk}): True, frozenset({one.pk, fourth.pk}): False}


# --- why not ------------------------------------------------------------------------------------------------------------
def began(party, day, **values):
    with mutation(actor=None, kind="test"):
        row = Membership.objects.get(party=party)
        lifecycle.correct_start(actor=None, membership=row, started_on=day, reason="", on=TODAY)
        Membership.objects.filter(pk=row.pk).update(**values)
    return row.pk


def test_the_same_membership_entered_twice_goes_on_as_one_and_comes_back(cast):
    """The commonest duplicate: nobody has to say that somebody resigned who did not."""
    one, other = person(cast, "Matti", "Virtanen"), person(cast, "Matti", "Virtanen")
    kept, closed = began(one, date(2020, 3, 1)), began(other, date(2015, 5, 1), payer=cast.parties["lotta"])
    before = everything()
    found = plan(cast, one, other)
    assert codes(found) == []
    assert [(t.kept.pk, t.closed.pk, t.since) for t in found.twins] == [(kept, closed, date(2015, 5, 1))]
    done = join(cast, one, other)
    rows = {row.pk: row for row in Membership.objects.filter(party=one).order_by("pk")}
    assert (rows[kept].state, rows[kept].started_on) == ("active", date(2015, 5, 1))
    assert rows[kept].payer == cast.parties["lotta"], "what one of them lacked comes from the other"
    assert rows[closed].entered_by_mistake
    assert not Membership.objects.filter(pk=closed).in_force(date(2018, 1, 1)).exists()
    for row in rows.values():
        told = lifecycle.fold(row.events.order_by("pk"))
        assert (told.state, told.started_on, told.ended_on) == (row.state, row.started_on, row.ended_on)
    unmerging.unmerge(actor=cast.users["riitta"], scope=scope(cast), merge_id=done.pk, on=TODAY)
    after = everything()
    assert {name for name in after if after[name] != before[name]} == set()


def test_of_an_application_and_a_membership_the_membership_goes_on(cast):
    one, other = person(cast, "Matti", "Virtanen", units={"b": "student"}), person(cast, "Matti", "Virtanen")
    waiting = lifecycle.apply(
        actor=None, party=one, unit=cast.units["a"], type=cast.types["personal"], on=TODAY
    )
    [twin] = plan(cast, one, other).twins
    assert (twin.kept.party, twin.closed) == (other, waiting)
    join(cast, one, other)
    waiting.refresh_from_db()
    assert waiting.state == "rejected"
    assert Membership.objects.get(pk=twin.kept.pk).party == one


def test_two_holdings_may_be_two_memberships(cast):
    one, other = person(cast, "Matti", "Virtanen"), person(cast, "Matti", "Virtanen")
    with mutation(actor=None, kind="test"):
        for party, name in ((one, "Mäkelä"), (other, "Niemi")):
            farm = Holding.objects.create(name=name, responsible=party)
            Membership.objects.filter(party=party).update(holding=farm)
    found = plan(cast, one, other)
    assert codes(found) == ["twin"]
    assert found.refusals[0].membership == Membership.objects.get(party=other)
    with pytest.raises(MergeError, match="refused"):
        join(cast, one, other)


def test_an_event_of_a_joining_stays_as_long_as_the_entries_are_joined(cast):
    one, other = person(cast, "Matti", "Virtanen"), person(cast, "Matti", "Virtanen")
    done = join(cast, one, other)
    events = MembershipEvent.objects.filter(mutation_id=done.mutation_id)
    assert events.count() == 1
    with pytest.raises(DatabaseError, match="stays"), mutation(actor=None, kind="test"):
        events.delete()


def test_persons_are_not_joined_with_organisations_nor_the_living_with_the_dead(cast, two):
    one, other = two
    assert codes(plan(cast, one, cast.parties["estate"])) == ["kind"]
    with mutation(actor=None, kind="test"):
        other.person.deceased_on = TODAY
        other.person.save()
    assert codes(plan(cast, one, other)) == ["deceased"]


def test_an_association_does_not_join_what_another_one_has_as_well(cast, two):
    one, other = two
    with pytest.raises(Party.DoesNotExist):
        plan(cast, one, other, "aino")
    with mutation(actor=None, kind="test"):
        Membership.objects.create(
            party=other, unit=cast.units["a"], type=cast.types["student"], state="active", started_on=JOINED
        )
    assert codes(plan(cast, one, other, "aino")) == ["beyond"]
    own = person(cast, "Matti", "Virtanen", units={"a": "student"})
    assert codes(plan(cast, one, own, "aino")) == []
    join(cast, one, own, "aino")


def test_who_has_a_post_is_joined_by_who_may_grant_it(cast):
    """Else a secretary could join a treasurer with an entry whose login is the secretary's own."""
    treasurer = cast.parties["olavi"]
    with mutation(actor=None, kind="test"):
        Membership.objects.create(
            party=treasurer,
            unit=cast.units["a"],
            type=cast.types["student"],
            state="active",
            started_on=JOINED,
        )
    trap = person(cast, "Olavi", "Peltoniitty")
    for one, other in [(treasurer, trap), (trap, treasurer)]:
        assert codes(plan(cast, one, other, "aino")) == ["post"]
    assert codes(plan(cast, treasurer, trap)) == []


def test_what_was_not_looked_at_is_not_done(cast, two):
    one, other = two
    seen = plan(cast, one, other).digest
    with mutation(actor=None, kind="test"):
        FormerNumber.objects.create(party=other, unit=cast.units["b"], number="5", source="x")
    with pytest.raises(MergeError, match="changed"):
        merging.merge(
            actor=cast.users["riitta"], scope=scope(cast), survivor_id=one.pk, merged_id=other.pk, chosen={},
            digest=seen, on=TODAY, at=clock.now(),
        )  # fmt: skip


def test_a_second_one_is_too_late(cast, two):
    one, other = two
    join(cast, one, other)
    with pytest.raises(MergeError, match="merged"):
        merging.merge(
            actor=cast.users["riitta"], scope=scope(cast), survivor_id=one.pk, merged_id=other.pk, chosen={},
            digest="", on=TODAY, at=clock.now(),
        )  # fmt: skip


def test_nothing_new_is_written_to_the_old_entry(cast, two):
    one, other = two
    join(cast, one, other)
    with pytest.raises(DatabaseError, match="joined to another"), transaction.atomic():
        lifecycle.apply(actor=None, party=other, unit=cast.units["a3"], type=cast.types["personal"], on=TODAY)
    with pytest.raises(DatabaseError, match="joined to another"), mutation(actor=None, kind="test"):
        PartyLink.objects.create(party=one, other=other, kind="guardian")


def test_an_old_name_finds_the_member(cast, two):
    """At entry, and not as somebody else elsewhere."""
    one, other = two
    join(cast, one, other)
    keys = duplicates.Keys.of(
        display_name="Virtanen Matti Johannes", last_name="Virtanen", phone="040 555 0123"
    )
    found = duplicates.find(keys=keys, scope=scope(cast))
    assert [candidate.party for candidate in found.candidates] == [one]
    assert not found.elsewhere


# --- a non-disclosure order ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("protected_goes_on", [True, False])
def test_an_order_covers_the_joined_member_and_its_own_details_stay(cast, protected_goes_on):
    siiri = cast.parties["siiri"]
    other = person(
        cast, "Siiri", "O'Brien", units={"a": "student"}, email="vanha@example.fi", phone="040 555 9999",
        home_municipality="905",
    )  # fmt: skip
    one, two = (siiri, other) if protected_goes_on else (other, siiri)
    found = plan(cast, one, two)
    hidden = [field for field in found.fields if field.hidden]
    assert {field.name for field in hidden} == {"home_municipality", "address", "email", "phone"}
    assert all((field.mine, field.other, field.open) == ("", "", False) for field in hidden)
    join(cast, one, two, chosen={"email": MERGED, "phone": MERGED})
    one = Party.objects.get(pk=one.pk)
    assert (one.non_disclosure, one.home_municipality) == (True, "091")
    assert open_contacts(one) == {
        "email": "siiri@example.fi", "phone": "040 555 0199", "address": "Koivulantie 148",
    }  # fmt: skip


# --- parting ------------------------------------------------------------------------------------------------------------
def part(cast: Cast, merge: Merge) -> tuple[Party, Party]:
    return unmerging.unmerge(actor=cast.users["riitta"], scope=scope(cast), merge_id=merge.pk, on=TODAY)


def hindrances(cast: Cast, merge: Merge) -> list[str]:
    merge = Merge.objects.select_related("survivor").get(pk=merge.pk)
    return [h.code for h in unmerging.hindrances(merge=merge, scope=scope(cast), on=TODAY)]


def test_parted_everything_stands_as_it_did(cast, two):
    before = everything()
    done = join(cast, *two, chosen={"name": MERGED, "email": MERGED})
    assert everything() != before
    part(cast, done)
    assert everything() == before
    with pytest.raises(UnmergeError, match="gone"):
        part(cast, done)


def test_what_was_done_since_to_what_moved_keeps_them_together(cast, two):
    one, other = two
    done = join(cast, one, other)
    moved = Membership.objects.get(party=one, unit=cast.units["b"])
    lifecycle.end(actor=None, membership=moved, kind="resigned", effective_on=TODAY)
    assert hindrances(cast, done) == ["changed"]
    before = everything()
    with pytest.raises(UnmergeError, match="refused"):
        part(cast, done)
    assert everything() == before


def test_what_was_done_to_other_things_does_not(cast, two):
    one, other = two
    done = join(cast, one, other)
    own = Membership.objects.get(party=one, unit=cast.units["a"])
    lifecycle.end(actor=None, membership=own, kind="resigned", effective_on=TODAY)
    assert hindrances(cast, done) == []
    part(cast, done)
    own.refresh_from_db()
    assert (own.party_id, own.state) == (one.pk, "ended")


def test_entries_joined_one_after_another_are_parted_in_turn(cast, two):
    one, other = two
    third = person(cast, "Matti", "Virtanen", units={"a3": "personal"})
    before = everything()
    first = join(cast, one, other)
    second = join(cast, third, one)
    other.refresh_from_db()
    assert other.merged_into_id == third.pk
    assert hindrances(cast, first) == ["joined"] or "changed" in hindrances(cast, first)
    with pytest.raises(UnmergeError, match="refused"):
        part(cast, first)
    part(cast, second)
    part(cast, first)
    assert everything() == before
