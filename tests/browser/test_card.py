"""The membership card in a real browser: without a connection, and gone after logging out."""

from __future__ import annotations

import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import axe
from tests.browser.conftest import Visit
from tests.cast import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NAMES = "async () => await caches.keys()"
PAGES = """async () => {
    const found = []
    for (const name of await caches.keys()) {
        for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url).pathname)
    }
    return found
}"""


def ready(page: Page) -> None:
    """Until the worker has kept the card."""
    page.wait_for_function("() => navigator.serviceWorker.controller !== null", timeout=20_000)
    page.wait_for_function("() => caches.match('/oma/kortti/').then((kept) => !!kept)", timeout=20_000)


def test_the_card_opens_without_a_connection(visit: Visit, cast: Cast) -> None:
    for page in visit("/oma/kortti/", as_="maija"):
        ready(page)
        page.context.set_offline(True)
        page.goto("/oma/kortti/")
        expect(page.get_by_role("heading", name="Maija Metsäpelto").first).to_be_visible()
        expect(page.locator(".qr svg").first).to_be_visible()
        expect(page.get_by_text("Kortin voimassaolo on päättynyt").first).to_be_hidden()
        colour = page.locator(".mcard").first.evaluate("card => getComputedStyle(card).backgroundColor")
        assert colour not in {"rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"}  # drawn with its own styles
        axe.check(page)
        page.context.set_offline(False)


def test_only_the_card_is_kept(visit: Visit, cast: Cast) -> None:
    for page in visit("/oma/kortti/", as_="maija", check=False, widths=(axe.NARROW,)):
        ready(page)
        page.goto("/oma/")
        page.goto("/oma/laskut/")
        page.goto("/oma/tiedot/")
        page.goto("/oma/kortti/")
        kept = page.evaluate(PAGES)
        assert {path for path in kept if not path.startswith("/static/")} == {"/oma/kortti/"}
        page.context.set_offline(True)
        with pytest.raises(Exception, match="ERR_INTERNET_DISCONNECTED"):
            page.goto("/oma/tiedot/")
        page.context.set_offline(False)


def test_logging_out_takes_the_card_away(visit: Visit, cast: Cast) -> None:
    for page in visit("/oma/kortti/", as_="maija", check=False, widths=(axe.NARROW,)):
        ready(page)
        page.get_by_role("button", name="Kirjaudu ulos").click()
        page.wait_for_url("**/tili/**")
        until = time.monotonic() + 20  # the browser clears behind the page
        while page.evaluate(NAMES) and time.monotonic() < until:
            page.wait_for_timeout(100)
        assert page.evaluate(NAMES) == []
        page.context.set_offline(True)
        with pytest.raises(Exception, match="ERR_INTERNET_DISCONNECTED"):
            page.goto("/oma/kortti/")
        page.context.set_offline(False)


def test_a_session_that_has_ended_takes_the_card_away(visit: Visit, cast: Cast) -> None:
    for page in visit("/oma/kortti/", as_="maija", check=False, widths=(axe.NARROW,)):
        ready(page)
        page.context.clear_cookies()
        page.goto("/oma/kortti/")
        page.wait_for_url("**/tili/kirjaudu/**")
        assert [path for path in page.evaluate(PAGES) if not path.startswith("/static/")] == []


def test_a_card_that_has_run_out_says_so(visit: Visit, cast: Cast) -> None:
    for page in visit("/oma/kortti/", as_="maija", check=False, widths=(axe.NARROW,)):
        ready(page)
        page.context.set_offline(True)
        page.clock.set_fixed_time("2099-01-01T12:00:00")
        page.goto("/oma/kortti/")
        expect(page.get_by_text("Kortin voimassaolo on päättynyt").first).to_be_visible()
        expect(page.locator(".qr").first).to_be_hidden()
        page.context.set_offline(False)


def test_the_card_is_whole_without_scripts(visit: Visit, cast: Cast) -> None:
    for page in visit("/oma/kortti/", as_="maija", check=False, scripts=False):
        expect(page.locator(".qr svg").first).to_be_visible()
        expect(page.get_by_role("link", name="Lataa kortti (PDF)").first).to_be_visible()


def test_the_public_page(visit: Visit, cast: Cast, live_server: Any) -> None:
    for page in visit("/kortti/ABC/"):
        expect(page.get_by_role("heading", level=1)).to_have_text("Ei voimassa")
        assert page.context.cookies() == []
