"""Telling people without a login of the answer: the letter with its reason and rights, and how it was told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.documents import request_letters
from members.models import DataRequest, PartyLogin
from members.services import data_requests
from members.services.data_requests import RequestError
from tests.cast import TODAY, Cast
from tests.members.personal.test_requests import asked
from tests.paper import text_of

REASON = "Tilan peltoala on 30 hehtaaria.\nKorjaamme sen, kun saamme kauppakirjan."


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def request_of_maija(cast: Cast) -> DataRequest:
    """Maija has no login any more."""
    row = asked(cast)
    with mutation(actor=None, kind="test.login"):
        PartyLogin.objects.filter(party=cast.parties["maija"]).delete()
    return row


def refused(cast: Cast, row: DataRequest) -> DataRequest:
    return data_requests.answer(actor=cast.users["aino"], request=row, state="refused", text=REASON, on=TODAY)


def test_the_letter_has_the_answer_its_reason_and_the_rights(
    client: Client, cast: Cast, request_of_maija: DataRequest
) -> None:
    """GDPR articles 12(4), 77 and 79."""
    row = refused(cast, request_of_maija)
    cast.sign_in(client, "aino")
    letter = reverse("office:privacy_letter", args=[row.pk])
    assert letter in client.get(reverse("office:privacy_request", args=[row.pk])).text
    response = client.get(letter)
    assert response["Content-Type"] == "application/pdf"
    text = " ".join(text_of(response.content).split())
    for part in (
        "Pyysit 22.11.2026",
        "Emme tee kaikkea",
        *REASON.splitlines(),
        "tietosuojavaltuutetulle",
        "77",
    ):
        assert part in text
    assert "tuomioistuimeen (79 artikla)" in text


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("state", ["done", "refused"])
def test_in_the_persons_language(
    cast: Cast, request_of_maija: DataRequest, language: str, state: str
) -> None:
    row = refused(cast, request_of_maija)
    row.party.language, row.state = language, state
    letter = request_letters.context(row, TODAY, addressed=True)["letters"][0]
    words = request_letters.WORDS[language]
    assert letter["lang"] == language
    assert getattr(words, state) in letter["paragraphs"]
    assert {words.complain, words.court} <= set(letter["paragraphs"])
    assert set(words.asked) == set(request_letters.RequestKind)


def test_the_address_only_for_whoever_may_see_it(cast: Cast, request_of_maija: DataRequest) -> None:
    row = refused(cast, request_of_maija)

    def lines(*, addressed: bool) -> list[str]:
        found: list[str] = request_letters.context(row, TODAY, addressed=addressed)["letters"][0]["address"]
        return found

    assert len(lines(addressed=True)) > 1
    assert len(lines(addressed=False)) == 1
    row.party.non_disclosure = True
    assert len(lines(addressed=True)) == 1


def test_written_down_once_and_taken_back(client: Client, cast: Cast, request_of_maija: DataRequest) -> None:
    row = refused(cast, request_of_maija)
    assert (row.told_on, row.told_how) == (None, "")
    cast.sign_in(client, "aino")
    page = reverse("office:privacy_request", args=[row.pk])
    tell = reverse("office:privacy_tell", args=[row.pk, "letter"])
    assert tell in client.get(page).text
    client.post(tell)
    row.refresh_from_db()
    assert (row.told_on, row.told_how) == (TODAY, "letter")
    text = client.get(page).text
    assert tell not in text
    assert "22.11.2026, kirjeellä" in text
    client.post(reverse("office:privacy_tell", args=[row.pk, "email"]))
    row.refresh_from_db()
    assert row.told_how == "letter"
    client.post(reverse("office:privacy_untell", args=[row.pk]))
    row.refresh_from_db()
    assert (row.told_on, row.told_how) == (None, "")
    assert client.post(reverse("office:privacy_tell", args=[row.pk, "portal"])).status_code == 404


def test_an_answer_taken_back_is_told_anew(cast: Cast, request_of_maija: DataRequest) -> None:
    row = refused(cast, request_of_maija)
    data_requests.tell(actor=cast.users["aino"], request=row, how="email", on=TODAY)
    data_requests.reopen(actor=cast.users["aino"], request=row)
    row.refresh_from_db()
    assert (row.told_on, row.told_how) == (None, "")
    with pytest.raises(RequestError, match="closed"):
        data_requests.tell(actor=cast.users["aino"], request=row, how="email", on=TODAY)


def test_a_longer_time_is_told_and_its_answer_too(cast: Cast, request_of_maija: DataRequest) -> None:
    """Article 12(3): the reason within the month, the answer when it is there."""
    aino = cast.users["aino"]
    row = data_requests.extend(actor=aino, request=request_of_maija, reason="Mittaus kesken", on=TODAY)
    texts = request_letters.context(row, TODAY, addressed=True)["letters"][0]["paragraphs"]
    assert any("22.2.2027" in text and "Mittaus kesken" in text for text in texts)
    row = data_requests.tell(actor=aino, request=row, how="letter", on=TODAY)
    assert (row.told_on, row.told_how) == (TODAY, "letter")
    assert refused(cast, row).told_on is None


def test_on_ones_own_pages_it_is_told_at_once(client: Client, cast: Cast) -> None:
    row = refused(cast, asked(cast))
    assert (row.told_on, row.told_how) == (TODAY, "portal")
    cast.sign_in(client, "aino")
    text = client.get(reverse("office:privacy_request", args=[row.pk])).text
    assert reverse("office:privacy_tell", args=[row.pk, "letter"]) not in text
    assert reverse("office:privacy_untell", args=[row.pk]) not in text
    with pytest.raises(RequestError, match="closed"):
        data_requests.untell(actor=cast.users["aino"], request=row)


def test_nothing_to_tell_while_it_waits(client: Client, cast: Cast, request_of_maija: DataRequest) -> None:
    cast.sign_in(client, "aino")
    assert client.get(reverse("office:privacy_letter", args=[request_of_maija.pk])).status_code == 404
    client.post(reverse("office:privacy_tell", args=[request_of_maija.pk, "letter"]))
    request_of_maija.refresh_from_db()
    assert request_of_maija.told_on is None


def test_another_association_neither_prints_nor_tells(
    client: Client, cast: Cast, request_of_maija: DataRequest
) -> None:
    row = refused(cast, request_of_maija)
    cast.sign_in(client, "bo")
    assert client.get(reverse("office:privacy_letter", args=[row.pk])).status_code in {403, 404}
    for name, args in (("tell", [row.pk, "letter"]), ("untell", [row.pk])):
        assert client.post(reverse(f"office:privacy_{name}", args=args)).status_code in {403, 404}
    row.refresh_from_db()
    assert row.told_on is None


def test_a_day_has_its_way(cast: Cast, request_of_maija: DataRequest) -> None:
    row = refused(cast, request_of_maija)
    with pytest.raises(IntegrityError), transaction.atomic(), mutation(actor=None, kind="test.half"):
        DataRequest.objects.filter(pk=row.pk).update(told_on=TODAY)
