"""Every page of the project in a real browser, at 1280 and 360 pixels, shown to somebody who may see the most of it.

The pages are those the permission matrix finds; what they show stands in `tests/scenery.py`. With PICTURES=folder each page
is photographed as well.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page

from jasenpalvelu.common import clock
from tests import guards
from tests import scenery as scene
from tests import test_permission_matrix as matrix
from tests.addresses import Address, addresses
from tests.browser import axe
from tests.browser.conftest import Visit
from tests.cast import TODAY, Cast
from tests.scenery import Scenery

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PARTS = 6
# Whoever comes first and gets the page is asked to look at it.
LOOKERS = {"office": ("olavi", "aino", "kaarlo", "riitta"), "portal": ("maija",), "public": ("anonymous",)}
OTHERS = ("anonymous", "maija", "aino")


@pytest.fixture
def scenery(cast: Cast) -> Iterator[Scenery]:
    with clock.frozen(TODAY):
        yield scene.build(cast)


def looker(address: Address) -> str | None:
    """The role that looks at the page; None where GET shows nobody anything."""
    table = matrix.read()
    wanted = LOOKERS.get(address.face, OTHERS)
    return next((role for role in wanted if table[role].get((address.name, "GET")) == "200"), None)


def pages_by_role(scenery: Scenery, part: int) -> dict[str, list[str]]:
    """Role → paths of whole pages; files and parts of pages are left out, and letters in a box where axe could not run either:
    they are looked at in `test_letters.py`."""
    found: dict[str, list[str]] = defaultdict(list)
    shown = [(address, role) for address in addresses() if (role := looker(address))]
    for address, role in shown[part::PARTS]:
        client = Client()
        if role != "anonymous":
            scenery.cast.sign_in(client, role)
        path = reverse(address.name, kwargs=scenery.arguments(address))
        response = client.get(path)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        boxed = guards.is_boxed(response.headers.get("Content-Security-Policy", ""))
        if "text/html" in response.headers.get("Content-Type", "") and b"<html" in body[:500] and not boxed:
            found[role].append(path)
    return found


def faults(page: Page, heard: list[str]) -> list[str]:
    found = [*axe.violations(page), *heard]
    heard.clear()
    width = page.viewport_size["width"] if page.viewport_size else 0
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        found.append(f"scrolls sideways: {wide} px, first {page.evaluate(WIDEST, width)}")
    if len(page.title().split("·")[0].strip()) < 3:
        found.append(f"the title says nothing: {page.title()!r}")
    headings = page.locator("h1").count()
    if headings != 1:
        found.append(f"{headings} main headings")
    return [f"{page.url} at {width} px: {fault}" for fault in found]


WIDEST = """width => {
    const wide = [...document.querySelectorAll('body *')].find(e => e.getBoundingClientRect().right > width + 1)
    return wide ? wide.outerHTML.slice(0, 160) : ''
}"""


@pytest.mark.parametrize("part", range(PARTS))
def test_pages_are_accessible_and_whole(part: int, scenery: Scenery, visit: Visit) -> None:
    found: list[str] = []
    for role, paths in pages_by_role(scenery, part).items():
        as_ = "" if role == "anonymous" else role
        for page in visit(paths[0], as_=as_, check=False, widths=(axe.WIDE,)):
            heard = axe.watch(page)
            for path in paths:
                page.goto(path)
                for width in axe.BOTH:
                    page.set_viewport_size({"width": width, "height": 900})
                    found += faults(page, heard)
                    picture(page, path, role)
    assert found == [], "\n".join(found)


def picture(page: Page, path: str, role: str) -> None:
    if folder := os.environ.get("PICTURES"):
        name = path.strip("/").replace("/", "_")[:60] or "etusivu"
        width = page.viewport_size["width"] if page.viewport_size else 0
        page.screenshot(path=f"{folder}/{name}-{role}-{width}.png", full_page=True)
