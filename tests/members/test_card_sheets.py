"""Cards on paper for many: what is ordered, what the sheets hold, who may order (REG-15)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from jasenpalvelu.audit.models import AccessLog
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from members.cards import token
from members.cards.signing import verifying_keys
from members.forms.cards import season_end
from members.models import Membership, Party
from members.services import lifecycle, registering
from tests.billing.factories import make_invoice
from tests.cast import JOINED, TODAY, Cast
from tests.members.helpers import form_values, set_rules
from tests.members.test_roll import content, worked
from tests.paper import codes_in, text_of


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def address(cast: Cast) -> str:
    return reverse("office:card_order", args=[cast.units["a"].pk])


def order(cast: Cast, client: Client, who: str = "aino", **values: Any) -> Any:
    page = cast.sign_in(client, who).get(address(cast))
    sent = form_values(page, **{"types": None, **values}) if page.status_code == 200 else values
    return client.post(address(cast), sent)


@pytest.fixture
def made(cast: Cast, client: Client, django_capture_on_commit_callbacks: Any) -> Any:
    def made(**values: Any) -> Job:
        answer = order(cast, client, **values)
        assert answer.status_code == 302, answer.content.decode()
        with django_capture_on_commit_callbacks(execute=True):
            return worked(Job.objects.get(kind="members.cards"))

    return made


def many(cast: Cast, count: int) -> list[Party]:
    found = []
    for number in range(count):
        party = registering.create_person(
            actor=None, first_names=f"N{number:02}", last_name="Numero", on=JOINED
        )
        lifecycle.start(
            actor=None,
            party=party,
            unit=cast.units["a"],
            type=cast.types["personal"],
            started_on=date(2024, 1, 1),
        )
        found.append(party)
    return found


def test_ten_cards_to_a_sheet_with_codes_that_read(cast: Cast, made: Any) -> None:
    many(cast, 9)
    job = made()
    assert (job.state, job.done, job.total) == ("done", 12, 12), job.log
    data = content(job)
    sheets = text_of(data).split("\f")
    assert len(sheets) == 2
    assert "Maija Metsäpelto" in sheets[0]
    assert "31.3.2028" in sheets[0]
    codes = re.findall(rb"/KORTTI/([A-Z2-7]{124})/", codes_in(data)[0])
    read = [token.verify(code.decode(), verifying_keys(), on=TODAY) for code in codes]
    assert len(read) == 10
    assert {one.unit_number for one in read} == {cast.units["a"].number}
    assert {one.valid_until for one in read} == {date(2028, 3, 31)}
    assert AccessLog.objects.get(action="export").count == 12


def test_single_cards_are_pages_of_their_own(cast: Cast, made: Any) -> None:
    job = made(form="single")
    assert len(text_of(content(job)).split("\f")) == 3


def test_parts_are_put_together(cast: Cast, made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("members.paper_jobs.CARDS", 2)
    job = made(form="single")
    text = text_of(content(job))
    assert len(text.split("\f")) == 3
    assert text.index("Maija Metsäpelto") < text.index("Niittyvirta Marjatta") < text.index("Siiri O'Brien")


@pytest.mark.parametrize(
    ("choice", "count"),
    [
        ({"since": "1.1.2024"}, 2),
        ({"types": "farmer"}, 1),
        ({"numbers": "maija"}, 1),
        ({"numbers": "maija, siiri"}, 2),
        ({"types": "farmer", "since": "1.1.2024"}, 0),
        ({"numbers": "lotta"}, 0),
    ],
)
def test_an_association_chooses_whose(cast: Cast, client: Client, choice: dict[str, str], count: int) -> None:
    many(cast, 2)
    if "types" in choice:
        choice["types"] = str(cast.types[choice["types"]].pk)
    if "numbers" in choice:
        choice["numbers"] = " ".join(cast.parties[name].number for name in choice["numbers"].split(", "))
    answer = order(cast, client, **choice)
    if count:
        assert Job.objects.get(kind="members.cards").total == count
    else:
        assert answer.status_code == 200
        assert "Yksikään voimassa oleva jäsenyys" in answer.content.decode()


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"valid_until": "1.1.2020"}, "22.11.2026"),
        ({"valid_until": "1.1.2040"}, "25.5.2028"),
        ({"numbers": "12345-0"}, "12345-0"),
        ({"numbers": "abc"}, "abc"),
        ({"since": "eilen"}, "1.2.2026"),
    ],
)
def test_what_cannot_be_ordered_is_told_beside_the_field(
    cast: Cast, client: Client, values: dict[str, str], told: str
) -> None:
    page = order(cast, client, **values).content.decode()
    assert 'class="error"' in page
    assert told in page
    assert not Job.objects.exists()


@pytest.mark.parametrize("who", ["bo", "tiina", "maija", "ulla"])
def test_others_order_no_cards(cast: Cast, client: Client, who: str) -> None:
    answer = order(cast, client, who, form="sheets", valid_until="31.3.2027")
    assert answer.status_code == 404
    assert not Job.objects.exists()


def test_a_late_fee_leaves_a_card_out_where_it_matters(cast: Cast, made: Any) -> None:
    set_rules(cast, "a", card_needs_fee=True)
    a = cast.units["a"]
    make_invoice(creditor=a, payer=cast.parties["maija"], lines=[(a, "58.00")], reference="12344")
    job = made(form="single")
    assert (job.done, job.failed) == (2, 1)
    assert job.attention[0]["name"] == "Metsäpelto Maija"
    assert "Maija Metsäpelto" not in text_of(content(job))


def test_who_has_left_since_the_order_gets_no_card(cast: Cast, client: Client) -> None:
    order(cast, client)
    mine = Membership.objects.get(party=cast.parties["maija"], unit=cast.units["a"])
    lifecycle.end(actor=None, membership=mine, kind="resigned", effective_on=TODAY)
    job = worked(Job.objects.get(kind="members.cards"))
    assert "Maija Metsäpelto" not in text_of(content(job))


@pytest.mark.parametrize(
    ("today", "end"),
    [
        (date(2026, 11, 22), date(2028, 3, 31)),
        (date(2026, 10, 1), date(2028, 3, 31)),
        (date(2026, 9, 30), date(2027, 3, 31)),
        (date(2027, 1, 2), date(2028, 3, 31)),
    ],
)
def test_cards_are_valid_over_the_season(today: date, end: date) -> None:
    assert season_end(today) == end
    assert end - today <= token.LONGEST
