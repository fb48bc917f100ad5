"""Blocks: what they hold, what is wrong with them, and what never becomes a part of a letter."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communications.letters import blocks, drawing, plain
from communications.letters.blocks import Block, BlockError
from communications.letters.drawing import Letter, Picture, PollPart, ResolvedLook
from tests.communications.letters.guards import harmless

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "[klikkaa](javascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "<!--[if mso]><script>1</script><![endif]-->",
    "</td></tr></table><iframe src=//paha.example>",
    "<style>*{display:none}</style>",
    "{{unsubscribe_url}}",
    "{{salary}}",
    "]]><svg onload=alert(1)>",
    'https://a.example/"onmouseover="alert(1)',
)
LOOK = ResolvedLook(
    names={"fi": 'Kuusilahden <b>"tuottajayhdistys"</b>'},
    address=("Keskustie 1",),
    colour="#1b4932",
    on_colour="#ffffff",
    link="#1b4932",
)
KEY = "11111111-2222-4333-8444-555555555555"


def letter(*parts: Block, **values: Any) -> Letter:
    from uuid import UUID

    told: dict[str, Any] = {
        "language": "fi",
        "subject": "Aihe",
        "preheader": "",
        "blocks": parts,
        "look": LOOK,
    }
    told["pictures"] = {UUID(KEY): Picture("https://palvelu.example/kuva.png", 1200, 400)}
    told["polls"] = {7: PollPart("Tuletko?", (("Kyllä", "{{poll_url:1}}"), ("En", "{{poll_url:2}}")))}
    return Letter(**(told | values))


def every_kind(text: str) -> list[Block]:
    """A block of each kind with the text in every place."""
    found = []
    for kind, keys in blocks.KINDS.items():
        values = {name: text for name in keys if name not in {"image", "poll"}}
        values |= {"image": KEY} if kind == "image" else {"poll": "7"} if kind == "poll" else {}
        found.append(blocks.new(kind, **values))
    return found


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_any_block_draws_nothing_but_words(text: str) -> None:
    html = drawing.html(letter(*every_kind(text), subject=text, preheader=text))
    harmless(html)
    assert "salary" not in html


@given(st.text(max_size=200))
def test_any_text_draws_a_whole_letter(text: str) -> None:
    parts = every_kind(blocks.cleaned(blocks.new("text", text=text))["text"])
    harmless(drawing.html(letter(*parts)))
    plain.text(letter(*parts))


def test_a_block_is_of_a_known_kind_with_its_own_keys_and_texts() -> None:
    for wrong in (
        None,
        {},
        {"id": "00000000", "kind": "html", "text": "<b>"},
        {"id": "../../..", "kind": "text"},
        {"id": "00000000", "kind": "text", "html": "<b>"},
        {"id": "00000000", "kind": "text", "text": ["x"]},
    ):
        with pytest.raises(BlockError):
            blocks.cleaned(wrong)


@pytest.mark.parametrize(
    ("block", "code"),
    [
        (blocks.new("image", image=KEY), "alt"),
        (blocks.new("image", alt="Kuva"), "image"),
        (blocks.new("button", text="Lue", url="www.example.fi"), "url"),
        (blocks.new("button", text="Lue", url="javascript:alert(1)"), "url"),
        (blocks.new("button", text="Lue", url="https://kayttaja:salasana@example.fi/"), "url"),
        (blocks.new("button", text="Lue", url="https://example.fi/{{first_name}}"), "url"),
        (blocks.new("text", text="Hei {{salary}}"), "unknown_field"),
        (blocks.new("text", text="[lue](nettisivu)"), "url"),
        (blocks.new("heading", text="x" * 121), "long"),
        (blocks.new("poll", poll="7 OR 1=1"), "poll"),
    ],
)
def test_what_is_wrong_with_a_block_is_told(block: Block, code: str) -> None:
    assert code in [problem.code for problem in blocks.problems(block)]


def test_the_poll_stands_with_an_address_for_each_choice() -> None:
    drawn = drawing.html(letter(blocks.new("poll", poll="7")))
    assert 'href="{{poll_url:1}}"' in drawn
    assert 'href="{{poll_url:2}}"' in drawn


def test_every_table_is_for_looks_and_the_language_is_told() -> None:
    html = drawing.html(letter(*every_kind("sana")))
    assert '<html lang="fi"' in html
    assert html.count("<table") == html.count('role="presentation"')
    assert 'alt="sana"' in html
    assert html.count("<h1") == 1


def test_the_text_part_says_all_that_the_html_says() -> None:
    parts = [
        blocks.new("heading", text="Kokous"),
        blocks.new("text", text="**Tule** [tänne](https://a.example/).\n\n- yksi"),
        blocks.new("image", image=KEY, alt="Pelto"),
        blocks.new("button", text="Ilmoittaudu", url="https://b.example/"),
        blocks.new("poll", poll="7"),
    ]
    told = plain.text(letter(*parts))
    for words in (
        "Kokous",
        "Tule tänne (https://a.example/)",
        "- yksi",
        "Pelto",
        "https://b.example/",
        "Kyllä: {{poll_url:1}}",
    ):
        assert words in told
    assert "**" not in told
    assert "{{unsubscribe_url}}" in told


def test_what_belongs_to_the_membership_offers_no_way_out_of_it() -> None:
    assert "unsubscribe_url" not in drawing.html(letter(refusable=False))
    assert "preferences_url" in drawing.html(letter(refusable=False))


def test_links_are_told_once_and_in_their_order() -> None:
    parts = [
        blocks.new("text", text="https://a.example/ ja [b](https://b.example/x)."),
        blocks.new("button", text="B", url="https://b.example/x"),
        blocks.new("button", text="Kirjoita", url="mailto:a@example.fi"),
    ]
    assert blocks.links(parts) == ["https://a.example/", "https://b.example/x"]
