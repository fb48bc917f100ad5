"""People who are no members, staff and guardians: who answers for their data, copies, erasures, and how long it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from members.models import Mandate, Party, PartyLink
from members.personal import rights, terms
from members.personal.reading import person
from members.services import data_requests, registering
from tests.billing.runs import work_off
from tests.cast import JOINED, TODAY, Cast


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def ended(cast: Cast, name: str, on: date) -> Party:
    """The post has ended, and nobody has logged in since."""
    party = cast.parties[name]
    with mutation(actor=None, kind="test.post"):
        Mandate.objects.filter(party=party).update(valid_to=on)
        Party.objects.filter(pk=party.pk).update(created_at="2019-01-01T12:00Z")
    User.objects.filter(pk=cast.users[name].pk).update(last_login=None)
    return party


def known(cast: Cast, name: str) -> set[int]:
    return rights.units_of(person(cast.parties[name].pk))


def who(cast: Cast, *units: str, on: date = TODAY) -> set[int]:
    return {due.party_id for due in terms.due("ties", units=[cast.units[u].pk for u in units], on=on)}


def test_the_unit_of_a_post_or_a_tie_answers_and_else_the_central_union(cast: Cast) -> None:
    assert known(cast, "bo") == {cast.units["b"].pk}
    nobody = registering.create_person(actor=None, first_names="Ei", last_name="Kukaan", on=JOINED)
    assert rights.units_of(person(nobody.pk)) == {cast.units["union"].pk}
    assert data_requests.units_of(nobody, TODAY) == [cast.units["union"]]
    with mutation(actor=None, kind="test.tie"):
        PartyLink.objects.create(
            party=cast.parties["lotta"], other=nobody, kind="guardian", valid_from=JOINED, valid_to=TODAY
        )
    assert rights.units_of(person(nobody.pk)) == {cast.units["b"].pk}


def test_the_copy_and_the_erasure_of_somebody_who_was_staff(client: Client, cast: Cast) -> None:
    party = ended(cast, "olavi", date(2026, 1, 1))
    pages = [
        reverse(f"office:member_{name}", args=[party.pk]) for name in ("privacy", "copy", "erase", "ask")
    ]
    for name, status in (("aino", 200), ("riitta", 200), ("bo", 404), ("tiina", 404)):
        other = cast.sign_in(Client(), name)
        assert {other.get(page).status_code for page in pages} == {status}, name
    assert "Peltoniitty" in cast.sign_in(Client(), "aino").get(reverse("office:privacy_others")).text
    assert "Peltoniitty" not in cast.sign_in(Client(), "bo").get(reverse("office:privacy_others")).text
    cast.sign_in(client, "riitta")
    client.post(pages[3], {"kind": "erasure", "received_on": "20.11.2026", "text": "Kirje"})
    cast.sign_in(client, "aino")
    copy = client.post(pages[1], {"form": "json", "reason": "Kortti nähty"})
    assert "olavi@example.fi" in copy.text
    assert client.post(pages[2], {"sure": "on"}).status_code == 302
    job = work_off(Job.objects.get(kind="members.erase"))
    assert client.get(job.result_url).status_code == 200
    party.refresh_from_db()
    assert party.display_name == "–"


def test_their_time_runs_from_the_last_post_tie_or_login(cast: Cast) -> None:
    party = ended(cast, "olavi", date(2024, 11, 22))
    assert who(cast, "a") == {party.pk}
    assert who(cast, "a", on=date(2026, 11, 21)) == set()
    assert who(cast, "b") == set()
    assert cast.parties["aino"].pk not in who(cast, "a", "union"), "the post goes on"
    User.objects.filter(pk=cast.users["olavi"].pk).update(last_login="2026-05-04T12:00Z")
    assert who(cast, "a") == set()


def test_whoever_has_no_tie_at_all_is_the_central_unions(cast: Cast) -> None:
    nobody = registering.create_person(actor=None, first_names="Ei", last_name="Kukaan", on=JOINED)
    with mutation(actor=None, kind="test"):
        Party.objects.filter(pk=nobody.pk).update(created_at="2020-01-01T12:00Z")
    assert who(cast, "a") == set()
    assert who(cast, "union") == {nobody.pk}
    (due,) = terms.due("ties", units=[cast.units["union"].pk], on=TODAY)
    assert due.unit_id == cast.units["union"].pk


def test_members_are_not_of_these(cast: Cast) -> None:
    units = [unit.pk for unit in cast.units.values()]
    found = {due.party_id for due in terms.due("ties", units=units, on=date(2050, 1, 1))}
    assert not found & {cast.parties[name].pk for name in ("maija", "lotta", "siiri")}
