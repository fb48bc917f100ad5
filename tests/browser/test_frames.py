"""The frames and the parts in a real browser, wide and narrow."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser import axe
from tests.browser.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("address", ["/", "/saavutettavuus/", "/lahteet/", "/ei-ole/"])
def test_open_pages(visit: Visit, address: str) -> None:
    for page in visit(address, check=False):
        axe.check(page)


def test_every_component(visit: Visit) -> None:
    for page in visit("/ui/", as_="aino"):
        expect(page.get_by_role("heading", level=1)).to_have_text("Osat")


def test_the_slash_moves_to_the_search_only_where_nothing_is_typed(visit: Visit) -> None:
    for page in visit("/ui/", as_="aino", check=False, widths=(axe.WIDE,)):
        search = page.locator("[data-quickfind]")
        expect(search).to_be_visible()
        page.keyboard.press("/")
        expect(search).to_be_focused()
        page.keyboard.type("a/b")
        expect(search).to_have_value("a/b")
        search.fill("metsäp")
        search.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Pikahaku")
        expect(page.locator("#osumat")).to_contain_text("Metsäpelto Maija")


def test_the_dialog_opens_and_closes_by_keyboard(visit: Visit) -> None:
    for page in visit("/ui/", as_="aino", check=False):
        page.get_by_role("link", name="Poista 3 luonnosta").click()
        dialog = page.get_by_role("dialog", name="Poista 3 laskuluonnosta?")
        expect(dialog).to_be_visible()
        axe.check(page)
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()


def test_the_bar_of_chosen_rows_counts(visit: Visit) -> None:
    for page in visit("/ui/", as_="aino", check=False, widths=(axe.WIDE,)):
        page.locator("tbody .check").first.check()
        expect(page.locator("[data-chosen]")).to_have_text("2")
        for row in (0, 1):
            page.locator("tbody .check").nth(row).uncheck()
        expect(page.locator(".bulkbar")).to_be_hidden()


def test_the_menu_of_a_phone_opens_without_scripts(visit: Visit) -> None:
    for page in visit("/ui/", as_="aino", check=False, scripts=False):
        menu = page.get_by_role("navigation", name="Päävalikko")
        if page.viewport_size and page.viewport_size["width"] == axe.NARROW:
            expect(menu).to_be_hidden()
            page.get_by_role("button", name="Valikko").click()
        expect(menu).to_be_visible()


def test_the_language_changes_without_scripts(visit: Visit) -> None:
    for page in visit("/lahteet/", check=False, scripts=False):
        page.get_by_role("button", name="SV, på svenska").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Datakällor")
        page.get_by_role("button", name="FI, suomeksi").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Tietolähteet")


def test_the_list_follows_what_is_typed(visit: Visit) -> None:
    for page in visit("/ui/", as_="aino", check=False, widths=(axe.WIDE,)):
        with page.expect_response(lambda response: "q=mets" in response.url):
            page.get_by_label("Nimi, jäsennumero tai tila").press_sequentially("mets")
        page.wait_for_url("**/ui/?q=mets*")
        expect(page.locator("#luettelo")).to_be_visible()


def test_a_list_that_lost_its_session_shows_the_login_page(visit: Visit, settings: Any) -> None:
    for page in visit("/ui/", as_="aino", check=False, widths=(axe.WIDE,)):
        settings.EMBEDDED = settings.DEBUG = False
        page.context.clear_cookies()
        with page.expect_navigation():
            page.get_by_label("Nimi, jäsennumero tai tila").press_sequentially("mets")
        expect(page.locator("#luettelo")).to_have_count(0)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
