"""What holds is the last thing said, in the association and the membership it was said in (REG-14)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, InternalError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jasenpalvelu.audit.models import Change
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members import consents
from members.models import ConsentEvent, ConsentPurpose, ConsentText, Party
from members.models.memberships import EventKind
from members.services import consenting, ending, lifecycle
from members.services.consenting import ConsentError, Said
from tests.cast import TODAY, Cast
from tests.members.consents.helpers import at, holds, say

DAY = timedelta(days=1)
WORDS = {"fi": "Uusi teksti", "sv": "Ny text", "en": "New words"}


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def rewrite(
    cast: Cast, unit: str | None = None, *, asks_again: bool = True, day: date = TODAY
) -> ConsentText:
    return consenting.write_text(
        actor=cast.users["riitta"],
        purpose=ConsentPurpose.objects.get(pk="events"),
        unit=cast.units[unit] if unit else None,
        words=WORDS,
        valid_from=day,
        asks_again=asks_again,
        on=TODAY,
    )  # fmt: skip


# --- what holds -----------------------------------------------------------------------------------------------------
def test_nobody_has_allowed_anything_before_saying_so(cast: Cast) -> None:
    maija = cast.parties["maija"]
    assert not holds(maija)
    assert not holds(maija, "photos", "web")


def test_everybody_may_be_sent_what_needs_no_consent_until_they_forbid_it(cast: Cast) -> None:
    maija, a = cast.parties["maija"], cast.units["a"]
    assert holds(maija, "newsletter", units=[a])
    say(maija, a, "newsletter", given=False)
    assert not holds(maija, "newsletter", units=[a])
    assert holds(maija, "newsletter", "post", units=[a])
    assert holds(maija, "newsletter", units=[cast.units["a2"]])
    say(maija, a, "newsletter", given=True, day=TODAY + DAY)
    assert holds(maija, "newsletter", units=[a], on=TODAY + DAY)


def test_yes_and_no_by_purpose_channel_and_association(cast: Cast) -> None:
    maija, a = cast.parties["maija"], cast.units["a"]
    assert len(say(maija, a)) == 1
    assert holds(maija)
    assert holds(maija, units=[a])
    assert not holds(maija, units=[cast.units["b"]])
    assert not holds(maija, channel="sms")
    assert not holds(maija, "benefits")
    assert not holds(cast.parties["aino"])
    say(maija, a, given=False, hour=13)
    assert not holds(maija)


def test_the_same_said_twice_is_written_once(cast: Cast) -> None:
    maija, a = cast.parties["maija"], cast.units["a"]
    say(maija, a)
    assert say(maija, a, hour=13) == []
    assert say(maija, a, "benefits", given=False) == []
    assert ConsentEvent.objects.filter(party=maija).count() == 1


def test_a_purpose_out_of_use_and_an_unknown_one_reach_nobody(cast: Cast) -> None:
    with mutation(actor=None, kind="test"):
        ConsentPurpose.objects.filter(pk="newsletter").update(active=False)
    assert not holds(cast.parties["maija"], "newsletter")
    assert not holds(cast.parties["maija"], "nothing")
    assert not holds(cast.parties["maija"], "events", "post")


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # the savepoint is rolled back each time
@given(said=st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=8))
def test_the_last_one_said_holds_in_whatever_order_it_is_written(
    cast: Cast, said: list[tuple[bool, int]]
) -> None:
    maija, a = cast.parties["maija"], cast.units["a"]
    text = consents.texts_for([a.pk], TODAY)["events", a.pk]
    with transaction.atomic():
        with mutation(actor=None, kind="test"):
            for yes, hour in said:
                ConsentEvent.objects.create(
                    party=maija, purpose_id="events", channel="email", unit=a, given=yes, text=text, source="portal",
                    at=at(TODAY, hour),
                )  # fmt: skip
        last = max(enumerate(said), key=lambda one: (one[1][1], one[0]), default=(0, (False, 0)))
        assert holds(maija) == last[1][0]
        (one,) = consents.choices_of(maija, [a], TODAY)
        chosen = {(x.purpose.pk, c.channel): c.allowed for x in one.asked for c in x.choices}
        assert chosen["events", "email"] == last[1][0]
        transaction.set_rollback(True)


def test_of_a_day_in_the_past_what_held_then(cast: Cast) -> None:
    maija, a = cast.parties["maija"], cast.units["a"]
    say(maija, a, day=date(2026, 3, 1))
    say(maija, a, given=False, day=date(2026, 5, 1))
    assert not holds(maija, on=date(2026, 2, 28))
    assert holds(maija, on=date(2026, 4, 30))
    assert not holds(maija, on=date(2026, 5, 1))


# --- the membership -------------------------------------------------------------------------------------------------
def leave(cast: Cast, on: date) -> None:
    for membership in cast.parties["maija"].memberships.filter(unit=cast.units["a"]).order_by("pk"):
        ending.end_membership(
            actor=cast.users["aino"], membership=membership, kind=EventKind.RESIGNED, noticed_on=on, reason=""
        )


def test_a_consent_ends_with_the_membership_and_does_not_come_back_with_a_new_one(cast: Cast) -> None:
    maija, a = cast.parties["maija"], cast.units["a"]
    say(maija, a, day=date(2025, 1, 10))
    say(maija, a, "newsletter", given=False, day=date(2025, 1, 10))
    leave(cast, date(2026, 5, 5))
    assert holds(maija, on=date(2026, 5, 4))
    assert not holds(maija)
    assert not holds(maija, "newsletter", "post", units=[a])
    lifecycle.start(
        actor=cast.users["aino"], party=maija, unit=a, type=cast.types["personal"], started_on=TODAY - DAY
    )
    assert not holds(maija)
    assert holds(maija, "newsletter", "post", units=[a])
    assert not holds(maija, "newsletter", units=[a])  # an objection stays
    say(maija, a)
    assert holds(maija)


def test_who_stays_with_another_membership_has_not_left(cast: Cast) -> None:
    """One of two memberships ends, or one that had been entered twice is closed as of its first day."""
    maija, a = cast.parties["maija"], cast.units["a"]
    say(maija, a, day=date(2025, 1, 10))
    second = lifecycle.start(
        actor=None, party=maija, unit=a, type=cast.types["personal"], started_on=date(2025, 6, 1)
    )
    ending.end_membership(
        actor=None, membership=second, kind=EventKind.RESIGNED, noticed_on=TODAY - 9 * DAY, reason=""
    )
    assert holds(maija)
    twin = lifecycle.start(
        actor=None, party=maija, unit=a, type=cast.types["student"], started_on=TODAY - 5 * DAY
    )
    lifecycle.end(
        actor=None, membership=twin, kind=EventKind.RESIGNED, effective_on=TODAY - 5 * DAY, reason=""
    )
    assert holds(maija)


def test_an_applicant_is_no_member_yet(cast: Cast) -> None:
    bo, a = cast.parties["bo"], cast.units["a"]
    membership = lifecycle.apply(
        actor=None, party=bo, unit=a, type=cast.types["personal"], on=TODAY - 3 * DAY
    )
    say(bo, a, day=TODAY - 3 * DAY, source="form")
    assert not holds(bo)
    lifecycle.admit(actor=None, membership=membership, decided_on=TODAY, effective_on=TODAY)
    assert holds(bo)


def test_another_association_asks_anew(cast: Cast) -> None:
    maija, a, b = cast.parties["maija"], cast.units["a"], cast.units["b"]
    say(maija, a)
    lifecycle.start(actor=None, party=maija, unit=b, type=cast.types["personal"], started_on=TODAY)
    assert holds(maija)
    assert not holds(maija, units=[b])
    leave(cast, TODAY - DAY)
    assert not holds(maija)


# --- children ---------------------------------------------------------------------------------------------------------
def born(party: Party, day: date) -> Party:
    with mutation(actor=None, kind="test"):
        party.person.birth_date, party.person.birth_date_purpose = day, "ikä"
        party.person.save()
    return party


def test_a_child_under_thirteen_needs_a_guardian_to_say_yes_and_nobody_to_say_no(cast: Cast) -> None:
    a, maija = cast.units["a"], born(cast.parties["maija"], date(2013, 11, 23))
    with pytest.raises(ConsentError, match="guardian"):
        say(maija, a)
    say(maija, a, source="office", note="Puhelimessa", guardian="Kaisa Metsäpelto")
    assert holds(maija)
    say(maija, a, given=False, hour=13)
    assert not holds(maija)


def test_from_the_thirteenth_birthday_one_consents_alone(cast: Cast) -> None:
    a, maija = cast.units["a"], born(cast.parties["maija"], date(2013, 11, 22))
    assert say(maija, a)


# --- told to the office -----------------------------------------------------------------------------------------------
def test_the_office_tells_how_it_was_told(cast: Cast) -> None:
    with pytest.raises(ConsentError, match="note"):
        say(cast.parties["maija"], cast.units["a"], source="office", note=" ")
    assert not ConsentEvent.objects.exists()


def test_of_an_earlier_day_the_no_is_later_than_the_yes(cast: Cast) -> None:
    maija, a, yesterday = cast.parties["maija"], cast.units["a"], TODAY - DAY
    say(maija, a, day=yesterday)
    told: dict[str, Any] = {"source": "office", "note": "Puhelimessa", "told_on": yesterday}
    say(maija, a, given=False, **told)
    assert not holds(maija)
    assert len(say(maija, a, **told)) == 1  # written down, and earlier than the no
    assert not holds(maija)


def test_a_yes_of_an_earlier_day_is_to_the_words_of_that_day(cast: Cast) -> None:
    maija, a = cast.parties["maija"], cast.units["a"]
    old = consents.texts_for([a.pk], TODAY)["events", a.pk]
    rewrite(cast)
    told: dict[str, Any] = {"source": "office", "note": "Puhelimessa"}
    (event,) = say(maija, a, told_on=TODAY - 5 * DAY, **told)
    assert event.text == old
    assert not holds(maija), "what was said before the use changed is no yes to it"
    say(maija, a, told_on=TODAY, **told)
    assert holds(maija)


def test_before_there_were_words_nobody_said_yes_but_may_have_said_no(cast: Cast) -> None:
    maija, a = cast.parties["maija"], cast.units["a"]
    first = consents.texts_for([a.pk], TODAY)["events", a.pk].valid_from
    told: dict[str, Any] = {"source": "office", "note": "Puhelimessa", "told_on": first - DAY}
    with pytest.raises(ConsentError, match="unwritten"):
        say(maija, a, **told)
    assert not ConsentEvent.objects.exists()
    assert len(say(maija, a, "newsletter", given=False, **told)) == 1


# --- the words --------------------------------------------------------------------------------------------------------
def test_a_yes_is_to_the_words_of_the_day(cast: Cast) -> None:
    maija, a = cast.parties["maija"], cast.units["a"]
    old = consents.texts_for([a.pk], TODAY)["events", a.pk]
    rewrite(cast, asks_again=False)
    for text in (old.pk, None, consents.texts_for([a.pk], TODAY)["photos", a.pk].pk):
        with pytest.raises(ConsentError, match="text"):
            consenting.record(
                actor=None, party=maija, unit=a, said=[Said("events", "email", True, text)], source="portal",
                at=at(TODAY), on=TODAY,
            )  # fmt: skip
    with pytest.raises(ConsentError, match="channel"):
        say(maija, a, "photos", "email")
    assert not ConsentEvent.objects.exists()


@pytest.mark.parametrize(
    ("unit", "asks_again", "counts"),
    [(None, False, True), (None, True, False), ("a", False, True), ("a", True, False), ("b", True, True)],
)
def test_a_changed_use_is_asked_again_and_a_better_wording_is_not(
    cast: Cast, unit: str | None, *, asks_again: bool, counts: bool
) -> None:
    maija, a = cast.parties["maija"], cast.units["a"]
    say(maija, a, day=TODAY - DAY)
    rewrite(cast, unit, asks_again=asks_again)
    assert holds(maija) == counts
    assert holds(maija, on=TODAY - DAY)
    (one,) = consents.choices_of(maija, [a], TODAY)
    choice = next(c for x in one.asked if x.purpose.pk == "events" for c in x.choices if c.channel == "email")
    assert (choice.allowed, choice.outdated) == (counts, not counts)
    if not counts:
        say(maija, a, hour=13)
        assert holds(maija)


def test_the_unions_new_words_touch_nobody_who_was_shown_the_associations_own(cast: Cast) -> None:
    maija, a = cast.parties["maija"], cast.units["a"]
    rewrite(cast, "a", asks_again=False)
    say(maija, a)
    rewrite(cast, asks_again=True)
    assert holds(maija)


def test_a_coming_version_is_not_in_use_and_can_be_taken_back(cast: Cast) -> None:
    maija, a = cast.parties["maija"], cast.units["a"]
    say(maija, a)
    text = rewrite(cast, day=TODAY + DAY)
    assert holds(maija)
    assert not holds(maija, on=TODAY + DAY)
    with pytest.raises(ConsentError, match="order"):
        rewrite(cast, day=TODAY)
    consenting.take_text_back(actor=cast.users["riitta"], text=text, on=TODAY)
    assert holds(maija, on=TODAY + DAY)
    with pytest.raises(ConsentError, match="begun"):
        consenting.take_text_back(actor=cast.users["riitta"], text=rewrite(cast), on=TODAY)
    with pytest.raises(ConsentError, match="past"):
        rewrite(cast, day=TODAY - DAY)
    assert list(ConsentText.objects.filter(purpose="events").order_by("number").values_list("number", flat=True)) == [1, 2, 3]  # fmt: skip


# --- what the database keeps ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("values", [{"given": False}, {"note": "muu"}, {"party_id": None}])
def test_what_was_said_is_never_changed(cast: Cast, values: dict[str, object]) -> None:
    (event,) = say(cast.parties["maija"], cast.units["a"])
    values = {k: cast.parties["bo"].pk if v is None else v for k, v in values.items()}
    with pytest.raises((IntegrityError, InternalError)), mutation(actor=None, kind="test"):
        ConsentEvent.objects.filter(pk=event.pk).update(**values)
    with pytest.raises((IntegrityError, InternalError)), mutation(actor=None, kind="test"):
        ConsentEvent.objects.filter(pk=event.pk).delete()


def test_words_are_never_changed(cast: Cast) -> None:
    text = ConsentText.objects.get(purpose="events")
    with pytest.raises((IntegrityError, InternalError)), mutation(actor=None, kind="test"):
        ConsentText.objects.filter(pk=text.pk).update(text_fi="Muu")
    with pytest.raises((IntegrityError, InternalError)), mutation(actor=None, kind="test"):
        ConsentText.objects.filter(pk=text.pk).delete()


def test_a_yes_has_its_words(cast: Cast) -> None:
    with pytest.raises(IntegrityError), mutation(actor=None, kind="test"):
        ConsentEvent.objects.create(
            party=cast.parties["maija"], purpose_id="events", channel="email", unit=cast.units["a"], given=True,
            source="portal", at=at(TODAY),
        )  # fmt: skip


def test_it_is_in_the_history(cast: Cast) -> None:
    (event,) = say(cast.parties["maija"], cast.units["a"], actor=cast.users["maija"])
    change = Change.objects.get(table_name="members_consentevent", row_id=str(event.pk))
    assert (change.party_id, change.unit_id) == (cast.parties["maija"].pk, cast.units["a"].pk)
    assert change.mutation.actor == cast.users["maija"]
