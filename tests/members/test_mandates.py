"""Posts: given, waiting for their conditions, warned of, ended by themselves or early, taken back (REG-12)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.models import Change, Mutation
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.common.clock import HELSINKI
from members import waiting_rights
from members.models import Decision, Mandate, Party, PartyLogin, RoleGrant, RoleTemplate, Training
from members.scope import Scope
from members.services import mandates, training
from members.services.founding import Appointee
from members.services.mandates import MandateError, Resolution, Term
from members.waiting import Asked
from tests.cast import TODAY, Cast
from tests.members.helpers import appoint

DECIDED = Resolution("board", date(2026, 11, 20), "7")
YEAR = Term(TODAY, date(2027, 11, 21))


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def scope(cast: Cast, name: str, on: date = TODAY) -> Scope:
    return Scope.for_user(cast.users[name], on=on)


def give(cast: Cast, by: str, role: str, unit: str, who: Appointee, **other: Any) -> Mandate:
    facts: dict[str, Any] = {"term": YEAR, "resolution": DECIDED} | other
    return mandates.grant(
        scope=scope(cast, by),
        who=who,
        unit=cast.units[unit],
        template=RoleTemplate.objects.get(code=role),
        actor=cast.users[by],
        on=TODAY,
        **facts,
    )


def member(cast: Cast, name: str = "maija") -> Appointee:
    return Appointee(email="", party=cast.parties[name])


def refused(code: str) -> Any:
    return pytest.raises(MandateError, match=f"^{code}$")


def test_a_post_is_given_with_its_decision(cast: Cast) -> None:
    made = give(cast, "riitta", "secretary", "a", member(cast))
    assert made.decision is not None
    assert (made.decision.section, made.granted_by, made.valid_to) == ("7", cast.users["riitta"], YEAR.last)
    assert scope(cast, "maija").can("members.edit", cast.units["a"].pk)
    act = Mutation.objects.get(kind="mandate.grant")
    assert Change.objects.filter(mutation=act, table_name="members_mandate", op="I").count() == 1


@pytest.mark.parametrize(
    ("by", "role", "unit", "code"),
    [
        ("aino", "secretary", "a", "unit"),
        ("ulla", "secretary", "a", "unit"),
        ("riitta", "custodian", "union", "more"),
        ("chair", "secretary", "a", "more"),
        ("chair", "regional_director", "a", "more"),
        ("chair", "chair", "b", "unit"),
        ("chair", "chair", "region1", "unit"),
    ],
)
def test_nobody_gives_more_than_one_holds(cast: Cast, by: str, role: str, unit: str, code: str) -> None:
    if by == "chair":
        appoint(cast, "ulla", "chair", "a")
        by = "ulla"
    with refused(code):
        give(cast, by, role, unit, member(cast))
    assert not Mandate.objects.filter(party=cast.parties["maija"]).exists()


def test_a_chair_gives_what_a_chair_holds(cast: Cast) -> None:
    appoint(cast, "ulla", "chair", "a")
    give(cast, "ulla", "chair", "a", member(cast))
    assert scope(cast, "maija").can("mandates.grant", cast.units["a"].pk)


def test_nobody_gives_a_post_to_oneself(cast: Cast) -> None:
    with refused("self"):
        give(cast, "riitta", "secretary", "a", member(cast, "riitta"))
    with refused("self"):
        give(cast, "riitta", "secretary", "a", Appointee("riitta@example.fi", "Riitta", "Toinen"))


@pytest.mark.parametrize(
    ("term", "decided", "code"),
    [
        (Term(TODAY, None), DECIDED, "long"),
        (Term(TODAY, TODAY + relativedelta(months=36)), DECIDED, "long"),
        (Term(TODAY, TODAY - timedelta(days=1)), DECIDED, "period"),
        (Term(date(2026, 11, 1), date(2027, 1, 1)), DECIDED, "early"),
        (YEAR, Resolution("board", date(2026, 11, 23)), "early"),
    ],
)
def test_the_term_is_within_the_roles_longest(cast: Cast, term: Term, decided: Resolution, code: str) -> None:
    with refused(code):
        give(cast, "riitta", "secretary", "a", member(cast), term=term, resolution=decided)
    last = TODAY + relativedelta(months=36) - timedelta(days=1)
    give(cast, "riitta", "secretary", "a", member(cast), term=Term(TODAY, last))


def test_the_same_post_is_not_given_twice_at_a_time(cast: Cast) -> None:
    give(cast, "riitta", "secretary", "a", member(cast))
    with refused("held"):
        give(cast, "riitta", "secretary", "a", member(cast), term=Term(date(2027, 11, 21), date(2028, 1, 1)))
    give(cast, "riitta", "secretary", "a", member(cast), term=Term(date(2027, 11, 22), date(2028, 1, 1)))


def test_the_dead_and_organisations_hold_no_posts(cast: Cast) -> None:
    with refused("organisation"):
        give(cast, "riitta", "secretary", "a", member(cast, "estate"))
    with mutation(actor=None, kind="test"):
        cast.parties["maija"].person.deceased_on = TODAY
        cast.parties["maija"].person.save()
    with refused("dead"):
        give(cast, "riitta", "secretary", "a", member(cast))


def test_a_new_person_is_entered_with_a_login(cast: Cast) -> None:
    made = give(cast, "riitta", "secretary", "a", Appointee("uusi@example.fi", "Uusi", "Toimihenkilö"))
    user = User.objects.get(email="uusi@example.fi")
    assert PartyLogin.objects.get(user=user).party == made.party
    assert Scope.for_user(user, on=TODAY).can("members.view", cast.units["a"].pk)


@pytest.mark.parametrize(("email", "code"), [("lotta@example.fi", "known"), ("x", "address")])
def test_an_address_of_a_member_is_not_taken_for_a_new_person(cast: Cast, email: str, code: str) -> None:
    before = Party.objects.count()
    with refused(code):
        give(cast, "riitta", "secretary", "a", Appointee(email, "Uusi", "Ihminen"))
    assert Party.objects.count() == before


def test_an_existing_login_is_left_as_it_is(cast: Cast) -> None:
    give(cast, "riitta", "secretary", "a", Appointee("toinen@example.fi", party=cast.parties["maija"]))
    assert not User.objects.filter(email="toinen@example.fi").exists()
    with refused("other"):
        give(cast, "riitta", "secretary", "b", Appointee("maija@example.fi", party=cast.parties["lotta"]))


def test_a_role_of_listed_units_needs_them_within_reach(cast: Cast) -> None:
    with mutation(actor=None, kind="test"):
        role = RoleTemplate.objects.create(code="adviser", name_fi="Neuvoja", name_sv="R", name_en="A")
        RoleGrant.objects.create(template=role, capability="members.view", reach="listed", classes="AB")
    with refused("units"):
        give(cast, "riitta", "adviser", "region1", member(cast))
    give(cast, "riitta", "adviser", "region1", member(cast), listed=[cast.units["b"].pk])
    assert scope(cast, "maija").unit_ids("members.view") == {cast.units["b"].pk}
    appoint(cast, "ulla", "chair", "a")
    with refused("more"):
        give(cast, "ulla", "adviser", "a", member(cast, "lotta"), listed=[cast.units["b"].pk])


def test_a_role_of_one_unit_is_given_in_that_unit_only(cast: Cast) -> None:
    with mutation(actor=None, kind="test"):
        RoleTemplate.objects.create(
            code="own", unit=cast.units["a"], name_fi="Oma", name_sv="Egen", name_en="Own"
        )
    with refused("role"):
        give(cast, "riitta", "own", "b", member(cast))
    give(cast, "riitta", "own", "a", member(cast))


# --- conditions -----------------------------------------------------------------------------------------------------
def needs_training() -> None:
    with mutation(actor=None, kind="test"):
        RoleTemplate.objects.filter(code="secretary").update(requires_training=True)


def test_a_post_that_needs_training_gives_nothing_before_it(cast: Cast) -> None:
    needs_training()
    a = cast.units["a"].pk
    assert not scope(cast, "aino").can("members.view", a)
    assert not scope(cast, "aino").is_staff
    record(cast, "aino", date(2026, 11, 1), date(2027, 6, 30))
    assert scope(cast, "aino").can("members.view", a)
    assert scope(cast, "aino", date(2027, 6, 30)).can("members.view", a)
    assert not scope(cast, "aino", date(2027, 7, 1)).can("members.view", a)


def record(cast: Cast, name: str, passed: date, until: date, by: str = "riitta") -> Training:
    return training.record(
        scope=scope(cast, by), party=cast.parties[name], passed_on=passed, valid_to=until, note="todistus",
        actor=cast.users[by], on=TODAY,
    )  # fmt: skip


def test_a_training_is_recorded_by_somebody_else_who_gives_posts(cast: Cast) -> None:
    row = record(cast, "aino", date(2026, 11, 1), date(2027, 6, 30))
    assert row.recorded_by == cast.users["riitta"]
    for by, name, code in (
        ("aino", "olavi", "unit"),
        ("riitta", "riitta", "self"),
        ("riitta", "maija", "unit"),
    ):
        with refused(code):
            record(cast, name, date(2026, 11, 1), date(2027, 6, 30), by=by)
    with refused("early"):
        record(cast, "aino", date(2026, 11, 23), date(2027, 6, 30))
    with refused("period"):
        record(cast, "aino", date(2026, 11, 20), date(2026, 11, 1))


def test_a_training_entered_by_mistake_is_removed(cast: Cast) -> None:
    needs_training()
    row = record(cast, "aino", date(2026, 11, 1), date(2027, 6, 30))
    with refused("unit"):
        training.remove(scope=scope(cast, "olavi"), training=row, actor=cast.users["olavi"], on=TODAY)
    training.remove(scope=scope(cast, "riitta"), training=row, actor=cast.users["riitta"], on=TODAY)
    assert not scope(cast, "aino").is_staff


def test_a_scope_costs_the_same_with_conditions(cast: Cast, django_assert_num_queries: Any) -> None:
    needs_training()
    record(cast, "aino", date(2026, 11, 1), date(2027, 6, 30))
    with django_assert_num_queries(2):
        scope(cast, "aino")


def test_a_post_that_waits_asks_for_no_second_factor(cast: Cast) -> None:
    assert scope(cast, "aino").requires_mfa
    needs_training()
    assert not scope(cast, "aino").requires_mfa


# --- the end of the term --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "last", [date(2026, 12, 31), date(2027, 3, 28), date(2027, 10, 31), date(2028, 2, 29)]
)
def test_a_post_ends_by_itself_at_the_midnight_after_its_last_day(cast: Cast, last: date) -> None:
    """In Helsinki, also when the clocks are moved on the last day."""
    give(cast, "riitta", "secretary", "a", member(cast), term=Term(TODAY, last))
    midnight = datetime.combine(last + timedelta(days=1), datetime.min.time(), HELSINKI)
    for moment, holds in (
        (midnight - timedelta(seconds=1), True),
        (midnight, False),
        (datetime.combine(last, datetime.min.time(), HELSINKI), True),
    ):
        with clock.frozen(moment):
            assert scope(cast, "maija", clock.today()).is_staff is holds, moment


def test_a_post_to_come_gives_nothing_yet(cast: Cast) -> None:
    give(cast, "riitta", "secretary", "a", member(cast), term=Term(date(2027, 1, 1), date(2027, 12, 31)))
    assert not scope(cast, "maija", date(2026, 12, 31)).is_staff
    assert scope(cast, "maija", date(2027, 1, 1)).is_staff


def waits(source: Any, cast: Cast, name: str, on: date) -> int:
    asked = Asked(scope(cast, name, on), on)
    return source.rows(asked).count() if source.concerns(asked.scope) else 0


def test_a_warning_comes_thirty_days_before_to_holder_and_giver(cast: Cast) -> None:
    give(cast, "riitta", "secretary", "a", member(cast), term=Term(TODAY, date(2027, 3, 31)))
    own, theirs = waiting_rights.OWN_ENDING, waiting_rights.ENDING
    for day, count in (
        (date(2027, 2, 28), 0),
        (date(2027, 3, 1), 1),
        (date(2027, 3, 31), 1),
        (date(2027, 4, 1), 0),
    ):
        assert (waits(own, cast, "maija", day), waits(theirs, cast, "riitta", day)) == (count, count), day
    day = date(2027, 3, 1)
    assert waits(own, cast, "aino", day) == waits(theirs, cast, "aino", day) == 0
    item = own.item(Asked(scope(cast, "maija", day), day), 1)
    assert "31.3.2027" in item.why
    give(cast, "riitta", "secretary", "a", member(cast), term=Term(date(2027, 4, 1), date(2028, 3, 31)))
    assert (waits(own, cast, "maija", day), waits(theirs, cast, "riitta", day)) == (0, 0), "it goes on"


def test_trainings_to_record_wait_for_those_who_give_posts(cast: Cast) -> None:
    needs_training()
    assert waits(waiting_rights.UNTRAINED, cast, "riitta", TODAY) == 2
    record(cast, "aino", date(2026, 11, 1), date(2027, 6, 30))
    assert waits(waiting_rights.UNTRAINED, cast, "riitta", TODAY) == 1


# --- ending and undoing ---------------------------------------------------------------------------------------------
def finish(cast: Cast, by: str, mandate: Mandate, last: date, reason: str = "Muutti") -> Mutation:
    return mandates.end(
        scope=scope(cast, by), mandate=mandate, last_day=last, reason=reason, actor=cast.users[by], on=TODAY
    )


def of(cast: Cast, name: str) -> Mandate:
    return Mandate.objects.get(party=cast.parties[name])


def test_ending_at_once_takes_the_rights_today(cast: Cast) -> None:
    done = finish(cast, "riitta", of(cast, "aino"), TODAY - timedelta(days=1))
    assert not scope(cast, "aino").is_staff
    assert of(cast, "aino").end_reason == "Muutti"
    mandates.undo(scope=scope(cast, "riitta"), mutation_id=done.pk, actor=cast.users["riitta"])
    again = of(cast, "aino")
    assert (again.valid_to, again.end_reason) == (None, "")
    with refused("done"):
        mandates.undo(scope=scope(cast, "riitta"), mutation_id=done.pk, actor=cast.users["riitta"])


def test_a_post_of_today_or_to_come_is_taken_off(cast: Cast) -> None:
    made = give(cast, "riitta", "secretary", "a", member(cast))
    done = finish(cast, "riitta", made, TODAY - timedelta(days=1))
    assert not Mandate.objects.filter(party=cast.parties["maija"]).exists()
    mandates.undo(scope=scope(cast, "riitta"), mutation_id=done.pk, actor=cast.users["riitta"])
    back = of(cast, "maija")
    assert (back.valid_from, back.valid_to, back.decision_id) == (TODAY, YEAR.last, made.decision_id)


@pytest.mark.parametrize("by", ["aino", "olavi", "bo", "tiina", "kaarlo", "ulla"])
def test_only_who_gives_posts_there_ends_one(cast: Cast, by: str) -> None:
    with refused("unit"):
        finish(cast, by, of(cast, "aino"), TODAY)
    assert of(cast, "aino").valid_to is None


def test_the_last_day_is_only_brought_nearer(cast: Cast) -> None:
    made = give(cast, "riitta", "secretary", "a", member(cast))
    with refused("period"):
        finish(cast, "riitta", made, date(2028, 1, 1))
    with refused("early"):
        finish(cast, "riitta", made, date(2026, 11, 1))
    finish(cast, "riitta", of(cast, "aino"), TODAY - timedelta(days=1))
    with refused("ended"):
        finish(cast, "riitta", of(cast, "aino"), TODAY)


def test_giving_is_undone_with_the_person_made_for_it(cast: Cast) -> None:
    parties, users, decisions = Party.objects.count(), User.objects.count(), Decision.objects.count()
    give(cast, "riitta", "secretary", "a", Appointee("uusi@example.fi", "Uusi", "Toimihenkilö"))
    act = Mutation.objects.get(kind="mandate.grant")
    mandates.undo(scope=scope(cast, "riitta"), mutation_id=act.pk, actor=cast.users["riitta"])
    assert (Party.objects.count(), User.objects.count(), Decision.objects.count()) == (
        parties,
        users,
        decisions,
    )
    give(cast, "riitta", "secretary", "a", member(cast))
    act = Mutation.objects.filter(kind="mandate.grant").latest("at")
    mandates.undo(scope=scope(cast, "riitta"), mutation_id=act.pk, actor=cast.users["riitta"])
    assert PartyLogin.objects.filter(party=cast.parties["maija"]).exists()


def test_what_was_done_since_is_not_undone(cast: Cast) -> None:
    made = give(cast, "riitta", "secretary", "a", member(cast))
    act = Mutation.objects.get(kind="mandate.grant")
    finish(cast, "riitta", made, date(2027, 1, 1))
    with refused("later"):
        mandates.undo(scope=scope(cast, "riitta"), mutation_id=act.pk, actor=cast.users["riitta"])


def test_undoing_gives_nobody_what_could_not_be_given(cast: Cast) -> None:
    """A chair may end the secretary's post, and take that back; another chair may not bring the post back."""
    appoint(cast, "ulla", "chair", "a")
    done = finish(cast, "ulla", of(cast, "aino"), TODAY - timedelta(days=1))
    appoint(cast, "maija", "chair", "a")
    with refused("more"):
        mandates.undo(scope=scope(cast, "maija"), mutation_id=done.pk, actor=cast.users["maija"])
    for name in ("bo", "olavi"):
        with refused("unit"):
            mandates.undo(scope=scope(cast, name), mutation_id=done.pk, actor=cast.users[name])
    mandates.undo(scope=scope(cast, "ulla"), mutation_id=done.pk, actor=cast.users["ulla"])
    assert of(cast, "aino").valid_to is None


def test_other_acts_are_not_undone_here(cast: Cast) -> None:
    with mutation(actor=None, kind="party.death") as act:
        Mandate.objects.filter(party=cast.parties["aino"]).update(valid_to=TODAY)
    with refused("done"):
        mandates.undo(scope=scope(cast, "riitta"), mutation_id=act.pk, actor=cast.users["riitta"])
