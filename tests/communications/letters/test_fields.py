"""Merge fields: written, stored, filled, and never a way to put anything else into a letter."""

import re
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communications.letters import fields
from communications.letters.fields import canonical, faults, fill, without_persons
from communications.sending.building import Template

CODE = st.sampled_from(sorted(fields.CODES))
VALUE = st.text(max_size=90)
WORDS = st.text(alphabet=st.characters(exclude_characters="{}<>&\"'|*[]()"), max_size=40)
PLACE = st.builds(
    lambda code, fallback: f"{{{{{code}|{fallback}}}}}" if fallback else f"{{{{{code}}}}}", CODE, WORDS
)
TEMPLATE = st.lists(st.one_of(st.text(max_size=30), PLACE), max_size=8).map("".join)


@given(TEMPLATE, st.dictionaries(CODE, VALUE))
def test_filled_never_leaves_a_place_nor_a_line_break_of_a_value(
    template: str, values: dict[str, str]
) -> None:
    filled = fill(canonical(template), values, html=False)
    assert not re.search(r"\{\{[a-z_]+(\|[^{}|]*)?\}\}", filled)
    assert "{{" not in filled


@given(TEMPLATE, st.dictionaries(CODE, VALUE))
def test_values_are_escaped_in_html(template: str, values: dict[str, str]) -> None:
    """What the letter's own words hold is as it is; nothing of a value is a tag, an entity or the end of an attribute."""
    bare = "".join(character for character in canonical(template) if character not in "<>&\"'")
    filled = fill(bare, values, html=True)
    assert not re.search(r"[<>\"']", filled)
    assert not re.search(r"&(?!(?:amp|lt|gt|quot|#x27);)", filled)


@given(TEMPLATE, st.dictionaries(CODE, st.text(alphabet=st.characters(categories=["L", "N"]), max_size=20)))
def test_the_fast_builder_fills_the_same(template: str, values: dict[str, str]) -> None:
    told = canonical(template)
    escaped = {code: escape(value) for code, value in values.items()}
    assert Template.of(told).fill(values) == fill(told, values, html=False)
    assert Template.of(told).fill(escaped) == fill(told, values, html=True)


def test_a_value_that_looks_like_a_field_is_not_filled_again() -> None:
    values = {"first_name": "{{unsubscribe_url}}", "unsubscribe_url": "https://pois.example/"}
    assert fill("Hei {{first_name}}", values, html=False) == "Hei unsubscribe_url"


def test_a_value_cannot_begin_a_new_header() -> None:
    assert (
        fill("Hei {{first_name}}", {"first_name": "A\r\nBcc: b@example.fi"}, html=False)
        == "Hei A Bcc: b@example.fi"
    )


def test_the_fallback_stands_in_for_nothing_and_for_spaces() -> None:
    for value in ({}, {"first_name": ""}, {"first_name": "  "}):
        assert fill("Hei {{first_name|jäsen}},", value, html=False) == "Hei jäsen,"
    assert fill("Hei {{first_name}},", {}, html=False) == "Hei ,"


def test_names_of_eighty_letters_stay_whole() -> None:
    name = "Maximilianuksentytär-" * 4
    assert fill("{{last_name}}", {"last_name": name}, html=True) == name


def test_fields_are_called_by_their_names_in_three_languages() -> None:
    assert (
        canonical("{{ Etunimi | jäsen }} {{förnamn}} {{first_name}}")
        == "{{first_name|jäsen}} {{first_name}} {{first_name}}"
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{{salary}}", "unknown"),
        ("{{first_name|<b>}}", "fallback"),
        ("{{first_name|" + "x" * 81 + "}}", "fallback"),
        ("{{first_name", "braces"),
        ("first_name}}", "braces"),
        ("{{unsubscribe_url}}", "unknown"),
    ],
)
def test_what_is_wrong_is_told(text: str, code: str) -> None:
    assert [fault.code for fault in faults(text)] == [code]


def test_unknown_fields_and_open_braces_go_when_rendered() -> None:
    assert canonical("A {{salary}} B {{first_name C") == "A  B first_name C"


def test_the_archive_names_nobody_and_keeps_the_addresses_for_later() -> None:
    assert (
        without_persons("Hei {{first_name}}, {{association|yhdistys}} {{web_url}}")
        == "Hei, yhdistys {{web_url}}"
    )
