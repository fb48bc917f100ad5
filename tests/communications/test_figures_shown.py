"""What a page asks for again and again costs little, however many are looking and however many rows there are."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communications import figures_shown, survey_results
from communications.models import Grade, LetterLink, Mailing
from communications.services import answering, linking
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from tests.cast import TODAY, Cast
from tests.communications import mailings
from tests.communications.letters import scene as letters
from tests.communications.surveys import scene


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    cache.clear()
    with clock.frozen(TODAY):
        yield
    cache.clear()


def asked(client: Client, address: str, table: str) -> list[str]:
    """What the page asks of the table."""
    with CaptureQueriesContext(
        connection,
    ) as told:
        assert client.get(address).status_code == 200
    return [one["sql"] for one in told.captured_queries if table in one["sql"]]


def test_a_letter_to_many_is_counted_once_in_a_while(cast: Cast) -> None:
    mailings.members(cast, 3)
    mailing = mailings.released(mailings.letter(cast), cast)
    client, state = cast.sign_in(Client(), "riitta"), reverse("office:message_state", args=[mailing.pk])
    assert (
        len(asked(client, state, "communications_delivery"))
        == len(asked(client, state, "communications_delivery"))
        == 1
    )
    with mutation(actor=None, kind="test"):
        Mailing.objects.filter(pk=mailing.pk).update(summary={"planned": 300_000})
    assert len(asked(client, state, "communications_delivery")) == 1
    assert asked(client, state, "communications_delivery") == []


def test_the_list_of_links_does_not_count_the_audience(cast: Cast) -> None:
    mailing = letters.draft(cast)
    letters.add(cast, mailing, "button", text="A", url="https://auki.example/")
    linking.begin(mailing=mailing, owner=cast.users["aino"], title="Linkit")
    LetterLink.objects.create(mailing=mailing, address="https://auki.example/")
    client = cast.sign_in(Client(), "aino")
    send, links = (reverse(f"office:{name}", args=[mailing.pk]) for name in ("message_send", "message_links"))
    assert f'hx-get="{links}"' in client.get(send).content.decode()
    with CaptureQueriesContext(connection) as told:
        page = client.get(links).content.decode()
    assert "https://auki.example/" in page
    assert "<html" not in page
    assert not [one for one in told.captured_queries if "WITH audience" in one["sql"]]
    assert cast.sign_in(Client(), "bo").get(links).status_code == 404


def test_answers_of_many_are_tallied_once_in_a_while(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    people = scene.members(cast, 6)
    survey = scene.opened(cast, form=scene.TALK, grade=Grade.OPEN)
    told = [{"q1": "o1", "q2": f"Terveisin {n}"} for n in range(6)]
    scene.answer_all(survey, people[:5], told[:5])
    assert survey_results.results(survey, "fi").questions[0].lines[0].n == 5
    monkeypatch.setattr(figures_shown, "MANY", 5)
    assert survey_results.results(survey, "fi").questions[0].lines[0].n == 5
    answering.answer(invitation=scene.invitation(survey, people[5]), answers=told[5], on=TODAY)
    with CaptureQueriesContext(connection) as asked_of:
        assert survey_results.results(survey, "fi").questions[0].lines[0].n == 5
        survey_results.turnout(survey)
        survey_results.turnout(survey)
    assert len([one for one in asked_of.captured_queries if "FILTER" in one["sql"]]) == 1
    cache.clear()
    found = survey_results.results(survey, "fi")
    assert found.questions[0].lines[0].n == 6
    assert list(found.questions[1].texts) == [one["q2"] for one in told]
