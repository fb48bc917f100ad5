"""What somebody who writes a letter for the first time runs into: polls, segments, words that are missing, taking back at once (COM-1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from communications.letters import checking, fields
from communications.models import (
    Channel,
    Delivery,
    LetterTemplate,
    Mailing,
    MailingState,
    Survey,
    SurveyAudience,
    SurveyState,
)
from communications.outbox_reading import health, said_of
from communications.services import releasing, writing
from communications.services.logging_contacts import log_contact
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import Segment
from members.scope import Scope
from tests.cast import TODAY, Cast
from tests.communications.letters import scene
from tests.communications.letters.test_jobs import without_email
from tests.communications.surveys import scene as survey_scene


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def aino(cast: Cast, client: Client) -> Client:
    return cast.sign_in(client, "aino")


@pytest.fixture
def mailing(cast: Cast) -> Mailing:
    return scene.draft(cast)


def address(name: str, *args: Any) -> str:
    return reverse(f"office:{name}", args=args)


def text(client: Client, url: str, query: dict[str, Any] | None = None) -> str:
    return client.get(url, query or {}).content.decode()


# --- a poll of the letter -----------------------------------------------------------------------------------------------
POLL = {"question_fi": "Tuletko?", "options_fi": "Kyllä\nEn", "grade": "pseudonymous", "shown": "never"}


def test_an_empty_list_of_polls_says_why_and_where_to_make_one(
    aino: Client, cast: Cast, mailing: Mailing
) -> None:
    survey_scene.opened(cast)  # asked of members: no poll of a letter
    key = scene.add(cast, mailing, "poll")
    here = address("message_poll", mailing.pk, "fi", key)
    page = text(aino, address("message_edit", mailing.pk, "fi"), {"osa": key})
    assert "Valittavaa ei ole vielä" in page
    assert here in page
    form = aino.get(here).context["form"]
    given = POLL | {"token": str(form.initial["token"])}
    assert aino.post(here, given | {"options_fi": "Yksi"}).context["form"].errors["options_fi"]
    for _n in range(2):  # a double press makes one
        assert f"#osa-{key}" in aino.post(here, given).headers["Location"]
    made = Survey.objects.get(audience=SurveyAudience.LETTER)
    assert (made.state, made.unit) == (SurveyState.OPEN, cast.units["a"])
    assert mailing.versions.get().blocks[-1]["poll"] == str(made.pk)
    page = text(aino, address("message_edit", mailing.pk, "fi"))
    assert "<span>Tuletko?</span>" in page  # the part is told by its question


def test_a_poll_is_made_for_a_part_of_one_s_own_letter_only(cast: Cast, mailing: Mailing) -> None:
    key = scene.add(cast, mailing, "poll")
    here = address("message_poll", mailing.pk, "fi", key)
    for who in ("bo", "olavi"):
        assert cast.sign_in(Client(), who).get(here).status_code == 404
    other = mailing.versions.get().blocks[0]["id"]
    assert (
        cast.sign_in(Client(), "aino").get(address("message_poll", mailing.pk, "fi", other)).status_code
        == 404
    )


def test_an_unfinished_part_says_what_it_lacks(aino: Client, cast: Cast, mailing: Mailing) -> None:
    scene.add(cast, mailing, "button", text="Ilmoittaudu")
    lines = aino.get(address("message_edit", mailing.pk, "fi")).context["lines"]
    assert lines[-1]["lacks"] == ["Mihin se vie puuttuu"]
    assert lines[0]["lacks"] == []


# --- a segment in the middle of a letter ----------------------------------------------------------------------------------
def test_nothing_typed_is_lost_while_a_segment_is_made(aino: Client, cast: Cast) -> None:
    new = address("message_new")
    topic = aino.get(new).context["form"].initial["topic"]
    typed = {
        "title": "Kesäretki",
        "topic": topic,
        "archive": "public",
        "paper": "on",
        "tee": "ryhma",
        "start": "",
    }
    to = aino.post(new, typed).headers["Location"]
    assert to.startswith(address("segment_new"))
    builder = aino.get(to)
    back = builder.context["back"]
    assert f'name="paluu" value="{back.replace("&", "&amp;")}"' in builder.content.decode()
    saved = aino.post(
        address("segment_new"),
        {
            "do": "save",
            "name": "Retkeilijät",
            "shared": "no",
            "state": "in_force",
            "mode": "all",
            "paluu": back,
        },
    ).headers["Location"]
    made = Segment.objects.get()
    form = aino.get(saved).context["form"]
    assert form.initial["title"] == "Kesäretki"
    assert (form.initial["segment"], form.initial["paper"], form.initial["archive"]) == (
        made.pk,
        True,
        "public",
    )
    assert not Mailing.objects.exists()
    assert address("message_new") + f"?ryhma={made.pk}" in text(aino, address("segment", made.pk))
    assert aino.get(new).context["form"].initial.get("title") is None  # another letter begins empty


def test_the_way_back_stays_in_the_office(aino: Client) -> None:
    for wrong in ("https://vieras.example/", "//vieras.example/", "javascript:x()", "/oma/"):
        assert aino.get(address("segment_new"), {"paluu": wrong}).context["back"] == ""


# --- words that are missing -------------------------------------------------------------------------------------------------
def test_a_field_that_somebody_lacks_is_told(aino: Client, cast: Cast, mailing: Mailing) -> None:
    scene.add(cast, mailing, "text", text="Tervetuloa, {{etunimi}}.")
    told = text(aino, address("message_send", mailing.pk))
    assert "etunimi|" not in told  # everybody has a first name
    with mutation(actor=None, kind="test"):
        person = cast.parties["maija"].person
        person.first_names = ""
        person.save()
    told = text(aino, address("message_send", mailing.pk))
    assert "1 vastaanottajalla ei ole tietoa etunimi" in told


def test_fields_with_words_of_their_own_are_not_asked_about() -> None:
    blocks = [{"id": "a" * 8, "kind": "text", "text": "{{etunimi|jäsen}} {{sukunimi}}"}]
    bare = checking.bare_fields("{{nimi}}", "", blocks)
    assert bare == {"full_name": ("", ""), "last_name": ("a" * 8, "text")}
    assert [one.field for one in checking.of_lacking("fi", bare, {"last_name": 2})] == ["last_name"]


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("lopuilleen, {{first_name}}.", "lopuilleen."),
        ("Hei {{first_name}}, kuule", "Hei, kuule"),
        ("Hei {{first_name|jäsen}}, kuule", "Hei jäsen, kuule"),
        ("katso {{web_url}}, ja", "katso {{web_url}}, ja"),
        ("a , b {{last_name}} c", "a , b  c"),
    ],
)
def test_what_is_said_of_nobody_reads_as_a_sentence(template: str, told: str) -> None:
    assert fields.without_persons(template) == told


# --- leaving, and paper -------------------------------------------------------------------------------------------------------
def test_right_after_sending_it_can_be_taken_back_at_once(aino: Client, cast: Cast, mailing: Mailing) -> None:
    now = clock.now()
    releasing.schedule(mailing=mailing, version=mailing.version, actor=cast.users["aino"], now=now)
    page = text(aino, address("message_results", mailing.pk))
    assert "5 min 0 s" in page
    assert address("message_regret", mailing.pk) in page
    assert "Ajastettu" not in page
    aino.post(address("message_regret", mailing.pk))
    mailing.refresh_from_db()
    assert mailing.state == MailingState.DRAFT


def test_taking_back_works_also_when_the_recipients_were_written_meanwhile(
    cast: Cast, mailing: Mailing
) -> None:
    now = clock.now()
    releasing.schedule(mailing=mailing, version=mailing.version, actor=cast.users["aino"], now=now)
    releasing.advance(now=now)
    cast.sign_in(Client(), "aino").post(address("message_regret", mailing.pk))
    mailing.refresh_from_db()
    assert mailing.state == MailingState.DRAFT


def test_paper_waits_to_be_printed_and_not_to_leave(aino: Client, cast: Cast) -> None:
    without_email(cast, "Aatu", "99100")
    mailing = scene.sent(cast, scene.draft(cast, paper=True))
    assert mailing.state == MailingState.DONE
    page = aino.get(address("message_results", mailing.pk))
    told = page.content.decode()
    assert "1 kirje odottaa tulostamista" in told
    sums = {str(label): n for label, n in page.context["sums"]}
    assert (sums["Odottaa vielä"], sums["Odottaa tulostamista"]) == (0, 1)
    assert sum(sums.values()) == page.context["figures"].planned
    assert said_of(Delivery.objects.get(mailing=mailing, channel=Channel.LETTER)) == "odottaa tulostamista"
    found = health(Scope.for_user(cast.users["aino"], on=TODAY), clock.now())
    assert (found.waiting, found.to_print, found.oldest) == (0, 1, None)


def test_of_a_letter_with_paper_the_lack_is_of_both_addresses(aino: Client, cast: Cast) -> None:
    with mutation(actor=None, kind="test"):
        cast.parties["maija"].contact_points.all().delete()
    mailing = scene.sent(cast, scene.draft(cast, paper=True))
    page = aino.get(address("message_results", mailing.pk))
    row = next(one for one in page.context["missing"] if one["party"] == cast.parties["maija"].pk)
    assert row["reason"] == "ei sähköpostiosoitetta eikä postiosoitetta"
    assert "seuraava kirje" not in row["advice"]
    assert row["name"] == cast.parties["maija"].display_name


def test_the_line_of_a_letter_in_the_log_opens_it(cast: Cast) -> None:
    mailing = scene.sent(cast, scene.draft(cast))
    maija = cast.sign_in(Client(), "maija")
    log_contact(
        party_id=cast.parties["maija"].pk,
        unit_id=mailing.unit_id,
        channel="email",
        direction="out",
        kind="letter.newsletter",
        summary="Pikkujoulu ja verokurssi",
        reference=f"letter:{mailing.pk}",
    )
    page = text(maija, reverse("portal:contact_log"))
    assert f'href="{reverse("portal:letter", args=[mailing.uuid])}"' in page


# --- templates -----------------------------------------------------------------------------------------------------------------
def test_a_template_is_looked_at_and_begun_with(aino: Client, cast: Cast, mailing: Mailing) -> None:
    template = writing.save_template(actor=cast.users["aino"], mailing=mailing, name="Kuukausikirje")
    page = text(aino, address("letter_template", template.pk))
    words = address("letter_template_words", template.pk, "fi")
    assert words in page
    assert "Hei Tauno" in text(aino, words)
    begin = address("message_new") + f"?pohja={template.pk}&yhdistys={template.unit_id}"
    assert begin.replace("&", "&amp;") in page
    assert aino.get(begin).context["form"]["start"].value() == f"pohja-{template.pk}"
    assert aino.get(address("letter_template_words", template.pk, "sv")).status_code == 404
    bo = cast.sign_in(Client(), "bo")
    for url in (address("letter_template", template.pk), words):
        assert bo.get(url).status_code == 404
    assert LetterTemplate.objects.count() == 1
