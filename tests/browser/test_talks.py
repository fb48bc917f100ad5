"""A conversation in a real browser: the member asks on a phone, the secretary answers, the answer appears by itself (COM-4)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from communications.models import Talk, TalkMessage
from jasenpalvelu.common import clock
from tests.browser import axe
from tests.browser.conftest import Visit
from tests.cast import TODAY, Cast
from tests.communications import talk_scene
from tests.communications.talking import answered, asked, last

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PDF = {"name": "lasku.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 lasku"}
BAD = {"name": "lasku.pdf", "mimeType": "application/pdf", "buffer": b"MZ\x90 ohjelma"}


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def test_a_member_asks_on_a_phone_and_the_answer_appears_by_itself(visit: Visit, cast: Cast) -> None:
    for page in visit(reverse("portal:messages"), as_="maija", widths=(axe.NARROW,)):
        page.get_by_role("link", name="Kysy").click()
        page.get_by_label("Mistä on kyse").fill("Laskun eräpäivä")
        page.get_by_role("textbox", name="Viesti").fill("Voiko sitä siirtää?")
        page.locator("input[type=file]").set_input_files([BAD])
        page.get_by_role("button", name="Lähetä").click()
        expect(page.get_by_role("textbox", name="Viesti")).to_have_value("Voiko sitä siirtää?")
        axe.check(page)
        page.locator("input[type=file]").set_input_files([PDF])
        page.get_by_role("button", name="Lähetä").click()
        expect(page.get_by_role("link", name="lasku.pdf")).to_be_visible()
        axe.check(page)
        answered(cast, Talk.objects.get())
        expect(page.get_by_text("Kyllä voi.")).to_be_visible(timeout=20_000)


def test_the_secretary_answers_and_a_colleague_was_faster(visit: Visit, cast: Cast) -> None:
    for page in visit(reverse("office:talks"), as_="aino", widths=(axe.WIDE,)):
        talk = asked(cast)
        page.reload()
        page.get_by_role("link", name="Laskun eräpäivä").click()
        axe.check(page)
        answered(cast, talk, actor=cast.users["olavi"], seen=last(talk), text="Siirretään.")
        page.get_by_role("textbox", name="Viesti").fill("Ei siirretä.")
        page.get_by_role("button", name="Lähetä vastaus").click()
        expect(page.get_by_text("vastasi juuri")).to_be_visible()
        expect(page.get_by_role("textbox", name="Viesti")).to_have_value("Ei siirretä.")
        axe.check(page)
    assert TalkMessage.objects.filter(kind="staff").count() == 1


def test_every_page_of_the_office_is_whole(visit: Visit, cast: Cast) -> None:
    things = talk_scene.things(cast)
    maija, a = cast.parties["maija"].pk, cast.units["a"].pk
    paths = [
        reverse("office:talks"),
        reverse("office:talk", args=[things["talk* pk"]]),
        reverse("office:talk", args=[things["talk_back pk"]]),
        reverse("office:talk_move", args=[things["talk* pk"]]),
        reverse("office:talk_desk", args=[a]),
        reverse("office:talk_topic", args=[a, things["talk_topic topic_pk"]]),
        reverse("office:canned", args=[a, things["canned* canned_pk"]]),
        reverse("office:talk_new", args=[maija]),
        reverse("office:contact_log", args=[maija]),
        reverse("office:note_add", args=[maija]),
        reverse("office:note_edit", args=[maija, things["note* note_pk"]]),
        reverse("office:note_remove", args=[maija, things["note* note_pk"]]),
    ]
    for page in visit(paths[0], as_="aino"):
        for path in paths[1:]:
            page.goto(path)
            axe.check(page)


def test_every_page_of_the_member_is_whole(visit: Visit, cast: Cast) -> None:
    for page in visit(reverse("portal:messages"), as_="maija"):  # empty at first
        axe.check(page)
    things = talk_scene.things(cast)
    talk, moved = things["talk* pk"], things["talk_back pk"]
    paths = [reverse(f"portal:{name}") for name in ("messages", "talk_new", "contact_log")]
    paths += [
        reverse("portal:talk", args=[talk]),
        reverse("portal:talk", args=[moved]),
        reverse("portal:talk_back", args=[moved]),
    ]
    for page in visit(paths[0], as_="maija"):
        for path in paths[1:]:
            page.goto(path)
            axe.check(page)


def test_it_works_without_scripts(visit: Visit, cast: Cast) -> None:
    assert Client().get(reverse("portal:messages")).status_code == 302
    for page in visit(
        reverse("portal:talk_new"), as_="maija", scripts=False, check=False, widths=(axe.NARROW,)
    ):
        page.get_by_label("Mistä on kyse").fill("Ilman skriptejä")
        page.get_by_role("textbox", name="Viesti").fill("Onnistuuko?")
        page.get_by_role("button", name="Lähetä").click()
        expect(page.get_by_text("Onnistuuko?")).to_be_visible()
        answered(cast, Talk.objects.get())
        page.get_by_role("link", name="Päivitä sivu").click()
        expect(page.get_by_text("Kyllä voi.")).to_be_visible()
