"""The secretary's letter in a real browser: a segment, a letter with a picture, a button and a poll, looked at as three people, tried,
checked, scheduled, sent, and read in the archive. The message itself at the widths of a phone and of a computer.

With PICTURES=folder the message is photographed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from communications.letters.fields import fill
from communications.letters.looks import look_of
from communications.letters.rendering import render
from communications.models import Delivery, Mailing, MailingState
from communications.services import releasing
from communications.services.posting import rendered
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import Segment
from members.segments.tree import Criterion, Group
from members.segments.tree import Segment as Tree
from members.services import segments
from tests.browser import axe
from tests.browser.acting import log_in, press, to
from tests.browser.conftest import Visit
from tests.cast import TODAY, Cast
from tests.communications.letters import scene
from tests.communications.surveys import scene as surveys

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SUBJECT = "Pikkujoulu ja verokurssi"
# Landmarks are those of the page around a message.
WEBMAILS = ("region", "landmark-one-main")


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def add_part(page: Page, name: str) -> Any:
    """Press the button; the open part that came of it."""
    before = page.locator(".block").count()
    page.locator(".addblock").get_by_role("button", name=name, exact=True).click()
    expect(page.locator(".block")).to_have_count(before + 1)
    part = page.locator(".block").last
    expect(part.locator("details")).to_have_attribute("open", "")
    return part


def save(part: Any) -> None:
    part.get_by_role("button", name=re.compile("^Tallenna osa")).click()


def settle(page: Page, text: str) -> None:
    expect(page.locator(".blocks")).to_contain_text(text)


def begin(page: Page) -> None:
    to(page, "Viestintä")
    press(page, "Kirjoita ensimmäinen kirje", role="link")
    page.get_by_label("Kirjeen nimi").fill("Jäsenkirje 5/2026")
    page.get_by_label("Kenelle").select_option(label="Äänivaltaiset")
    press(page, "Ala kirjoittaa")
    page.get_by_label("Aihe", exact=True).fill(SUBJECT)
    page.get_by_role("textbox", name="Esikatseluteksti").fill("Kolme asiaa ennen joulua")
    press(page, "Tallenna aihe")
    expect(page.get_by_role("main")).to_contain_text("Aino Sihteeri")


def write(page: Page) -> None:
    """Five parts, by the buttons alone."""
    part = add_part(page, "Otsikko")
    part.get_by_label("Otsikko").fill("{{tervehdys|Hyvä jäsen}}")
    save(part)
    settle(page, "tervehdys")
    part = add_part(page, "Kuva")
    part.locator("input[type=file]").set_input_files(
        {"name": "pelto.png", "mimeType": "image/png", "buffer": scene.png((1200, 400))}
    )
    part.get_by_label("Kuva kerrottuna sanoin").fill("Vihreä pelto")
    save(part)
    settle(page, "Vihreä pelto")
    part = add_part(page, "Teksti")
    part.get_by_label("Teksti").fill(
        "Vuosi kääntyy **lopuilleen**.\n\n- Ilmoittaudu pikkujouluun\n- Katso verokurssi"
    )
    save(part)
    settle(page, "Vuosi kääntyy")
    part = add_part(page, "Painike")
    part.get_by_label("Painikkeen sanat").fill("Ilmoittaudu juhlaan")
    part.get_by_label("Mihin se vie").fill("https://tapahtumat.example.fi/pikkujoulu")
    save(part)
    settle(page, "Ilmoittaudu juhlaan")
    part = add_part(page, "Kysely")
    part.get_by_label("Kysely").select_option(label="Kesäretki")
    save(part)


def look_as_three(page: Page) -> list[str]:
    """The names the letter greets, one after another."""
    press(page, "Katso jäsenenä ja puhelimella", role="link")
    greeted = []
    for turn in range(3):
        heading = page.frame_locator("iframe").locator("h1")
        expect(heading).to_be_visible()
        if turn:
            expect(heading).not_to_have_text(greeted[-1])
        greeted.append(heading.inner_text())
        if turn < 2:
            press(page, "Seuraava vastaanottaja", role="link")
    press(page, "Näytä puhelimessa", role="link")
    expect(page.frame_locator("iframe").get_by_role("link", name="Ilmoittaudu")).to_be_visible()
    press(page, "Takaisin kirjoittamaan", role="link")
    return greeted


def try_out(page: Page) -> None:
    press(page, "Lähetä testi", role="link")
    press(page, "Lähetä testi näihin osoitteisiin")
    expect(page.get_by_role("main")).to_contain_text("Testi on matkalla")


def schedule(page: Page) -> None:
    press(page, "Jatka lähetykseen")
    expect(page.locator("#linkkilista .chip")).not_to_have_text("Ei vielä tarkistettu", timeout=30_000)
    page.reload()
    main = page.get_by_role("main")
    expect(main).to_contain_text("ei avaudu")  # nothing reaches the world from a test, and the page says so
    page.get_by_text("Myöhemmin", exact=True).click()
    page.get_by_label("Päivä").fill("1.12.2026")
    page.get_by_label("Kellonaika").or_(page.get_by_label("Aika")).first.fill("9.30")
    page.get_by_label("Katsoin huomautukset ja lähetän kirjeen näin").check()
    main.get_by_role("button", name=re.compile("^Lähetä")).click()
    expect(main).to_contain_text("1.12.2026 klo 9.30")


@pytest.mark.usefixtures("worker")
def test_the_secretary_writes_to_her_members(page: Page, cast: Cast) -> None:
    surveys.members(cast, 3)
    surveys.opened(cast, audience="letter")
    segment(cast)
    log_in(page, "aino@example.fi")
    begin(page)
    write(page)
    greeted = look_as_three(page)
    assert len(set(greeted)) == 3
    try_out(page)
    schedule(page)
    mailing = Mailing.objects.get()
    assert mailing.state == MailingState.SCHEDULED
    leave(page, mailing)
    read_again(cast, mailing)


def segment(cast: Cast) -> Segment:
    asked = Tree(Group("any", (Criterion("voting"), Criterion("contact", "is", {"what": ("email",)}))))
    made: Segment = segments.keep(
        actor=cast.users["aino"], unit=cast.units["a"], name="Äänivaltaiset", shared=False, segment=asked
    )
    return made


def leave(page: Page, mailing: Mailing) -> None:
    """The day comes: five minutes, then it is gone; the page follows."""
    assert mailing.scheduled_at is not None
    with clock.frozen(mailing.scheduled_at):
        releasing.advance(now=clock.now())
        page.reload()
        expect(page.get_by_role("button", name="Peru lähetys")).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text("5 min 0 s")
        releasing.advance(now=clock.now() + releasing.REGRET)
        Delivery.objects.filter(mailing=mailing, state=0).update(state=3, done_at=clock.now())
        releasing.advance(now=clock.now() + releasing.REGRET + timedelta(minutes=1))
        page.reload()
        expect(page.get_by_role("main")).to_contain_text("Ketään ei seurata")
        expect(page.get_by_role("main")).to_contain_text("Tarkoitettu yhteensä")


def read_again(cast: Cast, mailing: Mailing) -> None:
    maija = cast.sign_in(Client(), "maija")
    assert SUBJECT in maija.get(reverse("portal:letters")).content.decode()
    words = maija.get(reverse("portal:letter_words", args=[mailing.uuid])).content.decode()
    assert "Hyvä jäsen" in words
    assert "Vihreä pelto" in words


# --- the message itself -------------------------------------------------------------------------------------------------
def everything(cast: Cast) -> Mailing:
    mailing = scene.draft(cast)
    shown = scene.picture(cast)
    scene.add(cast, mailing, "image", image=str(shown.key), alt="Vihreä pelto")
    scene.add(
        cast, mailing, "button", text="Ilmoittaudu pikkujouluun Seuratalolle", url="https://a.example.fi/"
    )
    scene.add(
        cast,
        mailing,
        "columns",
        left_heading="Verokurssi",
        left_text="Katso tallenne.",
        right_heading="Maksut",
        right_text="Ensi viikolla.",
    )
    scene.add(cast, mailing, "divider")
    return mailing


def test_the_message_is_whole_on_a_phone_and_on_a_computer(chromium: Browser, cast: Cast) -> None:
    """No sideways scrolling, nothing smaller than 15 points, columns beside each other only where there is room."""
    version = everything(cast).versions.select_related("mailing__unit", "mailing__topic").get()
    name = "Maximilianuksentytär-" * 4
    html = fill(render(version, look_of(version.mailing.unit)).html, {"first_name": name}, html=True)
    for width in (360, 700):
        for scheme in ("light", "dark"):
            page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
            page.set_content(html, wait_until="domcontentloaded")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert [fault for fault in axe.violations(page) if not fault.startswith(WEBMAILS)] == []
            tops = [box["y"] for half in page.locator(".half").all() if (box := half.bounding_box())]
            assert (len(set(tops)) == 1) == (width == 700)
            smallest = page.evaluate(
                "Math.min(...[...document.querySelectorAll('.sheet p, .sheet li, .sheet a')].map(e => parseFloat(getComputedStyle(e).fontSize)))"
            )
            assert smallest >= 15
            if folder := os.environ.get("PICTURES"):
                page.screenshot(path=str(Path(folder) / f"viesti-{width}-{scheme}.png"), full_page=True)
            page.close()


def test_writing_works_without_scripts(visit: Visit, cast: Cast) -> None:
    mailing = scene.draft(cast)
    here = reverse("office:message_edit", args=[mailing.pk, "fi"])
    for page in visit(here, as_="aino", scripts=False, check=False, widths=(axe.NARROW,)):
        page.locator(".addblock").get_by_role("button", name="Painike", exact=True).click()
        part = page.locator(".block").last
        part.get_by_label("Painikkeen sanat").fill("Lue lisää")
        part.get_by_label("Mihin se vie").fill("ei osoite")
        save(part)
        expect(page.get_by_role("main")).to_contain_text("Kirjoita koko osoite")
        part = page.locator(".block").last
        expect(part.get_by_label("Painikkeen sanat")).to_have_value("Lue lisää")
        part.get_by_label("Mihin se vie").fill("https://a.example.fi/")
        save(part)
        part = page.locator(".block").last
        part.locator("summary").click()
        part.get_by_role("button", name=re.compile("^Siirrä ylös")).click()
        expect(page.locator(".block").nth(1)).to_contain_text("Lue lisää")
    assert [block["kind"] for block in mailing.versions.get().blocks] == ["heading", "button", "text"]


def test_what_went_wrong_with_a_part_is_told_where_it_is_written(visit: Visit, cast: Cast) -> None:
    """With scripts, by the keyboard: an error, a saving, and somebody else's saving meanwhile."""
    mailing = scene.draft(cast)
    here = reverse("office:message_edit", args=[mailing.pk, "fi"])
    for page in visit(here, as_="aino", check=False, widths=(axe.NARROW,)):
        part = add_part(page, "Painike")
        part.get_by_label("Painikkeen sanat").fill("Lue lisää")
        part.get_by_label("Mihin se vie").fill("ei osoite")
        save(part)
        expect(page.get_by_role("alert").first).to_be_focused()
        part = page.locator(".block").last
        expect(part).to_contain_text("Kirjoita koko osoite")
        expect(part.get_by_label("Painikkeen sanat")).to_have_value("Lue lisää")
        part.get_by_label("Mihin se vie").fill("https://a.example.fi/")
        part.get_by_role("button", name=re.compile("^Tallenna osa")).press("Enter")
        summary = page.locator(".block").last.locator("summary")
        expect(summary).to_be_focused()
        summary.press("Enter")
        part = page.locator(".block").last
        _saved_by_another(mailing, "https://toinen.example.fi/")
        part.get_by_label("Painikkeen sanat").fill("Omat sanat")
        save(part)
        expect(page.get_by_role("main")).to_contain_text("https://toinen.example.fi/")
        expect(page.locator(".block").last.get_by_label("Painikkeen sanat")).to_have_value("Omat sanat")
        save(page.locator(".block").last)
        settle(page, "Omat sanat")


def test_what_is_typed_into_another_part_is_not_lost_by_a_saving(visit: Visit, cast: Cast) -> None:
    mailing = scene.draft(cast)
    here = reverse("office:message_edit", args=[mailing.pk, "fi"])
    for page in visit(here, as_="aino", check=False, widths=(axe.NARROW,)):
        first = add_part(page, "Painike")
        first.get_by_label("Painikkeen sanat").fill("Ensin kirjoitettu")
        second = add_part(page, "Otsikko")
        first = page.locator(".block").nth(-2)
        expect(first.get_by_label("Painikkeen sanat")).to_have_value("Ensin kirjoitettu")
        second.get_by_label("Otsikko").fill("Toinen osa")
        save(second)
        settle(page, "Toinen osa")
        expect(page.locator(".block").nth(-2).get_by_label("Painikkeen sanat")).to_have_value(
            "Ensin kirjoitettu"
        )


def _saved_by_another(mailing: Mailing, url: str) -> None:
    with mutation(actor=None, kind="test"):
        version = mailing.versions.get(language="fi")
        version.blocks[-1]["url"] = url
        version.save(update_fields=["blocks"])


def test_pages_of_a_letter_are_accessible(visit: Visit, cast: Cast) -> None:
    mailing = everything(cast)
    key = mailing.versions.get().blocks[2]["id"]
    edit = reverse("office:message_edit", args=[mailing.pk, "fi"]) + f"?osa={key}"
    for path in (
        reverse("office:messages"),
        reverse("office:message_new"),
        edit,
        *(
            reverse(f"office:{name}", args=[mailing.pk])
            for name in ("message_preview", "message_send", "message_test", "message_details")
        ),
    ):
        for page in visit(path, as_="aino"):
            expect(page.locator("h1")).to_have_count(1)


def test_a_test_message_is_a_whole_one(cast: Cast) -> None:
    """What leaves has a text and an HTML part, and a subject that says what it is."""
    mailing = everything(cast)
    client = cast.sign_in(Client(), "aino")
    client.post(reverse("office:message_test", args=[mailing.pk]), {"addresses": cast.users["aino"].email})
    words = rendered(Delivery.objects.get())
    made = EmailMultiAlternatives(words.subject, words.text, "a@example.fi", ["b@example.fi"])
    made.attach_alternative(words.html, "text/html")
    told = message_from_bytes(made.message().as_bytes(), policy=policy.default)
    assert told["Subject"] == f"TESTI: {SUBJECT}"
    assert [part.get_content_type() for part in told.iter_parts()] == ["text/plain", "text/html"]
