"""Endings by the law, their undo, and changes of a membership (REG-4, REG-5)."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jasenpalvelu.audit.models import Mutation
from jasenpalvelu.common import clock
from members.models import Mandate, Membership, MembershipEvent, Party
from members.models.memberships import EventKind, State
from members.services import ending, lifecycle
from members.services.lifecycle import LifecycleError, fold
from tests.cast import JOINED, TODAY, Cast
from tests.members.helpers import appoint, set_rules


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def farmer(cast: Cast) -> Membership:
    return cast.parties["maija"].memberships.get(unit=cast.units["a"])


def address(
    cast: Cast, name: str = "membership_end", whose: str = "maija", membership: Membership | None = None
) -> str:
    chosen = membership or farmer(cast)
    return reverse(f"office:{name}", args=[cast.parties[whose].pk, chosen.pk])


def end(client: Client, cast: Cast, kind: str, **values: str):  # type: ignore[no-untyped-def]
    sent = {"kind": kind, "noticed_on": "22.11.2026", "reason": "", **values}
    return client.post(address(cast), sent)


# --- the fold -------------------------------------------------------------------------------------------------------
KINDS = st.sampled_from([kind for kind in EventKind if kind != EventKind.CORRECTED])
EVENTS = st.lists(st.tuples(KINDS, st.dates(date(2000, 1, 1), date(2030, 1, 1))), max_size=12)


@given(EVENTS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_fold_is_always_a_state_the_table_accepts(events: list[tuple[str, date]]) -> None:
    folded = (
        fold(MembershipEvent(kind=EventKind.APPLIED, effective_on=JOINED) for _ in range(1))
        if not events
        else fold([MembershipEvent(kind=kind, effective_on=day) for kind, day in events])
    )
    assert folded.state in {*State.values, ""}
    assert folded.state != State.ACTIVE or folded.started_on is not None
    assert folded.state != State.ENDED or folded.ended_on is not None


# --- when it takes effect -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("delay", "effective"),
    [
        (0, TODAY + timedelta(1)),
        (1, TODAY + timedelta(1)),
        (30, TODAY + timedelta(30)),
        (365, TODAY + timedelta(365)),
    ],
)
def test_a_resignation_waits_as_long_as_the_rules_say(cast: Cast, delay: int, effective: date) -> None:
    set_rules(cast, "a", resignation_delay_days=delay)
    assert ending.effective_day(unit_id=cast.units["a"].pk, kind="resigned", noticed_on=TODAY) == effective
    unit = cast.units["a"].pk
    assert ending.effective_day(unit_id=unit, kind="expelled", noticed_on=TODAY) == TODAY + timedelta(1)
    assert ending.effective_day(unit_id=unit, kind="transferred", noticed_on=TODAY) == TODAY


def test_the_page_says_first_what_will_happen(client: Client, cast: Cast) -> None:
    set_rules(cast, "a", resignation_delay_days=60)
    cast.sign_in(client, "aino")
    html = end(client, cast, "resigned").content.decode()
    assert "20.1.2027" in html, "the last day, not the first day after"
    assert "21.1.2027" not in html
    assert farmer(cast).state == "active"
    assert end(client, cast, "resigned", vahvista="1").status_code == 302
    assert (farmer(cast).state, farmer(cast).ended_on) == ("ended", date(2027, 1, 21))
    assert farmer(cast) in Membership.objects.in_force(TODAY)
    assert farmer(cast).events.latest("pk").actor == cast.users["aino"]


def test_back_shows_the_form_again(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    response = end(client, cast, "resigned", muuta="1")
    assert response.context["happens"] == []
    assert farmer(cast).state == "active"


def test_what_cannot_be_is_refused(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    assert end(client, cast, "").context["form"].errors
    for elsewhere in ("deemed_resigned", "expelled", "transferred"):
        assert end(client, cast, elsewhere, vahvista="1").context["form"].errors, "it has a page of its own"
    assert (
        "noticed_on"
        in end(client, cast, "resigned", noticed_on="1.1.2019", vahvista="1").context["form"].errors
    )
    assert "noticed_on" in end(client, cast, "resigned", noticed_on="1.1.2030").context["form"].errors
    assert farmer(cast).state == "active"


def test_ending_twice_ends_once(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    end(client, cast, "resigned", vahvista="1")
    assert end(client, cast, "resigned", vahvista="1").status_code == 302
    assert farmer(cast).events.filter(kind="resigned").count() == 1


# --- undo -----------------------------------------------------------------------------------------------------------
def undo(client: Client, cast: Cast, whose: str = "maija"):  # type: ignore[no-untyped-def]
    done = Mutation.objects.filter(kind__in=["membership.end", "party.death"]).latest("at")
    return client.post(reverse("office:member_undo", args=[cast.parties[whose].pk, done.pk]))


def test_an_ending_is_undone_in_a_new_event(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    end(client, cast, "resigned", vahvista="1")
    undo(client, cast)
    assert (farmer(cast).state, farmer(cast).started_on, farmer(cast).ended_on) == ("active", JOINED, None)
    assert [e.kind for e in farmer(cast).events.order_by("pk")] == ["admitted", "resigned", "reinstated"]
    count = MembershipEvent.objects.count()
    undo(client, cast)
    assert MembershipEvent.objects.count() == count, "a second time nothing happens"


def test_undo_is_refused_when_something_came_after(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    end(client, cast, "resigned", vahvista="1")
    lifecycle.start(
        actor=None,
        party=cast.parties["maija"],
        unit=cast.units["a"],
        type=cast.types["farmer"],
        started_on=TODAY,
    )
    ended = Membership.objects.get(party=cast.parties["maija"], unit=cast.units["a"], state="ended")
    undo(client, cast)
    ended.refresh_from_db()
    assert ended.state == "ended"


def test_undo_takes_back_endings_only_and_of_that_member_only(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    other = Mutation.objects.latest("at")
    client.post(reverse("office:member_undo", args=[cast.parties["maija"].pk, other.pk]))
    assert Mutation.objects.get(pk=other.pk).undone_by is None
    end(client, cast, "resigned", vahvista="1")
    undo(client, cast, "siiri")
    assert farmer(cast).state == "ended"


@pytest.mark.parametrize("who", ["bo", "tiina", "ulla", "maija"])
def test_others_neither_end_nor_undo(client: Client, cast: Cast, who: str) -> None:
    cast.sign_in(client, "aino")
    end(client, cast, "resigned", vahvista="1")
    cast.sign_in(client, who)
    assert undo(client, cast).status_code == 404
    for name in ("membership_end", "membership_reinstate", "membership"):
        assert client.get(address(cast, name)).status_code == 404
        assert client.post(address(cast, name), {"reason": "x"}).status_code == 404
    assert farmer(cast).state == "ended"


def test_a_membership_of_another_association_is_not_found(client: Client, cast: Cast) -> None:
    foreign = cast.parties["maija"].memberships.get(unit=cast.units["a2"])
    cast.sign_in(client, "aino")
    assert client.get(address(cast, membership=foreign)).status_code == 404
    strange = cast.parties["lotta"].memberships.get()
    assert client.get(address(cast, membership=strange)).status_code == 404


# --- death ----------------------------------------------------------------------------------------------------------
def test_a_death_ends_everything_in_the_federation_and_can_be_undone(client: Client, cast: Cast) -> None:
    mandate = appoint(cast, "maija", "chair", "a")
    later = appoint(cast, "maija", "secretary", "a")
    Mandate.objects.filter(pk=later.pk)
    cast.sign_in(client, "aino")
    html = end(client, cast, "died", noticed_on="1.11.2026").content.decode()
    assert "2 jäsenyyttä päättyy" in html
    end(client, cast, "died", noticed_on="1.11.2026", vahvista="1")
    rows = Membership.objects.filter(party=cast.parties["maija"])
    assert {(m.state, m.ended_on) for m in rows} == {("ended", date(2026, 11, 1))}
    mandate.refresh_from_db()
    assert mandate.valid_to == date(2026, 11, 1)
    assert Party.objects.get(pk=cast.parties["maija"].pk).person.deceased_on == date(2026, 11, 1)
    undo(client, cast)
    assert set(rows.values_list("state", flat=True)) == {"active"}
    mandate.refresh_from_db()
    assert mandate.valid_to is None
    assert Party.objects.get(pk=cast.parties["maija"].pk).person.deceased_on is None


def test_a_death_lets_applications_lapse(cast: Cast) -> None:
    applied = lifecycle.apply(
        actor=None, party=cast.parties["maija"], unit=cast.units["b"], type=cast.types["personal"], on=TODAY
    )
    ending.record_death(actor=None, party=cast.parties["maija"], died_on=TODAY)
    applied.refresh_from_db()
    assert applied.state == "rejected"
    assert applied.events.latest("pk").kind == "withdrawn"


# --- taking up again, changing --------------------------------------------------------------------------------------
def test_a_membership_is_taken_up_again_with_a_reason(client: Client, cast: Cast) -> None:
    lifecycle.end(actor=None, membership=farmer(cast), kind="resigned", effective_on=date(2026, 5, 1))
    cast.sign_in(client, "aino")
    assert client.post(address(cast, "membership_reinstate"), {}).context["form"].errors
    assert client.post(address(cast, "membership_reinstate"), {"reason": "Perui eronsa"}).status_code == 302
    assert (farmer(cast).state, farmer(cast).ended_on) == ("active", None)


def change(client: Client, cast: Cast, what: str, **values: object):  # type: ignore[no-untyped-def]
    sent = {"muutos": what, **{f"{what}-{name}": value for name, value in values.items()}}
    return client.post(address(cast, "membership"), sent)


def test_who_only_sees_finance_changes_no_payer_and_no_exemption(client: Client, cast: Cast) -> None:
    """The secretary reads class D but may edit A to C: forms for what she may not change are not taken, however sent."""
    cast.sign_in(client, "aino")
    assert set(client.get(address(cast, "membership")).context["forms"]) == {"laji", "alku"}
    siiri = cast.parties["siiri"].number
    assert change(client, cast, "maksaja", payer=siiri).status_code == 404
    assert change(client, cast, "vapautus", until="31.12.2026", reason="Kunniajäsen").status_code == 404
    assert (farmer(cast).payer, farmer(cast).fee_exempt_until) == (None, None)


def test_type_exemption_start_and_payer(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "olavi")
    page = client.get(address(cast, "membership"))
    assert page.status_code == 200
    student = cast.types["student"].pk
    assert change(client, cast, "laji", type=student, effective_on="1.1.2027").status_code == 302
    assert change(client, cast, "vapautus", until="31.12.2026").context["sent"].errors
    assert change(client, cast, "vapautus", until="31.12.2026", reason="Kunniajäsen").status_code == 302
    assert change(client, cast, "alku", started_on="1.6.2019", reason="Näppäilyvirhe").status_code == 302
    assert change(client, cast, "maksaja", payer=cast.parties["siiri"].number).status_code == 302
    changed = farmer(cast)
    assert (changed.type_id, changed.started_on, changed.payer) == (
        student,
        date(2019, 6, 1),
        cast.parties["siiri"],
    )
    assert changed.fee_exempt_until == date(2026, 12, 31)
    assert [e.kind for e in changed.events.order_by("pk")] == [
        "admitted",
        "type_changed",
        "fee_exempted",
        "corrected",
    ]


def test_a_payer_outside_the_scope_is_not_found(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "olavi")
    response = change(client, cast, "maksaja", payer=cast.parties["lotta"].number)
    assert "payer" in response.context["sent"].errors
    assert change(client, cast, "jotain").status_code == 404


def test_a_type_the_member_has_already_is_refused(cast: Cast) -> None:
    lifecycle.start(
        actor=None,
        party=cast.parties["maija"],
        unit=cast.units["a"],
        type=cast.types["student"],
        started_on=TODAY,
    )
    with pytest.raises(LifecycleError, match="type_taken"):
        lifecycle.change_type(
            actor=None,
            membership=farmer_of(cast),
            type=cast.types["student"],
            effective_on=TODAY,
        )


def farmer_of(cast: Cast) -> Membership:
    return cast.parties["maija"].memberships.get(unit=cast.units["a"], type=cast.types["farmer"])
