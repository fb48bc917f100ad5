"""Letters printed together: each counts its own pages, and what cannot be pressed is told by its address (COM-1)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from communications.letters import paper
from communications.models import Channel, Delivery
from communications.services import releasing
from jasenpalvelu.common import clock
from tests.cast import TODAY, Cast
from tests.communications.letters import scene
from tests.communications.letters.test_jobs import without_email
from tests.paper import text_of


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def test_each_letter_counts_its_own_pages(cast: Cast) -> None:
    for name, code in (("Aatu", "99100"), ("Aune", "99130")):
        without_email(cast, name, code)
    mailing = scene.draft(cast, paper=True)
    now = clock.now()
    releasing.schedule(mailing=mailing, version=mailing.version, actor=cast.users["aino"], now=now)
    releasing.advance(now=now)
    rows = Delivery.objects.filter(mailing=mailing, channel=Channel.LETTER).select_related("party__person")
    pages = re.findall(r"Sivu \d+ \(\d+\)", text_of(paper.pdf(mailing, list(rows), TODAY)))
    assert pages == ["Sivu 1 (1)", "Sivu 1 (1)"]


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("Lue [sivuiltamme](https://a.example.fi/x).", "sivuiltamme</a> (https://a.example.fi/x)."),
        ("Kirjoita [meille](mailto:a@example.fi).", "meille</a> (a@example.fi)."),
        ("Katso https://a.example.fi/x täältä.", "https://a.example.fi/x</a> täältä."),
        ("[a@example.fi](mailto:a@example.fi)", "a@example.fi</a></p>"),
    ],
)
def test_the_address_of_a_link_is_printed_once(written: str, printed: str) -> None:
    assert printed in paper.words(written)
