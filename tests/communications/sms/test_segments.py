"""How many text messages a text is."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies

from communications.sms.segments import GSM, UCS2, length_of


@pytest.mark.parametrize(
    ("text", "encoding", "count"),
    [
        ("", GSM, 0),
        ("a" * 160, GSM, 1),
        ("a" * 161, GSM, 2),
        ("åäö" * 53, GSM, 1),
        ("a" * 306, GSM, 2),
        ("a" * 307, GSM, 3),
        ("€" * 80, GSM, 1),
        ("€" * 81, GSM, 2),
        ("š" * 70, UCS2, 1),
        ("š" * 71, UCS2, 2),
        ("š" * 134, UCS2, 2),
        ("š" * 135, UCS2, 3),
        ("🌲" * 35, UCS2, 1),
        ("🌲" * 36, UCS2, 2),
        ("Kokous on peruttu. Hyvää kesää", GSM, 1),
        ("Kokous ”peruttu”", UCS2, 1),
    ],
)
def test_known_lengths(text: str, encoding: str, count: int) -> None:
    found = length_of(text)
    assert (found.encoding, found.count) == (encoding, count)


def test_a_letter_of_two_places_is_not_cut_in_two() -> None:
    """152 places and a euro sign: the sign goes whole into the next message."""
    assert length_of("a" * 152 + "€" + "a" * 152).count == 3
    assert length_of("š" * 66 + "🌲" + "š" * 66).count == 3


@given(strategies.text(max_size=800))
def test_a_longer_text_is_never_fewer_messages(text: str) -> None:
    found = length_of(text)
    assert length_of(text + "a").count >= found.count
    room = 153 if found.encoding == GSM else 67
    assert found.count * room + 7 >= found.units
    assert (found.count == 0) == (text.replace("\r\n", "\n") == "")
    assert found.left >= 0


@given(strategies.text(alphabet="abcåäöÅÄÖ €[]", min_size=1, max_size=500))
def test_finnish_and_swedish_letters_are_cheap(text: str) -> None:
    assert length_of(text).encoding == GSM


@given(
    strategies.text(alphabet="abc", max_size=200),
    strategies.characters(min_codepoint=0x3000, max_codepoint=0x9FFF),
)
def test_one_odd_letter_makes_all_of_it_ucs2(text: str, odd: str) -> None:
    found = length_of(text + odd)
    assert found.encoding == UCS2
    assert odd in found.odd
