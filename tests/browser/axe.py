"""Pages in a real browser: accessible, whole on a narrow screen, and with nothing the security policy stops.

def test_page(visit):
    for page in visit("/toimisto/jasenet/", as_="aino"):   # 1280 and 360 pixels wide
        ...                                                # already checked; look further here
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
WIDE, NARROW = 1280, 360
BOTH = (WIDE, NARROW)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class PageFault(AssertionError):
    """What a person or a browser would stumble on."""


@contextmanager
def browser() -> Iterator[Browser]:
    """Debian's Chromium. The driver runs an event loop, which Django must be told not to mind in tests."""
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    executable = CHROMIUM if Path(CHROMIUM).exists() else None
    try:
        with sync_playwright() as driver:
            chromium = driver.chromium.launch(executable_path=executable, args=["--no-sandbox"])
            try:
                yield chromium
            finally:
                chromium.close()
    finally:
        if before is None:
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
        else:
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


def watch(page: Page) -> list[str]:
    """Collect what the browser complains of from now on: refused scripts and styles, faults in scripts, missing files."""
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda fault: heard.append(str(fault)))
    return heard


def violations(page: Page) -> list[str]:
    """Axe's findings of WCAG 2.2 A and AA and its best practices, one line for each place."""
    results = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    return [f"{found['id']}: {node['html'][:200]}" for found in results for node in found["nodes"]]


def check(page: Page, heard: list[str] | None = None) -> None:
    """Fail with everything that is wrong with the page as it is now."""
    width = page.viewport_size["width"] if page.viewport_size else 0
    faults = [*violations(page), *(heard or [])]
    if page.evaluate("document.documentElement.scrollWidth") > width:
        faults.append(f"the page scrolls sideways at {width} px")
    if faults:
        raise PageFault(f"{page.url} at {width} px:\n  " + "\n  ".join(faults))
