"""Marks that work: restricted, objected to, kept for a dispute (GDPR articles 18, 21, 17(3)(e))."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members import listing
from members.choosing import Choices
from members.models import DataMark, OrgUnit, Party
from members.models.memberships import EventKind
from members.models.retention import RunState
from members.personal import terms
from members.scope import Scope
from members.segments import compiling
from members.segments.tree import Criterion, Group, Segment
from members.services import data_requests, ending, erasing, lifecycle, marking, registering, retention
from members.services.erasing import EraseError
from members.services.marking import MarkError
from tests.cast import TODAY, Cast
from tests.members.consents.helpers import holds, say

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def mark(cast: Cast, party: Party, kind: str, unit: str = "a", until: date | None = None, on: date = TODAY) -> DataMark:  # fmt: skip
    return marking.set_mark(
        actor=cast.users["aino"], party=party, unit=cast.units[unit], kind=kind, reason="Riita maksusta", until=until,
        on=on,
    )  # fmt: skip


def end(cast: Cast, row: DataMark, on: date = TODAY) -> DataMark:
    return marking.end_mark(actor=cast.users["aino"], mark=row, reason="Sovittu", on=on)


def former(cast: Cast) -> Party:
    """Somebody who left so long ago that the time has run out."""
    party = registering.create_person(
        actor=None, first_names="Aarne", last_name="Entinen", on=date(2015, 1, 1)
    )
    membership = lifecycle.start(
        actor=None,
        party=party,
        unit=cast.units["a"],
        type=cast.types["personal"],
        started_on=date(2015, 1, 1),
    )
    ending.end_membership(
        actor=cast.users["aino"], membership=membership, kind=EventKind.RESIGNED, noticed_on=date(2020, 2, 3), reason=""
    )  # fmt: skip
    return party


# --- what they stop -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "consented", "expected"),
    [("restriction", False, False), ("objection", True, False), ("hold", True, True)],
)
def test_what_may_still_be_sent(cast: Cast, kind: str, *, consented: bool, expected: bool) -> None:
    """An objection stops what stands on an interest; what was consented to goes on until it is taken back."""
    maija, a, a2 = cast.parties["maija"], cast.units["a"], cast.units["a2"]
    say(maija, a, day=TODAY - DAY)
    row = mark(cast, maija, kind)
    assert holds(maija, units=[a]) == consented
    assert holds(maija, "newsletter", units=[a]) == expected
    assert holds(maija, "newsletter", units=[a2])
    end(cast, row, TODAY + DAY)
    assert holds(maija, "newsletter", units=[a]) == expected
    assert holds(maija, "newsletter", units=[a], on=TODAY + DAY)


@pytest.mark.parametrize("kind", ["restriction", "objection", "hold"])
def test_nothing_is_erased_while_a_mark_is_in_force(cast: Cast, kind: str) -> None:
    party = former(cast)
    assert erasing.plan(party_id=party.pk, on=TODAY).may_be_done
    row = mark(cast, party, kind)
    plan = erasing.plan(party_id=party.pk, on=TODAY)
    assert not plan.may_be_done
    assert any("Riita maksusta" in text for text in plan.texts)
    with pytest.raises(EraseError):
        erasing.erase(actor=cast.users["riitta"], party_id=party.pk, on=TODAY, at=clock.now())
    assert terms.due("former", units=[cast.units["a"].pk], on=TODAY) == []
    end(cast, row)
    assert [due.party_id for due in terms.due("former", units=[cast.units["a"].pk], on=TODAY)] == [party.pk]
    erasing.erase(actor=cast.users["riitta"], party_id=party.pk, on=TODAY, at=clock.now())
    row.refresh_from_db()
    assert (row.reason, row.end_reason, row.kind) == ("", "", kind)


def test_a_hold_until_a_day_ends_by_itself(cast: Cast) -> None:
    party = former(cast)
    mark(cast, party, "hold", until=TODAY + DAY)
    assert not erasing.plan(party_id=party.pk, on=TODAY + DAY).may_be_done
    assert erasing.plan(party_id=party.pk, on=TODAY + 2 * DAY).may_be_done
    assert mark(cast, party, "hold", on=TODAY + 2 * DAY).pk


def test_a_hold_set_while_an_erasure_waits_keeps_the_person(cast: Cast) -> None:
    party, a = former(cast), cast.units["a"]
    run = retention.propose(actor=cast.users["aino"], unit=a, units=[a.pk], kind="former", on=TODAY)
    run = retention.approve(actor=cast.users["riitta"], run=run, on=TODAY)
    mark(cast, party, "hold")
    assert run.erase_on is not None
    assert retention.begin(run=run, on=run.erase_on)
    item = retention.next_item(run_id=run.pk)
    assert item is not None
    item = retention.carry_out(item=item, on=run.erase_on, at=clock.now())
    assert item.state == "kept"
    assert Party.objects.get(pk=party.pk).display_name == "Entinen Aarne"
    retention.finish(run_id=run.pk, on=run.erase_on)
    run.refresh_from_db()
    assert run.state == RunState.DONE


def test_segments_ask_for_marks(cast: Cast) -> None:
    maija = cast.parties["maija"]
    mark(cast, maija, "restriction")

    def found(op: str, what: str, name: str = "aino") -> set[Party]:
        tree = Segment(Group("all", (Criterion("mark", op, {"what": (what,)}),)))
        scope = Scope.for_user(cast.users[name], on=TODAY)
        return set(listing.parties(compiling.narrowing(tree, Choices(scope), TODAY)))

    assert found("is", "any") == found("is", "restriction") == {maija}
    assert found("is", "hold") == set()
    assert maija not in found("is_not", "any")
    assert found("is", "any", "bo") == set()


# --- the rules --------------------------------------------------------------------------------------------------------
def test_one_of_a_kind_at_a_time_with_its_reason(cast: Cast) -> None:
    maija = cast.parties["maija"]
    row = mark(cast, maija, "hold")
    for code, values in (("twice", {}), ("past", {"kind": "objection", "until": TODAY - DAY})):
        with pytest.raises(MarkError, match=code):
            mark(cast, maija, **{"kind": "hold", **values})  # type: ignore[arg-type]
    with pytest.raises(MarkError, match="reason"):
        marking.end_mark(actor=cast.users["aino"], mark=row, reason=" ", on=TODAY)
    end(cast, row)
    with pytest.raises(MarkError, match="over"):
        end(cast, row)
    mark(cast, maija, "hold")
    with pytest.raises(IntegrityError), mutation(actor=None, kind="test"):
        DataMark.objects.create(
            party=maija, unit=cast.units["a"], kind="hold", reason="x", set_on=TODAY, set_by=cast.users["aino"]
        )  # fmt: skip


# --- the pages --------------------------------------------------------------------------------------------------------
def url(cast: Cast) -> str:
    return reverse("office:member_mark", args=[cast.parties["maija"].pk])


def test_set_from_a_request_and_seen_by_all(client: Client, cast: Cast) -> None:
    maija, a = cast.parties["maija"], cast.units["a"]
    request = data_requests.file(
        actor=cast.users["maija"], party=maija, unit=a, kind="restriction", text="Hehtaarit ovat väärin", channel="portal",
        received_on=TODAY,
    )  # fmt: skip
    cast.sign_in(client, "aino")
    page = client.get(reverse("office:privacy_request", args=[request.pk])).content.decode()
    assert f"{url(cast)}?pyynto={request.pk}" in page
    shown = client.get(f"{url(cast)}?pyynto={request.pk}").content.decode()
    assert "Hehtaarit ovat väärin" in shown
    assert set(client.post(url(cast), {"kind": "restriction"}).context["form"].errors) == {"reason"}
    data = {"kind": "restriction", "reason": "Hehtaarit tarkistetaan"}
    assert client.post(f"{url(cast)}?pyynto={request.pk}", data).status_code == 302
    row = DataMark.objects.get()
    assert (row.request, row.unit, row.set_by) == (request, a, cast.users["aino"])
    assert "Sama merkintä" in client.post(url(cast), data).content.decode()
    for name in ("aino", "olavi", "tiina"):
        html = cast.sign_in(Client(), name).get(reverse("office:member", args=[maija.pk])).content.decode()
        assert "Tietojen käyttö on rajoitettu" in html
    own = cast.sign_in(Client(), "maija").get(reverse("portal:privacy")).content.decode()
    assert "Hehtaarit tarkistetaan" in own
    done = reverse("office:member_mark_end", args=[maija.pk, row.pk])
    assert client.post(done, {"reason": ""}).status_code == 200
    assert client.post(done, {"reason": "Tarkistettu ja kerrottu"}).status_code == 302
    assert client.post(done, {"reason": "Taas"}).status_code == 404
    html = client.get(reverse("office:member", args=[maija.pk])).content.decode()
    assert "Tietojen käyttö on rajoitettu" not in html
    history = client.get(reverse("office:member_history", args=[maija.pk])).content.decode()
    assert "Tietojen käyttöön tehtiin merkintä" in history


@pytest.mark.parametrize("name", ["bo", "olavi", "tiina", "kaarlo", "maija", "ulla"])
def test_nobody_else_sets_or_ends_them(client: Client, cast: Cast, name: str) -> None:
    row = mark(cast, cast.parties["maija"], "hold")
    cast.sign_in(client, name)
    done = reverse("office:member_mark_end", args=[cast.parties["maija"].pk, row.pk])
    for address in (url(cast), done):
        assert client.get(address).status_code == 404
        assert client.post(address, {"kind": "hold", "reason": "x"}).status_code == 404
    row.refresh_from_db()
    assert row.ended_on is None


def test_a_mark_of_another_association_is_not_ended_here(client: Client, cast: Cast) -> None:
    other: OrgUnit = cast.units["a2"]
    row = mark(cast, cast.parties["maija"], "hold", unit=other.slug)
    done = reverse("office:member_mark_end", args=[cast.parties["maija"].pk, row.pk])
    assert cast.sign_in(client, "aino").post(done, {"reason": "x"}).status_code == 404
