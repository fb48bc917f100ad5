"""Erasing by the rules: whose time has run out, two persons, thirty days, the breaker, and that nothing goes by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import running
from members import retention_jobs, tasks
from members.models import (
    ContactPoint,
    ErasureItem,
    ErasureRun,
    Mandate,
    Party,
    PartyLink,
    PartyLogin,
    Person,
    RetentionCount,
    RetentionRule,
)
from members.models.memberships import EventKind
from members.personal import copying, notice, terms
from members.personal.reading import person
from members.services import ending, erasing, lifecycle, logins, registering, retention
from members.services.retention import RetentionError
from tests.billing.runs import work_off
from tests.cast import JOINED, TODAY, Cast

LEFT = date(2020, 5, 4)
LATER = TODAY + timedelta(days=30)


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def left(cast: Cast, name: str = "Kaukovaara", on: date = LEFT, unit: str = "a") -> Party:
    """Somebody who was a member until the day."""
    aino = cast.users["aino"]
    party = registering.create_person(
        actor=aino, first_names="Vilhelmiina", last_name=name, on=JOINED, email=f"{name.lower()}@example.fi"
    )
    membership = lifecycle.start(
        actor=aino,
        party=party,
        unit=cast.units[unit],
        type=cast.types["personal"],
        started_on=date(2015, 1, 1),
    )
    ending.end_membership(
        actor=aino, membership=membership, kind=EventKind.RESIGNED, noticed_on=on, reason=""
    )
    return party


def who(cast: Cast, kind: str = "former", on: date = TODAY, units: tuple[str, ...] = ("a",)) -> set[int]:
    return {due.party_id for due in terms.due(kind, units=[cast.units[u].pk for u in units], on=on)}


def proposed(cast: Cast, by: str = "aino") -> ErasureRun:
    a = cast.units["a"]
    return retention.propose(actor=cast.users[by], unit=a, units=[a.pk], kind="former", on=TODAY)


def approved(cast: Cast) -> ErasureRun:
    return retention.approve(actor=cast.users["riitta"], run=proposed(cast), on=TODAY)


def carried_out(on: date = LATER) -> Job:
    with clock.frozen(on):
        retention_jobs.begin_due(on=on)
        return work_off(Job.objects.get(kind="members.retention"))


# --- whose time has run out -------------------------------------------------------------------------------------------
def test_the_months_run_from_the_end(cast: Cast) -> None:
    party = left(cast)
    ended = party.memberships.get().ended_on
    assert ended is not None
    last = ended + relativedelta(months=36)
    assert party.pk in who(cast, on=last)
    assert party.pk not in who(cast, on=last - timedelta(days=1))


def test_an_association_may_say_its_own_within_bounds(cast: Cast) -> None:
    party = left(cast, on=date(2025, 1, 7))
    assert party.pk not in who(cast)
    retention.set_months(actor=cast.users["riitta"], kind="former", unit=None, months=12)
    assert party.pk in who(cast)
    retention.set_months(actor=cast.users["aino"], kind="former", unit=cast.units["a"], months=72)
    assert party.pk not in who(cast)
    retention.set_months(actor=cast.users["aino"], kind="former", unit=cast.units["a"], months=None)
    assert party.pk in who(cast)
    for months in (0, 11, 73):
        with pytest.raises(RetentionError):
            retention.set_months(actor=cast.users["aino"], kind="former", unit=cast.units["a"], months=months)
    assert RetentionRule.objects.count() == 1


def test_members_and_whoever_is_tied_to_one_stay(cast: Cast) -> None:
    party, payer, spouse = left(cast), left(cast, "Maksaja"), left(cast, "Puoliso")
    aino, maija = cast.users["aino"], cast.parties["maija"]
    with mutation(actor=aino, kind="test.ties"):
        maija.memberships.update(payer=payer)
        PartyLink.objects.create(party=maija, other=spouse, kind="spouse", valid_from=JOINED)
    assert who(cast) == {party.pk}
    lifecycle.start(
        actor=aino, party=party, unit=cast.units["a"], type=cast.types["personal"], started_on=TODAY
    )
    assert who(cast) == set()


def test_one_whom_another_association_knows_is_not_proposed(cast: Cast) -> None:
    elsewhere = left(cast, "Muualla")
    with mutation(actor=None, kind="test.elsewhere"):
        elsewhere.memberships.update(unit=cast.units["b"])
    assert elsewhere.pk not in who(cast)
    assert elsewhere.pk in who(cast, units=("a", "b"))


def test_the_dead_and_those_turned_down_have_rules_of_their_own(cast: Cast) -> None:
    dead, aino = left(cast), cast.users["aino"]
    with mutation(actor=aino, kind="test.death"):
        Person.objects.filter(party=dead).update(deceased_on=LEFT)
    applicant = registering.create_person(
        actor=aino, first_names="Hakija", last_name="Hylätty", on=JOINED, email="hakija@example.fi"
    )
    membership = lifecycle.apply(
        actor=aino, party=applicant, unit=cast.units["a"], type=cast.types["personal"], on=date(2024, 1, 8)
    )
    lifecycle.reject(actor=aino, membership=membership, decided_on=date(2024, 2, 8), reason="")
    assert who(cast, "former") == set()
    assert who(cast, "deceased") == {dead.pk}
    assert who(cast, "applicants") == {applicant.pk}
    assert who(cast, "applicants", on=date(2025, 2, 7)) == set()


def test_an_application_turned_down_long_ago_holds_nobody(cast: Cast) -> None:
    """It has no end of its own; it counts from its last event, as an applicant's does."""
    party, aino = left(cast), cast.users["aino"]
    earlier = lifecycle.apply(
        actor=aino, party=party, unit=cast.units["a"], type=cast.types["supporting"], on=date(2014, 1, 8)
    )
    lifecycle.reject(actor=aino, membership=earlier, decided_on=date(2014, 2, 8), reason="")
    assert earlier.ended_on is None
    assert who(cast) == {party.pk}
    lately = lifecycle.apply(
        actor=aino, party=party, unit=cast.units["a"], type=cast.types["supporting"], on=date(2026, 1, 8)
    )
    lifecycle.reject(actor=aino, membership=lately, decided_on=date(2026, 2, 8), reason="")
    assert who(cast) == set()


# --- two persons, thirty days -------------------------------------------------------------------------------------------
def test_nothing_goes_before_a_second_person_and_thirty_days(cast: Cast) -> None:
    party = left(cast)
    run = proposed(cast)
    with clock.frozen(LATER):
        retention_jobs.begin_due(on=LATER)
    assert not Job.objects.filter(kind="members.retention").exists()
    run = retention.approve(actor=cast.users["riitta"], run=run, on=TODAY)
    assert run.erase_on == LATER
    retention_jobs.begin_due(on=LATER - timedelta(days=1))
    assert not Job.objects.filter(kind="members.retention").exists()
    carried_out()
    party.refresh_from_db()
    assert party.display_name == "–"
    run.refresh_from_db()
    assert (run.state, run.ended_on) == ("done", LATER)
    assert dict(run.receipt["gone"])["members_contactpoint"] == 1
    assert "Kaukovaara" not in str(run.receipt)
    assert run.items.get().erasure is not None


def test_nobody_approves_their_own(cast: Cast) -> None:
    left(cast)
    run = proposed(cast)
    with pytest.raises(RetentionError, match="same"):
        retention.approve(actor=cast.users["aino"], run=run, on=TODAY)
    with pytest.raises(IntegrityError), transaction.atomic(), mutation(actor=None, kind="test.alone"):
        ErasureRun.objects.filter(pk=run.pk).update(
            state="quarantine", approved_by=cast.users["aino"], approved_on=TODAY, erase_on=LATER
        )


def test_two_logins_of_one_person_are_one(cast: Cast) -> None:
    party = PartyLogin.objects.get(user=cast.users["aino"]).party
    with mutation(actor=None, kind="test.login"):
        PartyLogin.objects.filter(user=cast.users["ulla"]).delete()
        PartyLogin.objects.create(user=cast.users["ulla"], party=party)
    assert logins.is_same_person(cast.users["aino"], cast.users["ulla"])


def test_one_person_or_the_whole_is_taken_back(cast: Cast) -> None:
    spared, goes = left(cast), left(cast, "Menevä")
    run = approved(cast)
    item = run.items.get(party=spared)
    retention.spare(actor=cast.users["aino"], item=item, on=TODAY, reason="Riita kesken")
    with pytest.raises(RetentionError, match="changed"):  # the second person has not seen them on the list
        retention.unspare(actor=cast.users["aino"], item=item)
    carried_out()
    spared.refresh_from_db()
    goes.refresh_from_db()
    assert (spared.display_name, goes.display_name) == ("Kaukovaara Vilhelmiina", "–")
    assert who(cast) == set()
    assert who(cast, on=TODAY + timedelta(days=400)) == {spared.pk}
    with pytest.raises(RetentionError, match="changed"):
        retention.cancel(actor=cast.users["aino"], run=run, on=LATER)


def test_a_whole_run_taken_back_erases_nobody(cast: Cast) -> None:
    party = left(cast)
    run = approved(cast)
    assert who(cast) == set()
    retention.cancel(actor=cast.users["aino"], run=run, on=TODAY)
    retention_jobs.begin_due(on=LATER)
    assert not Job.objects.filter(kind="members.retention").exists()
    assert who(cast) == {party.pk}


def test_whoever_joins_again_in_the_meantime_is_kept(cast: Cast) -> None:
    party = left(cast)
    run = approved(cast)
    lifecycle.start(
        actor=cast.users["aino"], party=party, unit=cast.units["a"], type=cast.types["personal"], started_on=TODAY
    )  # fmt: skip
    carried_out()
    party.refresh_from_db()
    assert party.display_name != "–"
    assert run.items.get().state == ErasureItem.State.KEPT


def test_killed_in_the_middle_it_goes_on(cast: Cast) -> None:
    parties = [left(cast, f"Kaukovaara{n}") for n in range(3)]
    run = approved(cast)
    with clock.frozen(LATER):
        retention_jobs.begin_due(on=LATER)
        job = Job.objects.get(kind="members.retention")
        with transaction.atomic():
            first = retention.next_item(run_id=run.pk)
            assert first is not None
            retention.carry_out(item=first, on=LATER, at=clock.now())
            transaction.set_rollback(True)
        assert run.items.filter(state="waiting").count() == 3
        again = retention.next_item(run_id=run.pk)
        assert again is not None
        retention.carry_out(item=again, on=LATER, at=clock.now())
        retention_jobs.begin_due(on=LATER)
        running.run(job_id=job.pk, seconds=600)
    assert run.items.filter(state="erased").count() == 3
    assert {Party.objects.get(pk=p.pk).display_name for p in parties} == {"–"}
    assert dict(ErasureRun.objects.get(pk=run.pk).receipt["gone"])["members_contactpoint"] == 3


def ended_post(cast: Cast, name: str) -> None:
    with mutation(actor=None, kind="test.post"):
        Mandate.objects.filter(party=cast.parties[name]).update(valid_to=TODAY)


def test_an_approval_falls_with_the_right_it_was_given_by(client: Client, cast: Cast) -> None:
    party = left(cast)
    run = approved(cast)
    ended_post(cast, "riitta")
    with clock.frozen(LATER):
        retention_jobs.begin_due(on=LATER)
        retention_jobs.begin_due(on=LATER)
    assert not Job.objects.filter(kind="members.retention").exists()
    run.refresh_from_db()
    assert (run.state, run.approved_by, run.erase_on, run.returned_on) == ("proposed", None, None, LATER)
    cast.sign_in(client, "aino")
    with clock.frozen(LATER):
        assert reverse("office:retention") in client.get(reverse("office:home")).text
        assert "notice--warn" in client.get(reverse("office:retention_run", args=[run.pk])).text
        run = retention.approve(actor=cast.users["kaarlo"], run=run, on=LATER)
    assert (run.returned_on, run.erase_on) == (None, LATER + timedelta(days=30))
    assert Party.objects.get(pk=party.pk).display_name != "–"


def test_a_right_that_ends_in_the_middle_stops_the_rest(cast: Cast) -> None:
    left(cast)
    run = approved(cast)
    with clock.frozen(LATER):
        retention_jobs.begin_due(on=LATER)
        ended_post(cast, "riitta")
        job = Job.objects.get(kind="members.retention")
        running.run(job_id=job.pk, seconds=600)
    job.refresh_from_db()
    run.refresh_from_db()
    assert (job.state, run.state, run.items.get().state) == ("failed", "proposed", "waiting")


def test_an_error_with_one_does_not_keep_the_others(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, *others = [left(cast, f"Kaukovaara{n}") for n in range(3)]
    run = approved(cast)
    whole = erasing.erase

    def erase(*, party_id: int, **told: Any) -> Any:
        if party_id == bad.pk:
            raise ZeroDivisionError
        return whole(party_id=party_id, **told)

    monkeypatch.setattr(erasing, "erase", erase)
    carried_out()
    run.refresh_from_db()
    states = dict(run.items.order_by("pk").values_list("party_id", "state"))
    assert states == {bad.pk: "failed", **{party.pk: "erased" for party in others}}
    assert run.state == "done"
    assert who(cast, on=LATER) == {bad.pk}


def test_a_count_that_fails_keeps_no_erasure_waiting(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    left(cast)
    approved(cast)

    def broken(**_told: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(retention, "count", broken)
    with clock.frozen(LATER), pytest.raises(ZeroDivisionError):
        tasks.follow_retention()
    assert Job.objects.filter(kind="members.retention").exists()


# --- the breaker ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("candidates", "previous", "people", "jumps"),
    [
        (20, 0, 20, False),
        (21, None, 210, False),
        (22, None, 210, True),
        (50, 20, 10_000, False),
        (51, 20, 10_000, True),
        (1001, 1000, 10_000, True),
    ],
)
def test_a_jump(candidates: int, previous: int | None, people: int, jumps: bool) -> None:
    assert retention.is_jump(candidates=candidates, previous=previous, people=people) is jumps


def test_a_stopped_one_needs_a_reason_and_the_higher_right(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(cast)
    monkeypatch.setattr(retention, "FEW", 0)
    run = proposed(cast, by="riitta")
    assert run.stopped
    for reason, may in (("", True), ("Lyhennettiin", False)):
        with pytest.raises(RetentionError, match="stopped"):
            retention.approve(actor=cast.users["aino"], run=run, on=TODAY, reason=reason, may_release=may)
    client = cast.sign_in(Client(), "aino")
    client.post(reverse("office:retention_approve", args=[run.pk]), {"reason": "Lyhennettiin"})
    run.refresh_from_db()
    assert run.state == "proposed"
    run = retention.approve(
        actor=cast.users["aino"], run=run, on=TODAY, reason="Lyhennettiin", may_release=True
    )
    assert (run.state, run.reason) == ("quarantine", "Lyhennettiin")


# --- the night, the pages, the notice -------------------------------------------------------------------------------------
def test_the_night_counts_and_erases_nothing(client: Client, cast: Cast) -> None:
    party = left(cast)
    retention.count(on=TODAY)
    retention.count(on=TODAY)
    row = RetentionCount.objects.get()
    assert (row.unit, row.kind, row.people) == (cast.units["a"], "former", 1)
    assert not ErasureRun.objects.exists()
    assert ContactPoint.objects.filter(party=party).exists()
    cast.sign_in(client, "aino")
    assert reverse("office:retention") in client.get(reverse("office:home")).text


def test_from_the_list_to_the_receipt(client: Client, cast: Cast) -> None:
    left(cast)
    cast.sign_in(client, "aino")
    page = client.get(reverse("office:retention")).text
    assert reverse("office:retention_propose", args=["former"]) in page
    url = reverse("office:retention_propose", args=["former"])
    assert "Kaukovaara" in client.get(url).text
    client.post(url)
    run = ErasureRun.objects.get()
    client.post(reverse("office:retention_approve", args=[run.pk]))
    run.refresh_from_db()
    assert run.state == "proposed"

    other = cast.sign_in(Client(), "riitta")
    assert reverse("office:retention") in other.get(reverse("office:home")).text
    here = reverse("office:retention_run", args=[run.pk])
    assert reverse("office:retention_approve", args=[run.pk]) in other.get(here).text
    other.post(reverse("office:retention_approve", args=[run.pk]))
    item = run.items.get()
    spare = reverse("office:retention_spare", args=[run.pk, item.pk])
    assert "error" in client.post(spare, {"reason": ""}).text
    client.post(spare, {"reason": "Riita kesken"})
    assert "Riita kesken" in client.get(here).text
    back = reverse("office:retention_unspare", args=[run.pk, item.pk])
    assert back not in client.get(here).text
    client.post(back)
    item.refresh_from_db()
    assert item.state == "spared"
    carried_out()
    assert "Kaukovaara" in client.get(here).text


def test_the_receipt_is_behind_the_run(client: Client, cast: Cast) -> None:
    left(cast)
    run = approved(cast)
    carried_out()
    cast.sign_in(client, "aino")
    told = client.get(reverse("office:retention_run", args=[run.pk])).text
    assert "Kaukovaara" not in told
    assert reverse("office:erasure", args=[run.items.get().erasure_id]) in told


def test_months_are_typed_within_bounds(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    url = reverse("office:retention_months", args=["former"])
    assert "error" in client.post(url, {"months": "11"}).text
    assert client.post(url, {"months": "48"}).status_code == 302
    assert RetentionRule.objects.get().unit == cast.units["a"]
    assert client.post(url, {"months": ""}).status_code == 302
    assert not RetentionRule.objects.exists()
    assert client.get(reverse("office:retention_months", args=["kaikki"])).status_code == 404


def test_another_association_sees_and_decides_nothing(client: Client, cast: Cast) -> None:
    left(cast)
    run = proposed(cast)
    item = run.items.get()
    cast.sign_in(client, "bo")
    assert "Kaukovaara" not in client.get(reverse("office:retention_propose", args=["former"])).text
    for name, args in (
        ("run", [run.pk]),
        ("approve", [run.pk]),
        ("cancel", [run.pk]),
        ("spare", [run.pk, item.pk]),
    ):
        url = reverse(f"office:retention_{name}", args=args)
        assert client.get(url).status_code == 404
        assert client.post(url, {"reason": "x"}).status_code in {404, 405}
    run.refresh_from_db()
    assert run.state == "proposed"


def test_the_notice_and_the_copy_tell_the_times(cast: Cast) -> None:
    retention.set_months(actor=cast.users["aino"], kind="former", unit=cast.units["a"], months=48)
    with translation.override("fi"):
        told = [line for section in notice.sections(cast.units["a"], TODAY) for line in section.lines]
    assert any("4 vuotta" in line for line in told)
    data = copying.as_json(person(cast.parties["maija"].pk), at=clock.now(), language="fi").data.decode()
    assert "4 vuotta" in data


def test_somebody_taken_out_is_put_back_before_the_approval(cast: Cast) -> None:
    party = left(cast)
    item = proposed(cast).items.get(party=party)
    retention.spare(actor=cast.users["aino"], item=item, on=TODAY, reason="Riita kesken")
    retention.unspare(actor=cast.users["aino"], item=item)
    item.refresh_from_db()
    assert (item.state, item.spared_reason) == ("waiting", "")
