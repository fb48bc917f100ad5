"""The navigation marks the place one is at, also on pages with addresses of their own."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.cast import Cast

MARKED = re.compile(
    r'<a[^>]*href="([^"]+)"[^>]*aria-current="page"|<a[^>]*aria-current="page"[^>]*href="([^"]+)"'
)


def places(html: str) -> set[str]:
    """The addresses marked as the present one in the side navigation."""
    side = html.partition('class="sidenav')[2].partition("</nav>")[0]
    return {first or second for first, second in MARKED.findall(side)}


@pytest.mark.parametrize(
    ("page", "place"),
    [
        ("members", "members"),
        ("quality", "members"),
        ("segments", "members"),
        ("community", "members"),
        ("meetings", "applications"),
        ("rights", "settings"),
        ("privacy", "settings"),
        ("home", "home"),
    ],
)
def test_every_page_is_somewhere(client: Client, cast: Cast, page: str, place: str) -> None:
    cast.sign_in(client, "riitta")
    html = client.get(reverse(f"office:{page}"), follow=True).content.decode()
    assert places(html) == {reverse(f"office:{place}")}
