"""A letter on paper says the same as the mail: number, language, poll; and the preview shows it to whoever is to get it so."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from communications import letters_reading as reading
from communications.letters import paper
from communications.models import Channel, Delivery, Mailing, Survey, SurveyInvitation
from communications.services import answering, releasing
from communications.services import surveys as polls
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import Party
from tests.cast import TODAY, Cast
from tests.communications.letters import scene
from tests.communications.letters.test_jobs import without_email
from tests.communications.surveys import scene as survey_scene
from tests.paper import text_of


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def aatu(cast: Cast) -> Any:
    return without_email(cast, "Aatu", "99100")


def written(cast: Cast, **values: Any) -> Mailing:
    mailing = scene.draft(cast, paper=True)
    scene.add(cast, mailing, "text", text="Numerosi on {{jäsennumero}}.")
    return mailing


def with_poll(cast: Cast) -> tuple[Mailing, Survey]:
    poll = survey_scene.opened(cast, audience="letter")
    mailing = written(cast)
    scene.add(cast, mailing, "poll", poll=str(poll.pk))
    return mailing, poll


def frozen(cast: Cast, mailing: Mailing) -> Mailing:
    now = clock.now()
    releasing.schedule(mailing=mailing, version=mailing.version, actor=cast.users["aino"], now=now)
    releasing.advance(now=now)
    releasing.advance(now=now + releasing.REGRET)
    mailing.refresh_from_db()
    return mailing


def sheet(mailing: Mailing, party: Party) -> str:
    rows = Delivery.objects.filter(mailing=mailing, party=party, channel=Channel.LETTER)
    return text_of(paper.pdf(mailing, list(rows.select_related("party__person")), TODAY))


def test_the_member_number_is_whole_wherever_the_letter_is_read(cast: Cast, aatu: Party) -> None:
    mailing = written(cast)
    assert reading.values_of(mailing, aatu.pk, "fi", TODAY)["member_number"] == aatu.number
    page = cast.sign_in(Client(), "aino").get(
        reverse("office:message_letter", args=[mailing.pk, "fi"]), {"saaja": aatu.pk}
    )
    assert f"Numerosi on {aatu.number}." in page.content.decode()
    assert f"Numerosi on {aatu.number}." in sheet(frozen(cast, mailing), aatu)


def test_whoever_gets_paper_is_asked_too_and_told_where_to_answer(cast: Cast, aatu: Party) -> None:
    mailing, poll = with_poll(cast)
    frozen(cast, mailing)
    asked = SurveyInvitation.objects.get(survey=poll, party=aatu)
    assert list(answering.waiting_for(aatu.pk, TODAY)) == [asked]
    told = sheet(mailing, aatu)
    assert "Voit vastata omilla sivuillasi jäsenpalvelussa" in told
    assert poll.form.asking[0].choices[0].text["fi"] in told


def test_a_poll_that_is_over_promises_nothing_on_paper(cast: Cast, aatu: Party) -> None:
    mailing, poll = with_poll(cast)
    frozen(cast, mailing)
    polls.close(actor=cast.users["aino"], survey=poll, at=clock.now())
    assert "Voit vastata" not in sheet(mailing, aatu)


def test_the_backgrounds_of_those_asked_by_a_letter_are_known(cast: Cast) -> None:
    mailing, poll = with_poll(cast)
    with mutation(actor=None, kind="test"):
        maija = cast.parties["maija"].person
        maija.birth_date, maija.birth_date_purpose = TODAY.replace(year=TODAY.year - 40), "fees"
        maija.save()
    frozen(cast, mailing)
    asked = SurveyInvitation.objects.get(survey=poll, party=cast.parties["maija"])
    assert asked.age_band == "30-44"
    assert asked.member_type
    assert not SurveyInvitation.objects.filter(survey=poll, member_type="").exists()


def test_of_a_secret_poll_no_backgrounds_are_written(cast: Cast) -> None:
    poll = survey_scene.opened(cast, audience="letter", grade="secret")
    mailing = scene.draft(cast)
    scene.add(cast, mailing, "poll", poll=str(poll.pk))
    frozen(cast, mailing)
    rows = SurveyInvitation.objects.filter(survey=poll)
    assert rows.exists()
    assert not rows.exclude(member_type="", age_band="").exists()


# --- the preview --------------------------------------------------------------------------------------------------------------
def test_the_preview_says_who_gets_paper_and_shows_it(cast: Cast, aatu: Party) -> None:
    mailing, _poll = with_poll(cast)
    client = cast.sign_in(Client(), "aino")
    preview = reverse("office:message_preview", args=[mailing.pk])
    sheet_of = reverse("office:message_on_paper", args=[mailing.pk, "fi"])
    page = client.get(preview, {"saaja": aatu.pk}).content.decode()
    assert "Tämä vastaanottaja saa kirjeen paperilla" in page
    assert f'href="{sheet_of}?saaja={aatu.pk}"' in page
    told = text_of(client.get(sheet_of, {"saaja": aatu.pk}).content)
    for words in ("Hei Aatu", "99100 Kuusilahti", f"Numerosi on {aatu.number}.", "Voit vastata"):
        assert words in told, words
    page = client.get(preview, {"saaja": cast.parties["maija"].pk}).content.decode()
    assert "paperilla</h" not in page
    assert sheet_of not in page


def test_the_preview_says_why_somebody_gets_nothing(cast: Cast, aatu: Party) -> None:
    mailing = scene.draft(cast)
    page = cast.sign_in(Client(), "aino").get(
        reverse("office:message_preview", args=[mailing.pk]), {"saaja": aatu.pk}
    )
    assert "Tämä vastaanottaja ei saa kirjettä" in page.content.decode()


def test_paper_is_shown_of_one_s_own_recipients_only_and_no_protected_address(
    cast: Cast, aatu: Party
) -> None:
    mailing = written(cast)
    address = reverse("office:message_on_paper", args=[mailing.pk, "fi"])
    client = cast.sign_in(Client(), "aino")
    assert client.get(address).status_code == 404
    assert client.get(address, {"saaja": cast.parties["bo"].pk}).status_code == 404
    assert cast.sign_in(Client(), "bo").get(address, {"saaja": aatu.pk}).status_code == 404
    with mutation(actor=None, kind="test"):
        Party.objects.filter(pk=aatu.pk).update(non_disclosure=True)
    assert client.get(address, {"saaja": aatu.pk}).status_code == 404
    page = client.get(reverse("office:message_preview", args=[mailing.pk]), {"saaja": aatu.pk})
    assert "Tämä vastaanottaja saa kirjeen paperilla" in page.content.decode()
    assert "Koivutie" not in page.content.decode()
