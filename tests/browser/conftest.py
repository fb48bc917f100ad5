"""A browser for the tests marked `browser`, with the cast logged in where asked."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from tests.browser import acting, axe
from tests.cast import Cast

Visit = Callable[..., Iterator[Page]]
expect.set_options(timeout=20_000)  # a machine that runs other tests besides


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with axe.browser() as started:
        yield started


@pytest.fixture
def visit(chromium: Browser, live_server: Any, cast: Cast) -> Visit:
    """`for page in visit(address, as_="aino")`: the page wide and narrow, checked by axe before it is handed over."""

    def pages(
        address: str,
        *,
        as_: str = "",
        check: bool = True,
        scripts: bool = True,
        widths: tuple[int, ...] = axe.BOTH,
    ) -> Iterator[Page]:
        for width in widths:
            context = chromium.new_context(
                viewport={"width": width, "height": 900},
                base_url=live_server.url,
                locale="fi-FI",
                java_script_enabled=scripts,
            )
            if as_:
                context.add_cookies([_session(cast, as_, live_server.url)])
            page = context.new_page()
            heard = axe.watch(page)
            page.goto(address)
            if check:
                axe.check(page, heard)
            yield page
            context.close()

    return pages


@pytest.fixture
def worker(cast: Cast) -> Iterator[None]:
    thread = acting.Worker()
    thread.start()
    yield
    thread.over.set()
    thread.join(timeout=30)


@pytest.fixture
def opened(chromium: Browser, live_server: Any, cast: Cast, worker: None) -> Iterator[Callable[[], Page]]:
    """`opened()`: somebody's own browser on a laptop; whatever a browser complains of fails the story."""
    contexts, heard = [], []

    def one() -> Page:
        context = chromium.new_context(
            base_url=live_server.url, locale="fi-FI", viewport={"width": 1280, "height": 900}
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)  # a machine that runs other tests besides
        heard.append(axe.watch(page))
        return page

    yield one
    for context in contexts:
        context.close()
    assert [line for lines in heard for line in lines] == []


@pytest.fixture
def page(opened: Callable[[], Page]) -> Page:
    return opened()


def _session(cast: Cast, name: str, url: str) -> Any:
    client = cast.sign_in(Client(), name)
    return {
        "name": settings.SESSION_COOKIE_NAME,
        "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
        "url": url,
    }
