"""The register of requests: deadlines of the law, answers, and who may do what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from jasenpalvelu.common import clock
from members.models import DataRequest
from members.services import data_requests
from members.services.data_requests import RequestError
from tests.cast import TODAY, Cast


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def asked(cast: Cast, kind: str = "correction", on: date = TODAY) -> DataRequest:
    return data_requests.file(
        actor=cast.users["maija"],
        party=cast.parties["maija"],
        unit=cast.units["a"],
        kind=kind,
        text="Peltoa on 32 ha",
        channel="portal",
        received_on=on,
    )


@pytest.mark.parametrize(
    ("received", "due", "extended"),
    [
        (date(2026, 11, 22), date(2026, 12, 22), date(2027, 2, 22)),
        (date(2026, 1, 31), date(2026, 2, 28), date(2026, 4, 30)),
        (date(2027, 12, 31), date(2028, 1, 31), date(2028, 3, 31)),
    ],
)
def test_a_month_and_two_more(cast: Cast, received: date, due: date, extended: date) -> None:
    """GDPR article 12(3)."""
    row = asked(cast, on=received)
    assert row.due_on == due
    row = data_requests.extend(actor=cast.users["aino"], request=row, reason="Selvitys kesken", on=due)
    assert row.extended_on == due
    assert row.due_on == extended
    with pytest.raises(RequestError):
        data_requests.extend(actor=cast.users["aino"], request=row, reason="Vielä", on=due)


def test_what_is_late_is_not_made_in_time(client: Client, cast: Cast) -> None:
    """Article 12(3): the person is told of a longer time within the first month."""
    row = asked(cast, on=date(2026, 10, 1))
    with pytest.raises(RequestError, match="late"):
        data_requests.extend(actor=cast.users["aino"], request=row, reason="Kesken", on=date(2026, 11, 2))
    cast.sign_in(client, "aino")
    page = reverse("office:privacy_extend", args=[row.pk])
    assert page not in client.get(reverse("office:privacy_request", args=[row.pk])).text
    client.post(page, {"reason": "Kesken"})
    row.refresh_from_db()
    assert (row.due_on, row.extended_on) == (date(2026, 11, 1), None)


def test_a_refusal_says_why(cast: Cast) -> None:
    row = asked(cast)
    with pytest.raises(ValueError, match="reason"):
        data_requests.answer(actor=cast.users["aino"], request=row, state="refused", text=" ", on=TODAY)


def test_the_same_waits_once_but_mistakes_are_many(cast: Cast) -> None:
    asked(cast)
    asked(cast)
    asked(cast, "erasure")
    with pytest.raises(RequestError):
        asked(cast, "erasure")


def test_a_member_reports_a_mistake_and_reads_the_answer(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "maija")
    url = reverse("portal:privacy_ask", args=["correction"])
    assert "error" in client.post(url, {"text": ""}).text
    client.post(url, {"text": "Peltoa on 32 ha", "unit": cast.units["a"].pk})
    row = DataRequest.objects.get()
    assert (row.unit, row.due_on, row.channel) == (cast.units["a"], date(2026, 12, 22), "portal")

    office = cast.sign_in(Client(), "aino")
    assert "Metsäpelto Maija" in office.get(reverse("office:privacy")).text
    detail = reverse("office:privacy_request", args=[row.pk])
    assert office.post(detail, {"state": "refused", "answer": ""}).status_code == 200
    office.post(detail, {"state": "done", "answer": "Korjattu, kiitos."})
    assert "Korjattu, kiitos." in client.get(reverse("portal:privacy")).text

    office.post(reverse("office:privacy_reopen", args=[row.pk]))
    row.refresh_from_db()
    assert (row.state, row.answer) == ("open", "")
    client.post(reverse("portal:privacy_withdraw", args=[row.pk]))
    row.refresh_from_db()
    assert row.state == "withdrawn"


def test_a_late_answer_is_told_where_one_looks(client: Client, cast: Cast) -> None:
    asked(cast, on=date(2026, 10, 1))
    cast.sign_in(client, "aino")
    assert "danger" in client.get(reverse("office:privacy")).text
    assert reverse("office:privacy") in client.get(reverse("office:home")).text


def test_the_office_enters_what_was_told(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    url = reverse("office:member_ask", args=[cast.parties["maija"].pk])
    typed = {"kind": "restriction", "received_on": "20.11.2026", "text": "Kirje"}
    assert client.post(url, typed | {"received_on": "23.11.2026"}).status_code == 200
    assert client.post(url, typed).status_code == 302
    assert DataRequest.objects.get().due_on == date(2026, 12, 20)
    assert client.post(url, typed).status_code == 200


def test_another_association_sees_and_answers_nothing(client: Client, cast: Cast) -> None:
    row = asked(cast)
    cast.sign_in(client, "bo")
    assert "Metsäpelto" not in client.get(reverse("office:privacy")).text
    for name in ("privacy_request", "privacy_extend"):
        url = reverse(f"office:{name}", args=[row.pk])
        assert client.get(url).status_code == 404
        assert client.post(url, {"state": "done", "reason": "x"}).status_code == 404
    row.refresh_from_db()
    assert row.is_open


def test_one_takes_back_ones_own_only(client: Client, cast: Cast) -> None:
    row = asked(cast)
    for name in ("aino", "ulla"):
        cast.sign_in(client, name)
        assert client.post(reverse("portal:privacy_withdraw", args=[row.pk])).status_code == 404
