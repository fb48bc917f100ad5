"""What a non-disclosure order hides is in nothing that leaves the service: pages, searches, files, papers, logs (REG-13).

The values are any that a form would take, so that no page can pass by knowing them; the person stands in the register in
every way one can: in force, applying elsewhere, in a family, on a holding, with a history and an invoice.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import re
from collections.abc import Iterator
from uuid import uuid4

import openpyxl
import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import running
from members.models import Membership, Party
from members.models.parties import LinkKind
from members.services import editing, holdings, households, lifecycle, registering, saved_views
from tests.addresses import addresses
from tests.cast import JOINED, TODAY, Cast
from tests.paper import text_of

READERS = ["aino", "olavi", "riitta", "maija"]
LETTERS = st.text("bcdfghjkmpqvwxz", min_size=7, max_size=12)
DIGITS = st.text("123456789", min_size=7, max_size=7)
# Places where nobody else of the cast lives, with words of their own in the pages.
PLACES = {"890": "Utsjoki", "148": "Inari", "742": "Savukoski"}
# Every municipality is offered to choose from.
CHOICES = re.compile(r"<option\b.*?</option>|<label class=\"pick\">.*?</label>", re.DOTALL)
POSTAL = {"890": "99980", "148": "99870", "742": "98800"}


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def enter(cast: Cast, street: str, mail: str, digits: str, place: str) -> Party:
    """Somebody under an order, with an earlier address in the history."""
    values = {
        "email": f"{mail}@example.fi",
        "phone": f"050{digits}",
        "address": registering.Address(f"{street.capitalize()}tie 3", POSTAL[place], PLACES[place].upper()),
        "home_municipality": place,
    }
    party = registering.create_person(
        actor=None, first_names="Sanna", last_name="Suojattu", on=JOINED, non_disclosure=True, **values
    )
    lifecycle.start(
        actor=None, party=party, unit=cast.units["a"], type=cast.types["personal"], started_on=JOINED
    )
    lifecycle.apply(actor=None, party=party, unit=cast.units["a2"], type=cast.types["personal"], on=TODAY)
    households.add_link(actor=None, party=cast.parties["maija"], other=party, kind=LinkKind.SPOUSE, on=JOINED)
    holdings.create_holding(actor=None, name="Suojala", responsible=party, on=JOINED)
    editing.edit_party(
        actor=None, party=party, values={"street": f"{street.capitalize()}kuja 4"}, expected={}, on=TODAY
    )
    return party


def secrets_of(street: str, mail: str, digits: str, place: str) -> tuple[str, ...]:
    return (street, mail, digits, f"{digits[:3]} {digits[3:]}", PLACES[place].casefold(), POSTAL[place])


class Reader:
    """A login that opens things; everything it was shown is kept."""

    def __init__(self, cast: Cast, name: str) -> None:
        self.name, self.cast = name, cast
        self.client = cast.sign_in(Client(), name)
        self.shown: dict[str, str] = {}

    def get(self, url: str, *, asked: str = "") -> str:
        """What was asked for stands in the search box; that is the reader's own word."""
        response = self.client.get(url)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        kind = response.headers.get("Content-Type", "")
        text = text_of(body) if kind == "application/pdf" else body.decode("utf-8", "replace")
        text = CHOICES.sub("", text)
        self.shown[url] = text.casefold().replace(asked.casefold(), "") if asked else text.casefold()
        return text

    def file(self, job: Job) -> None:
        while running.run(job_id=job.pk):
            pass
        job.refresh_from_db()
        with job.result.open() as opened:
            content = opened.read()
        self.shown[f"{job.kind} {job.params}"] = _words(content).casefold()
        self.shown[f"{job.kind} as a job"] = json.dumps(
            [job.message, job.detail, job.params], default=str
        ).casefold()

    def leaks(self, secrets: tuple[str, ...]) -> list[str]:
        return [
            f"{self.name} {where}: {s}" for where, text in self.shown.items() for s in secrets if s in text
        ]


def _words(content: bytes) -> str:
    if content.startswith(b"%PDF"):
        return text_of(content)
    if content.startswith(b"PK"):
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        return str(list(sheet.iter_rows(values_only=True)))
    return str(list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")))


def open_everything(reader: Reader, party: Party) -> None:
    """Every page with a key of the person's or none, and every list asked for the person."""
    membership = Membership.objects.filter(party=party).order_by("pk").first()
    keys = {
        "pk": party.pk,
        "membership_pk": membership.pk if membership else 0,
        "unit_pk": membership.unit_id,
    }
    for address in addresses():
        if address.face in {"office", "portal"} and set(address.parameters) <= set(keys):
            reader.get(reverse(address.name, kwargs={name: keys[name] for name in address.parameters}))
    unit = keys["unit_pk"]
    for name in ("unit", "member_roll", "unit_history", "meeting", "card_order"):
        reader.get(reverse(f"office:{name}", args=[unit]))
    for address in (
        "office:members",
        "office:applications",
        "office:quality",
        "office:pairs",
        "office:segments",
    ):
        reader.get(reverse(address) + "?q=suojattu&state=all")


def search(reader: Reader, secrets: tuple[str, ...], party: Party) -> list[str]:
    """The hidden words find nobody: neither the list, nor the search of all, nor a filter by municipality."""
    found = []
    for word in secrets:
        for address in (
            f"{reverse('office:members')}?q={word}&state=all",
            f"{reverse('office:search')}?q={word}",
        ):
            if "suojattu" in reader.get(address, asked=word).casefold():
                found.append(f"{reader.name} finds by {word}: {address}")
    by_place = reverse("office:members") + f"?places={party.home_municipality}&state=all"
    if "suojattu" in reader.client.get(by_place).text.casefold():
        found.append(f"{reader.name} finds by the municipality")
    return found


def files(reader: Reader) -> None:
    """The list with every column as CSV and XLSX, and the list of the Act on paper."""
    every = ["type", "place", "email", "phone", "address", "joined", "unit", "state"]
    saved_views.save_columns(user=reader.cast.users[reader.name], list_name="members", keys=every)
    unit = reader.cast.units["a"].pk
    reader.client.post(reverse("office:member_roll_pdf", args=[unit]))
    for job in Job.objects.filter(kind="members.roll", owner=reader.cast.users[reader.name]).order_by("pk"):
        reader.file(job)
    for form in ("csv", "xlsx"):
        sent = {"format": form, "query": "state=all", "token": str(uuid4())}
        response = reader.client.post(reverse("office:members_export"), sent)
        if response.status_code == 302 and "/tyot/" in response.headers["Location"]:
            reader.file(Job.objects.get(pk=response.headers["Location"].rstrip("/").rpartition("/")[2]))


@settings(
    max_examples=2,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(street=LETTERS, mail=LETTERS, digits=DIGITS, place=st.sampled_from(sorted(PLACES)))
@pytest.mark.parametrize("who", READERS)
def test_nothing_that_leaves_the_service_tells(
    cast: Cast, caplog: pytest.LogCaptureFixture, who: str, street: str, mail: str, digits: str, place: str
) -> None:
    caplog.clear()
    secrets = secrets_of(street, mail, digits, place)
    with transaction.atomic(), caplog.at_level(logging.INFO):
        party = enter(cast, street, mail, digits, place)
        reader = Reader(cast, who)
        open_everything(reader, party)
        found = search(reader, secrets, party)
        files(reader)
        found += reader.leaks(secrets)
        transaction.set_rollback(True)
    found += [f"log: {word}" for word in secrets if word in caplog.text.casefold() and word != POSTAL[place]]
    assert found == []


def test_what_is_looked_at_would_tell_without_the_order(cast: Cast) -> None:
    """The same look at somebody without an order finds the values: the test above is not blind."""
    values = ("bcdfghj", "kmpqvwx", "1234567", "890")
    party = enter(cast, *values)
    registering.update_party(
        party=party, values={"non_disclosure": False, "non_disclosure_until": None}, actor=None
    )
    reader = Reader(cast, "aino")
    open_everything(reader, party)
    files(reader)
    leaks = reader.leaks(secrets_of(*values))
    for word in ("bcdfghj", "kmpqvwx@", "utsjoki"):
        assert any(word.rstrip("@") in leak for leak in leaks), word
    assert len({leak.split(": ")[0] for leak in leaks}) > 5
