"""What is read afterwards is what was sealed, and nobody's own; in which language; the same for mail, paper and archive."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from communications import letters_archive, links
from communications.letters import archived, blocks, drawing
from communications.letters.drawing import Letter, PollPart
from communications.letters.languages import LANGUAGES, best, sql_order
from communications.models import Archive, Delivery, Look
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from tests.cast import TODAY, Cast
from tests.communications import mailings
from tests.communications.letters import scene
from tests.communications.letters.guards import harmless
from tests.communications.letters.test_blocks import LOOK


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def drawn() -> str:
    parts = [
        blocks.new("text", text="Hei {{first_name|jäsen}}, [lue](https://a.example.fi/)."),
        blocks.new("poll", poll="7"),
    ]
    poll = PollPart("Tuletko?", (("Tulen", "{{poll_url:1}}"), ("En tule", "{{poll_url:2}}")), "Vastaa pian.")
    return drawing.html(Letter("fi", "Aihe", "", parts, LOOK, polls={7: poll}))


def test_an_archived_letter_has_no_link_of_anybody_s_own() -> None:
    sealed = drawn()
    assert sealed.count("_url") == 5
    told = archived.html(sealed, "fi")
    assert "_url" not in told
    assert "{{" not in told
    assert 'href=""' not in told
    assert 'href="https://a.example.fi/"' in told
    for words in ("Tuletko?", "Tulen", "En tule", "Vastaa pian.", "Hei jäsen", "omassa kirjeessä"):
        assert words in told, words
    for words in ("Lue kirje selaimessa", "Lopeta nämä kirjeet", "Valitse, mitä saat"):
        assert words not in told, words
    harmless(told.replace("<span", "<em").replace("</span", "</em"))


def test_a_subject_is_told_without_a_name() -> None:
    assert archived.subject("{{first_name|Jäsen}}, tule mukaan") == "Jäsen, tule mukaan"
    assert archived.subject("Hei {{first_name}}, tule") == "Hei, tule"


def test_looks_of_today_do_not_change_a_letter_that_was_sent(cast: Cast) -> None:
    mailing = scene.draft(cast, archive=Archive.PUBLIC)
    scene.sent(cast, mailing)
    row = Delivery.objects.filter(mailing=mailing, party=cast.parties["maija"]).get()
    pages = (
        (Client(), reverse("public:letter_words", args=["a", mailing.uuid])),
        (Client(), reverse("public:letter_read", args=[links.token(links.READ, row.pk)])),
        (cast.sign_in(Client(), "maija"), reverse("portal:letter_words", args=[mailing.uuid])),
    )
    before = [client.get(page).content for client, page in pages]
    assert b"Vuosi k" in before[0]
    with mutation(actor=None, kind="test"):
        Look.objects.create(unit=cast.units["a"], colour="#aa0000", footer_fi="Uusi alaviite")
    assert [client.get(page).content for client, page in pages] == before


# --- in which language -------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("there", "wanted", "found"),
    [
        ("sv fi en", "en", "en"),
        ("sv fi", "en", "fi"),
        ("en sv", "fi", "sv"),
        ("en", "sv", "en"),
        ("", "fi", None),
    ],
)
def test_one_reads_one_s_own_language_then_finnish(there: str, wanted: str, found: str | None) -> None:
    versions = {code: code for code in there.split()}
    assert best(versions, wanted) == found
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT v FROM unnest(%s::text[]) v ORDER BY {sql_order('v', '%s')} LIMIT 1",
            [list(versions), wanted],
        )
        row = cursor.fetchone()
    assert (row[0] if row else None) == found


def test_the_archive_asks_the_same_rule(cast: Cast) -> None:
    mailings.members(cast, 2)
    mailing = mailings.released(mailings.letter(cast), cast)
    version = letters_archive.version_in(mailing, "en")
    assert version is not None
    assert version.language == "fi"
    assert LANGUAGES[0] == "fi"
