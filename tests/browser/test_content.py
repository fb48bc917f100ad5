"""Announcements, materials, benefits and campaigns in a real browser: whole and accessible, wide and narrow, errors and empty pages too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from communications.models import Announcement, AnnouncementRead, Audience, PartnerLogin, Redemption
from communications.services import announcing, partners
from jasenpalvelu.accounts.models import User
from jasenpalvelu.common import clock
from tests.browser import axe
from tests.browser.conftest import Visit
from tests.cast import TODAY, Cast
from tests.communications.content import scene
from tests.communications.content.test_benefits import benefit, card, partner

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LONG = "Metsänomistajayhdistysten yhteistoimintaneuvottelukunnan kevätkokousseminaari"


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def sent(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_load_state()
    axe.check(page)


@pytest.mark.parametrize(
    "name", ["announcements", "materials", "benefits", "campaigns", "partners", "benefit_proposals"]
)
def test_empty_pages_say_what_to_do_first(visit: Visit, cast: Cast, name: str) -> None:
    for page in visit(reverse(f"office:{name}"), as_="aino"):
        assert page.locator(".empty").count() == 1


@pytest.mark.parametrize("name", ["announcements", "materials", "benefits", "invite"])
def test_a_members_empty_pages(visit: Visit, cast: Cast, name: str) -> None:
    for page in visit(reverse(f"portal:{name}"), as_="maija", widths=(axe.NARROW,)):
        assert page.locator(".empty").count() == 1


def test_an_announcement_is_written_published_and_read(visit: Visit, cast: Cast) -> None:
    for page in visit(reverse("office:announcement_new"), as_="aino", widths=(axe.WIDE,)):
        sent(page, "Julkaise")
        assert "Virhe" in page.title()
        page.fill("[name=title_fi]", LONG)
        page.locator("[name=body_fi]").focus()
        page.get_by_role("button", name="Lihavointi").first.click()
        page.keyboard.type("Tervetuloa")
        sent(page, "Julkaise")
        assert page.locator("article strong").inner_text() == "Tervetuloa"
    found = Announcement.objects.get()
    for page in visit(reverse("portal:announcement", args=[found.pk]), as_="maija", widths=(axe.NARROW,)):
        page.wait_for_timeout(500)
    assert AnnouncementRead.objects.count() == 1


def test_without_scripts_it_is_read_by_a_button(visit: Visit, cast: Cast) -> None:
    found = announcing.publish(actor=None, announcement=scene.draft(cast), at=clock.now())
    address = reverse("portal:announcement", args=[found.pk])
    for page in visit(address, as_="maija", check=False, scripts=False, widths=(axe.NARROW,)):
        assert not AnnouncementRead.objects.exists()
        page.get_by_role("button", name="Olen lukenut tämän").click()
        assert AnnouncementRead.objects.count() == 1


def test_a_public_announcement(visit: Visit, cast: Cast) -> None:
    found = scene.published(cast, title_fi=LONG, audience=Audience.PUBLIC)
    for address in (
        reverse("public:announcements"),
        reverse("public:announcements_unit", args=["a"]),
        reverse("public:announcement", args=["a", found.pk]),
    ):
        for page in visit(address):
            assert page.locator("h1").count() == 1


@pytest.mark.parametrize("name", ["material_new", "partner_new", "campaign_new"])
def test_forms_with_errors(visit: Visit, cast: Cast, name: str) -> None:
    buttons = {
        "material_new": "Lisää materiaali",
        "partner_new": "Tallenna",
        "campaign_new": "Aloita kampanja",
    }
    for page in visit(reverse(f"office:{name}"), as_="aino"):
        sent(page, buttons[name])
        assert "Virhe" in page.title()


def test_a_partner_checks_a_card(visit: Visit, cast: Cast, live_server: object) -> None:
    which = benefit(cast, partner(cast))
    row = partners.invite(
        actor=None, partner=which.partner, email="kauppias@kanto.example.fi", language="fi", at=clock.now()
    )
    invitation = reverse("public:partner_invitation", args=[partners.token_of(row)])
    for page in visit(invitation, widths=(axe.NARROW,)):
        sent(page, "Hyväksy kutsu")
    user = PartnerLogin.objects.get().user
    assert isinstance(user, User)
    cast.users["kauppias"] = user
    for page in visit(reverse("public:partner_home"), as_="kauppias"):
        assert which.title in page.content()
    for page in visit(reverse("public:benefit_check"), as_="kauppias", widths=(axe.NARROW,)):
        page.fill("[name=text]", "ABCD-EFGH")
        sent(page, "Tarkista")
        assert "Ei voimassa" in page.inner_text("main")
        page.fill("[name=text]", card(cast))
        sent(page, "Tarkista")
        assert "Anna etu" in page.inner_text("main")
    assert Redemption.objects.count() == 1
    for page in visit(reverse("public:partner_benefit", args=[which.partner_id, which.pk]), as_="kauppias"):
        assert page.locator("[name=title_fi]").count() == 1
