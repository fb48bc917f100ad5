"""An erasure and a copy take nothing of anybody else: neither of a namesake, nor of a housemate, nor of another association."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from members.models import JoinRequest, Membership, Party
from members.models.memberships import EventKind
from members.models.parties import LinkKind
from members.personal import searching
from members.personal.reading import person
from members.services import ending, erasing, households, lifecycle, registering
from members.services.erasing import EraseError
from tests.cast import JOINED, TODAY, Cast
from tests.members.helpers import appoint


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def former(cast: Cast, first: str, last: str, unit: str = "a", **contacts: str) -> Party:
    """Somebody who has left."""
    party = registering.create_person(actor=None, first_names=first, last_name=last, on=JOINED, **contacts)
    membership = lifecycle.start(
        actor=None, party=party, unit=cast.units[unit], type=cast.types["personal"], started_on=JOINED
    )
    ending.end_membership(
        actor=cast.users["aino"], membership=membership, kind=EventKind.RESIGNED, noticed_on=date(2026, 11, 1)
    )
    return party


def written(cast: Cast, words: str) -> Job:
    """A line about somebody in work that is over."""
    return Job.objects.create(
        kind="k", title=words, owner=cast.users["aino"], state="done", finished_at=clock.now()
    )


def erase(cast: Cast, party: Party) -> None:
    erasing.erase(actor=cast.users["riitta"], party_id=party.pk, on=TODAY, at=clock.now())


@pytest.mark.parametrize(
    ("first", "last", "about", "goes"),
    [
        ("Ari", "Ala", "Maria Alanen", False),
        ("Anna", "Aho", "Hanna Kahola", False),
        ("Jäs", "Nen", "Jäsenten tuonti", False),
        ("Vilma", "Kaukovaara", "Ote: Vilma Kaukovaara", True),
        ("Åsa-Stina", "Ängström", "ÄNGSTRÖM ÅSA-STINA, ote", True),
        ("Seán", "O'Brien", "Kopio: O'Brien Seán", True),
    ],
)
def test_words_are_compared_whole(cast: Cast, first: str, last: str, about: str, goes: bool) -> None:
    job = written(cast, about)
    erase(cast, former(cast, first, last))
    job.refresh_from_db()
    assert (job.title != about) == goes


def test_a_name_that_two_have_tells_of_neither(cast: Cast) -> None:
    job = written(cast, "Ote: Virtanen Matti")
    one = former(cast, "Matti", "Virtanen")
    other = former(cast, "Matti", "Virtanen", "b")
    erase(cast, one)
    job.refresh_from_db()
    assert job.title == "Ote: Virtanen Matti"
    erase(cast, other)  # now there is only one
    job.refresh_from_db()
    assert "Virtanen" not in job.title


def test_a_shared_address_of_mail_is_the_other_ones_too(cast: Cast) -> None:
    party = former(cast, "Leo", "Metsäpelto", email="maija@example.fi", phone="040 555 7777")
    known = searching.values(person(party.pk))
    assert "maija@example.fi" not in known.texts
    assert "040 555 7777" in known.texts


def test_a_join_form_of_a_namesake_stays(cast: Cast) -> None:
    form = JoinRequest.objects.create(
        unit=cast.units["a"],
        type=cast.types["personal"],
        language="fi",
        data={"first_names": "Ville", "last_name": "Kaukovaara", "email": "toinen@example.fi"},
    )
    erase(cast, former(cast, "Ville", "Kaukovaara", email="ville@example.fi"))
    assert JoinRequest.objects.filter(pk=form.pk).exists()


def test_whoever_a_member_is_tied_to_is_not_erased(cast: Cast) -> None:
    spouse, payer = former(cast, "Eero", "Erillinen"), former(cast, "Paavo", "Maksaja")
    households.add_link(
        actor=None, party=cast.parties["maija"], other=spouse, kind=LinkKind.SPOUSE, on=JOINED
    )
    with mutation(actor=None, kind="test"):
        Membership.objects.filter(party=cast.parties["lotta"]).update(payer=payer)
    for party in (spouse, payer):
        with pytest.raises(EraseError, match="tie"):
            erase(cast, party)


def test_a_payer_for_members_elsewhere_is_handled_by_both(client: Client, cast: Cast) -> None:
    payer = former(cast, "Paavo", "Maksaja")
    pages = [reverse(f"office:{name}", args=[payer.pk]) for name in ("member_copy", "member_erase")]
    cast.sign_in(client, "aino")
    assert [client.get(page).status_code for page in pages] == [200, 200]
    with mutation(actor=None, kind="test"):
        Membership.objects.filter(party=cast.parties["lotta"]).update(payer=payer)
    assert [client.get(page).status_code for page in pages] == [404, 404]


def test_a_right_to_unmask_elsewhere_opens_nothing_here(client: Client, cast: Cast) -> None:
    appoint(cast, "aino", "custodian", "b")
    page = reverse("office:member_copy", args=[cast.parties["siiri"].pk])
    assert cast.sign_in(client, "aino").get(page).status_code == 404


def test_a_holding_shared_with_another_is_not_asked_again_every_night(cast: Cast) -> None:
    """It stays for the other's sake, though its own day has long passed."""
    party = former(cast, "Eero", "Erillinen")
    line = erasing.Line("members_holding", 0, 1, "books", TODAY.replace(year=2020))
    todo = erasing.Plan(person(party.pk), [line])
    assert erasing._again(todo, TODAY) is None
    later = erasing.Line("billing_invoice", 0, 1, "books", TODAY.replace(year=2030))
    assert erasing._again(erasing.Plan(todo.person, [line, later]), TODAY) == date(2030, 11, 23)
