"""The scan of the register: what it finds, remembers and forgets, and what it never tells."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from members import jobs_duplicates
from members.models import DuplicatePair, FormerNumber, Party
from members.services import pairing, registering, scanning
from members.services.registering import Address
from tests.billing import runs
from tests.cast import TODAY, Cast
from tests.members.merging.helpers import join, person, scope

pytestmark = pytest.mark.django_db
BORN = {"birth_date": date(1970, 5, 12), "birth_date_purpose": "maksu"}


def whole() -> int:
    ids = list(Party.objects.filter(merged_into=None).order_by("pk").values_list("pk", flat=True))
    return scanning.scan(ids=ids, whole=True, on=TODAY)


def found() -> dict[frozenset[str], list[str]]:
    rows = DuplicatePair.objects.select_related("one", "other").order_by("pk")
    return {frozenset({row.one.display_name, row.other.display_name}): row.reasons for row in rows}


def test_every_key_finds_its_pair(cast: Cast) -> None:
    person(cast, "Maija", "Metsapelto", email="maija@example.fi")
    person(cast, "Matti", "Virtanen", **BORN)
    person(cast, "Virtanen", "Matti", units={"b": "personal"}, **BORN)
    person(cast, "Kaisa", "Lahti", phone="040 555 0100", **BORN)
    person(cast, "Kaisa", "Korhonen", phone="0405550100", **BORN)
    home = Address("Kotitie 1", "00100", "Helsinki")
    person(cast, "Ilona", "Aalto", address=home)
    person(cast, "Ilona", "Aalto", address=Address("kotitie 1", "00100", "HKI"), units={"a3": "personal"})
    person(cast, "Eero", "Aalto", address=home)
    numbered = [person(cast, "Tauno", "Niemi"), person(cast, "T", "Niemi")]
    with mutation(actor=None, kind="test"):
        for party in numbered:
            FormerNumber.objects.create(party=party, unit=cast.units["a"], number="12", source="x")
    for name in ("Mäkelä Oy", "Mäkelän tila"):
        registering.create_organisation(actor=None, name=name, y_tunnus="1572860-0", on=TODAY)
    assert whole() == 6
    assert found() == {
        frozenset({"Metsapelto Maija", "Metsäpelto Maija"}): ["name", "email"],
        frozenset({"Virtanen Matti", "Matti Virtanen"}): ["name_swapped", "birth"],
        frozenset({"Lahti Kaisa", "Korhonen Kaisa"}): ["birth", "phone", "given_name"],
        frozenset({"Aalto Ilona"}): ["name", "address"],
        frozenset({"Niemi Tauno", "Niemi T"}): ["name_like", "number"],
        frozenset({"Mäkelä Oy", "Mäkelän tila"}): ["y_tunnus"],
    }


def test_again_finds_the_same_and_what_nothing_speaks_for_any_more_goes(cast: Cast) -> None:
    one, other = person(cast, "Matti", "Virtanen", **BORN), person(cast, "Matti", "Virtanen", **BORN)
    whole()
    pair = DuplicatePair.objects.get()
    whole()
    assert DuplicatePair.objects.get().pk == pair.pk
    registering.update_party(party=other, values={"birth_date": date(1950, 1, 1)}, actor=None)
    scanning.scan(ids=[one.pk], whole=False, on=TODAY)
    assert not DuplicatePair.objects.exists()


def test_two_members_stay_two_and_what_was_asked_or_imported_stays(cast: Cast) -> None:
    one, other = person(cast, "Matti", "Virtanen", **BORN), person(cast, "Matti", "Virtanen", **BORN)
    whole()
    pairing.decide_different(actor=cast.users["riitta"], pair=DuplicatePair.objects.get(), at=clock.now())
    whole()
    assert not DuplicatePair.objects.waiting().exists()
    registering.update_party(party=other, values={"last_name": "Aalto"}, actor=None)
    whole()
    assert DuplicatePair.objects.get().decided_at is not None
    DuplicatePair.objects.update(decided_at=None, unit=cast.units["a"])
    whole()
    assert DuplicatePair.objects.filter(one=one).exists()


def test_nobody_under_an_order_dead_or_joined_is_in_a_pair(cast: Cast) -> None:
    person(cast, "Siiri", "O'Brien", email="siiri@example.fi", phone="040 555 0199")
    person(cast, "Matti", "Virtanen", deceased_on=TODAY, **BORN)
    goes_on = person(cast, "Matti", "Virtanen", **BORN)
    stub = person(cast, "Matti", "Virtanen", units={"b": "personal"}, **BORN)
    join(cast, goes_on, stub)
    assert whole() == 0
    third = person(cast, "Matti", "Virtanen", units={"a3": "personal"}, **BORN)
    assert whole() == 1
    registering.update_party(party=third, values={"non_disclosure": True}, actor=None)
    assert DuplicatePair.objects.exists()
    assert not DuplicatePair.objects.visible_to(scope(cast)).exists()
    scanning.scan(ids=[third.pk], whole=False, on=TODAY)
    assert not DuplicatePair.objects.exists()


def test_a_crowd_at_one_address_is_no_reason(cast: Cast) -> None:
    home = Address("Palvelutalo 1", "00100", "Helsinki")
    with mutation(actor=None, kind="test"):
        for n in range(scanning.CROWD + 10):
            registering.create_person(
                actor=None,
                first_names=f"Aino{chr(97 + n % 26)}",
                last_name=f"Suku{n}",
                on=TODAY,
                address=home,
            )
    assert whole() == 0


# --- the job ------------------------------------------------------------------------------------------------------------
def done(job: Job) -> Job:
    runs.work_off(job)
    job.refresh_from_db()
    return job


def test_the_first_scan_takes_everybody_and_the_next_what_has_changed(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_duplicates, "CHUNK", 3)
    monkeypatch.setattr(scanning, "OVERLAP", 0)
    person(cast, "Matti", "Virtanen", **BORN)
    first = done(jobs_duplicates.start_scan(owner=cast.users["riitta"], whole=False))
    assert (first.state, first.done, first.params["whole"]) == ("done", Party.objects.count(), True)
    assert not DuplicatePair.objects.exists()
    person(cast, "Matti", "Virtanen", **BORN)
    second = done(jobs_duplicates.start_scan(owner=None, whole=False))
    assert (second.done, second.params["whole"]) == (1, False)
    assert DuplicatePair.objects.get().score == 75
    assert done(jobs_duplicates.start_scan(owner=None, whole=False)).done == 0


def test_a_scan_under_way_is_not_begun_again(cast: Cast) -> None:
    one = jobs_duplicates.start_scan(owner=cast.users["riitta"], whole=True)
    assert jobs_duplicates.start_scan(owner=None, whole=False).pk == one.pk


def test_who_answers_for_one_association_does_not_scan_them_all(cast: Cast, client) -> None:
    assert cast.sign_in(client, "aino").post(reverse("office:pairs_scan")).status_code == 404
    assert cast.sign_in(client, "riitta").post(reverse("office:pairs_scan")).status_code == 302
    assert Job.objects.filter(kind="members.scan").count() == 1


def test_the_pairs_are_found_from_the_pages_about_members(cast: Cast, client) -> None:
    pages = [
        reverse("office:members"),
        reverse("office:quality"),
        reverse("office:member_join", args=[cast.parties["maija"].pk]),
    ]
    for page in pages:
        assert reverse("office:pairs") in cast.sign_in(client, "aino").get(page).content.decode(), page
    assert reverse("office:members") in client.get(reverse("office:pairs")).content.decode()
