"""A member's evening on a phone: a poll answered from the letter, its results, a question to the secretary and the answer by e-mail."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core import mail
from playwright.sync_api import Browser, Page, expect

from communications.models import Mailing, MailingVersion, SurveyAnswer, Talk
from communications.sending import engine
from communications.services import releasing
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from tests.browser import axe
from tests.browser.acting import by_code, log_in, press
from tests.cast import Cast
from tests.communications import mailings
from tests.communications.surveys import scene
from tests.communications.talking import open_desk
from tests.post import deliver

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def phone(chromium: Browser, live_server: Any, settings: Any) -> Iterator[Page]:
    settings.PUBLIC_URL = live_server.url
    context = chromium.new_context(
        base_url=live_server.url, locale="fi-FI", viewport={"width": 360, "height": 740}
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


def sent_letter(cast: Cast) -> Mailing:
    """The association's letter with a poll in it, sent to its members."""
    poll = scene.opened(cast, audience="letter", shown="answered", on=clock.today())
    letter = mailings.letter(cast, unit="a", by="aino")
    with mutation(actor=None, kind="test"):
        for version in MailingVersion.objects.filter(mailing=letter).order_by("pk"):
            version.blocks = [mailings.TEXT, {"id": "p1", "kind": "poll", "poll": str(poll.pk)}]
            version.save()
    sent = mailings.released(letter, cast, by="aino")
    engine.run(seconds=30)
    releasing.advance(now=clock.now())
    return sent


def test_a_poll_from_the_letter_and_a_question_answered(
    phone: Page, opened: Callable[[], Page], cast: Cast, live_server: Any
) -> None:
    open_desk(cast, "a")
    sent_letter(cast)
    [letter] = [one for one in mail.outbox if one.to == ["maija@example.fi"]]
    choice = re.search(r"\S+/kysely/\S+vastaus=1", str(letter.body))
    assert choice
    phone.request.get(choice.group())  # the mail scanner opens every link and answers for nobody
    assert not SurveyAnswer.objects.exists()
    phone.goto(choice.group())
    expect(phone.get_by_label("Kyllä")).to_be_checked()
    axe.check(phone)
    press(phone, "Lähetä vastaus")
    expect(phone.get_by_role("main")).to_contain_text("Nähdään retkellä.")
    assert SurveyAnswer.objects.count() == 1

    by_code(phone, "maija@example.fi")
    phone.goto("/oma/viestit/")
    axe.check(phone)
    phone.get_by_role("link", name="Kysy").click()
    phone.get_by_label("Mistä on kyse").fill("Lapset mukaan?")
    phone.get_by_role("textbox", name="Viesti").fill("Saako kesäretkelle ottaa lapset?")
    press(phone, "Lähetä")
    expect(phone.get_by_role("main")).to_contain_text("Saako kesäretkelle")
    talk = Talk.objects.get()

    laptop = opened()
    log_in(laptop, "aino@example.fi")
    laptop.goto(f"/toimisto/viestinta/kysymykset/{talk.pk}/")
    laptop.get_by_role("textbox", name="Viesti").fill("Saa, tervetuloa koko perhe.")
    press(laptop, "Lähetä vastaus")
    expect(laptop.get_by_role("main")).to_contain_text("Saa, tervetuloa koko perhe.")
    [answer] = [one for one in deliver() if "Saa, tervetuloa koko perhe." in str(one.body)]
    assert answer.to == ["maija@example.fi"]
